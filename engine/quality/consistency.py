"""Whether each frame follows from the one before: flow-based temporal consistency, and the jumps in it.

Consistency of a pair: structural similarity (Wang et al. 2004, its contrast and structure term, window of 7) of a frame
with the one before moved to it, at a quarter of the size, so that grain and coding count little; over all that was in
the picture before. The clip's is the mean over its pairs. A mean forgives one bad pair in many, so jumps count by
themselves: a pair far less alike than is usual around it, or one whose motion neither neighbour has. The similarity of
warped frames is what Lei et al. 2020 ("Blind Video Temporal Consistency via Deep Video Prior") and others report as
warping error; published limit: a blurred or frozen clip is perfectly consistent (`blur`, `frozen` look at that).

Blind: halves swapped where nothing moves; a light or a strobe is no motion, but a white frame has no structure and
is a jump; a camera that is thrown about within one frame, or a zoom punched in on the beat, is a jump too, and so is
every cut, also one that was meant (`cuts` counts them; judge shot by shot where there are to be some).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Clip, Look, Verdict, Watch
from engine.quality.limits import LIMITS
from engine.quality.marks import smooth, spans
from engine.vision import flow

Field = NDArray[np.float32]
SMALL = 4
"""how many times smaller pictures are compared"""
WINDOW = 7
QUIET = 58.5
"""codes squared: contrast that counts as none, (0.03 * 255)^2 as in SSIM"""
GRID = (8, 5)
"""cells, across and down, whose motion is compared with that of their neighbours in time"""
LEAST_WEIGHT = 0.1
"""mean weight of motion: that of a picture in which a tenth shows something"""
USUAL_S = 0.75
"""seconds around a pair that say what is usual"""
DROP = 0.75
"""of the usual likeness: less is a jump"""
SUDDEN, TIMES = 0.008, 1.5
"""share of the width, and times the usual motion, by which motion must differ from both neighbours to be a jump"""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A frame and the one before it. alike: 0-1; motion [5, 8, 2] in widths of the picture a frame."""

    frame: int
    alike: float
    motion: Field


def watch(clip: Clip) -> Watch:
    """score 0-1: mean likeness of a frame with the one before, moved; less where there is a jump."""
    alike: list[float] = []
    sudden: dict[int, float] = {}
    row: deque[_Pair] = deque(maxlen=3)
    while (look := (yield)) is not None:
        if look.before is None:
            continue
        row.append(_pair(look))
        alike.append(row[-1].alike)
        if len(row) > 1:
            # the first pair has no neighbour before it
            _note(sudden, [row[0], *row] if len(row) == 2 else list(row))
    if len(alike) < 3:
        return Verdict("consistency", None, None, reason="fewer than four frames")
    _note(sudden, [row[-2], row[-1], row[-2]])
    series = np.array(alike)
    usual = smooth(series, 2 * max(3, round(USUAL_S * clip.fps / 2)) + 1)
    ratios = series / np.maximum(usual, 1e-3)
    jumps = {int(k) + 1: float(ratios[k]) for k in np.flatnonzero(ratios < DROP)}
    for frame, share in sudden.items():
        jumps[frame] = min(share, jumps.get(frame, 1.0))
    mean, worst = float(series.mean()), min(jumps.values(), default=1.0)
    score, least = max(0.0, min(mean, worst)), LIMITS["consistency"].least
    guilty = jumps if jumps else {int(k) + 1: float(series[k]) for k in np.flatnonzero(series < least)}
    measured = {"mean_similarity": mean, "least_similarity": float(series.min()), "jumps": float(len(jumps))}
    reason = f"{len(jumps)} jump{'s' if len(jumps) > 1 else ''}" if jumps else f"frames are alike by {mean:.2f}"
    where = spans(_blamed(guilty)) if score < least else ()
    return Verdict("consistency", score >= least, score, where, reason, measured)


def _pair(look: Look) -> _Pair:
    between = look.between
    height, width = look.grey.shape
    size = max(WINDOW, width // SMALL), max(WINDOW, height // SMALL)
    now, moved = (_averaged(picture, size) for picture in (look.grey, flow.luma(between.moved)))
    back = _averaged(between.back, size)
    x, y = np.moveaxis(flow.grid(size[1], size[0]) + back / np.float32(SMALL), -1, 0)
    inside = (x >= 0) & (y >= 0) & (x <= size[0] - 1) & (y <= size[1] - 1)
    structure, power = _structure(now, moved)
    alike = float(structure[inside].mean()) if inside.any() else 0.0
    # motion is believed where there is something to see that moves: not in noise, not in the dark
    weight = _averaged(power / (power + QUIET), GRID)
    weight /= max(float(weight.mean()), LEAST_WEIGHT)
    return _Pair(look.number, max(0.0, alike), weight[..., None] * _averaged(back, GRID) / np.float32(width))


def _structure(a: Field, b: Field) -> tuple[Field, Field]:
    """Contrast and structure of SSIM, -1 to 1 (light that changes everywhere alike does not count); power of a."""
    window = (WINDOW, WINDOW)
    mean_a, mean_b = cv2.blur(a, window), cv2.blur(b, window)
    power_a, power_b = cv2.blur(a * a, window) - mean_a**2, cv2.blur(b * b, window) - mean_b**2
    both = cv2.blur(a * b, window) - mean_a * mean_b
    alike = (2 * both + QUIET) / (power_a + power_b + QUIET)
    return np.asarray(alike, np.float32), np.asarray(np.maximum(power_a, 0.0), np.float32)


def _note(sudden: dict[int, float], row: list[_Pair]) -> None:
    """Take down the pair in the middle if its motion is neither that of the one before nor that of the one after."""
    before, here, after = (pair.motion for pair in row)
    usual = np.median(np.stack([before, here, after]), axis=0)
    off = float(np.linalg.norm(here - usual, axis=-1).mean())
    most = float(np.linalg.norm(usual, axis=-1).mean())
    if off > SUDDEN + TIMES * most:
        sudden[row[1].frame] = (SUDDEN + most) / (SUDDEN + most + off)


def _blamed(jumps: dict[int, float]) -> dict[int, float]:
    """The frames at fault: of two jumps in a row, in and out, only the foreign frame between them."""
    blamed = dict(jumps)
    for frame in jumps:
        if frame - 1 in jumps and frame - 2 not in jumps and frame + 1 not in jumps:
            del blamed[frame]
    return blamed


def _averaged(picture: NDArray[np.float32] | NDArray[np.uint8], size: tuple[int, int]) -> Field:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
