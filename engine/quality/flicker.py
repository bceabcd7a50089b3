"""Flicker with the motion taken out: brightness that goes up and down, and texture that boils.

The residual of a frame is its luma less that of the frame before, moved to it along the flow; where the way there and
back does not agree (which in smooth areas means little), the smaller of that and the plain difference. Flicker is
what turns back: the smaller of two residuals that follow each other at the same place with opposite signs. Fades,
pulses on the beat and motion that the flow misses go on in one direction and leave next to nothing of it.

Brightness: the gain of each cell of a coarse grid. Texture: what is left in cells of 4 pixels when that gain is taken
out, less what white noise of the residual's own finest scale leaves there (so that a camera's grain passes), against
the contrast of the picture there, which hides it. The warped error over consistent pixels alone, which Lai et al. 2018
("Learning Blind Video Temporal Consistency") publish, is `warped_error_codes`; its limits: it grows with noise, with
contrast and with sharpness, knows no fade, and sees nothing where the flow is lost.

Blind: flicker slower than about a quarter of the frame rate (a swing that takes four frames or more one way); light
that is meant to blink from frame to frame (a strobe) is called flicker; colour alone, as luma is looked at.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Clip, Look, Verdict, Watch
from engine.quality.limits import LIMITS
from engine.quality.marks import spans
from engine.vision import flow

Field = NDArray[np.float32]
CELL = 4
"""pixels a side over which a residual is averaged: white noise falls to a quarter"""
GRID = (8, 5)
"""cells, across and down, whose gain is followed"""
DARK = 8.0
"""codes added to the level that a gain is of: in the dark, codes are no gain"""
STEP = 0.003
"""gain below which brightness rests; noise of 4 codes leaves 0.001 in a cell"""
REST = 3
"""frames that a level may rest between up and down"""
MOST = 0.1
"""gain or contrast that counts at most: one flash is not flicker"""
WINDOW_S = 0.5
"""seconds that are judged together, at least 8 frames: the worst of them is the clip's"""
BRIGHTNESS = 0.055
"""mean gain that turns back in a frame, for a severity of 1; +-4 % by chance: 0.035 and more, pulses: 0.01 at most"""
LOCAL = 0.18
"""the same of the worst tenth of the cells: a lamp that flickers"""
TEXTURE = 0.27
"""boiling contrast for a severity of 1"""


def watch(clip: Clip) -> Watch:
    """severity 0-1: the worst half second of brightness (of all, or of a tenth of the picture) and texture."""
    window = max(8, round(WINDOW_S * clip.fps))
    gains, textures = _Gains(), _Textures()
    rows: list[tuple[float, float, float]] = []
    errors: list[float] = []
    while (look := (yield)) is not None:
        if look.before is None:
            continue
        residual = _Residual(look)
        turned = gains.turned(residual.gain)
        worst = np.sort(turned.ravel())[-turned.size // 10 :]
        rows.append((float(turned.mean()), float(worst.mean()), textures.turned(residual)))
        known = look.between.known
        errors.append(cv2.mean(look.between.error, known.view(np.uint8))[0])
    if len(rows) < 3:
        return Verdict("flicker", None, None, reason="fewer than four frames")
    series = np.stack([_windowed(np.array(row), window) for row in zip(*rows, strict=True)])
    shares = np.minimum(series / np.array([[BRIGHTNESS], [LOCAL], [TEXTURE]]), 1.0)
    severity = shares.max(axis=0)
    worst_part = shares.max(axis=1)
    score = 1.0 - float(severity.max())
    least = LIMITS["flicker"].least
    guilty = {int(k) + 1: 1.0 - float(severity[k]) for k in np.flatnonzero(1.0 - severity < least)}
    kind = ("brightness goes up and down", "brightness of a part goes up and down", "texture boils")
    measured = {
        "severity_brightness": float(worst_part[0]),
        "severity_part": float(worst_part[1]),
        "severity_texture": float(worst_part[2]),
        "turned_gain": float(series[0].max()),
        "warped_error_codes": float(np.mean(errors)),
    }
    reason = kind[int(worst_part.argmax())] if score < least else "steady"
    return Verdict("flicker", score >= least, score, spans(guilty), reason, measured)


class _Residual:
    """What motion does not explain of a look, in cells: fine [h/4, w/4] in codes, gain [5, 8], noise in codes."""

    def __init__(self, look: Look) -> None:
        assert look.before is not None
        between = look.between
        height, width = look.grey.shape
        size = max(GRID[0], width // CELL), max(GRID[1], height // CELL)
        grey, moved = look.grey.astype(np.float32), flow.luma(between.moved).astype(np.float32)
        change = grey - moved
        known = between.known.astype(np.float32)
        self.share = _averaged(known, size)
        seen = _averaged(change * known, size) / np.maximum(self.share, 0.25)
        before = look.before.grey.astype(np.float32)
        along, plain = _averaged(change, size), _averaged(grey - before, size)
        other = np.where(np.abs(along) < np.abs(plain), along, plain).astype(np.float32)
        cells = np.where(self.share > 0.5, seen, other).astype(np.float32)
        level = _averaged(np.asarray(moved, np.float32), size)
        enough, weighted = _averaged(self.share, GRID), _averaged((seen * self.share).astype(np.float32), GRID)
        step = np.where(enough > 0.25, weighted / np.maximum(enough, 0.05), _averaged(cells, GRID))
        self.gain: Field = step / (_averaged(level, GRID) + DARK)
        smooth = np.asarray(cv2.resize(self.gain, size, interpolation=cv2.INTER_LINEAR), np.float32)
        self.fine: Field = (cells - smooth * (level + DARK)).astype(np.float32)
        small = _averaged(between.back, size) / np.float32(CELL)
        self.back: Field = np.where((self.share > 0.5)[..., None], small, np.float32(0))
        # every second pixel is enough for a median
        rough = (change - cv2.blur(change, (3, 3)))[::2, ::2]
        self.noise = 1.4826 * float(np.median(np.abs(rough)))
        contrast: Field = cv2.absdiff(grey, cv2.blur(grey, (9, 9)))
        self.contrast: Field = cv2.blur(_averaged(contrast, size), (3, 3))


class _Gains:
    """Gains that turn back, cell by cell."""

    def __init__(self) -> None:
        self._last = np.zeros(GRID[::-1], np.float32)
        self._age = np.full(GRID[::-1], REST)

    def turned(self, gain: Field) -> Field:
        """[5, 8]: by how much each turned back with this frame, 0 where it did not."""
        moved = np.abs(gain) > STEP
        against = moved & (gain * self._last < 0) & (self._age < REST)
        back = np.where(against, np.minimum(np.abs(gain), np.abs(self._last)), 0.0)
        self._last = np.where(moved, gain, self._last)
        self._age = np.where(moved, 0, self._age + 1)
        return np.minimum(back, MOST).astype(np.float32)


class _Textures:
    """Residuals of cells that turn back, followed along the motion."""

    def __init__(self) -> None:
        self._before: Field | None = None

    def turned(self, now: _Residual) -> float:
        """Mean contrast that turned back with this frame, 0-0.25."""
        before, self._before = self._before, now.fine
        if before is None:
            return 0.0
        moved = flow.warp(before, now.back)
        back = np.where(moved * now.fine < 0, np.minimum(np.abs(moved), np.abs(now.fine)), 0.0)
        above = np.maximum(back - now.noise / CELL, 0.0) / (0.5 * now.contrast + 4.0)
        return float(np.minimum(above, 2.5 * MOST).mean())


def _averaged(picture: NDArray[np.float32] | NDArray[np.uint8], size: tuple[int, int]) -> Field:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _windowed(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """[N]: the largest mean of `window` neighbours among those that a frame is in."""
    window = min(window, len(values))
    means = np.convolve(values, np.full(window, 1 / window), "valid")
    padded = np.pad(means, window - 1, constant_values=0.0)
    largest: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(padded, window).max(axis=1)
    return largest
