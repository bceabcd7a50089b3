"""Flashes that can bring on a seizure (photosensitive epilepsy).

After WCAG 2.2, "general flash and red flash thresholds", and Recommendation ITU-R BT.1702: a flash is a pair of
opposing changes of relative luminance by 0.1 or more, the darker state below 0.80, or of a saturated red; more than
three in any second, on a quarter of the picture at the same time, are too many. `Flashes` needs nothing but numpy.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Clip, Look, Verdict, Watch
from engine.quality.marks import spans

CHANGE, DARKER = 0.1, 0.8
"""relative luminance: least change, and what the darker state is below"""
RED_CHANGE, SATURATED = 20 / 320, 0.8
"""of R - G - B (linear, 0 where negative), and R / (R + G + B) of a saturated red (Harding and Binnie 2002)"""
MOST = 6
"""changes in any second: three flashes"""
AREA = 0.25
"""of the picture, at the same time"""
TOGETHER_S = 1 / 12
"""seconds: places that change within it change together; what goes on longer is motion, no flash"""
WHOLE = 0.8
"""of the picture: where so much turns in one frame, up or down, it is no drifting pattern (a board that is inverted)"""
CELLS = (64, 36)
"""width, height of the grid at which is looked: patterns finer than a cell are no flashes"""

Cells = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Flashes:
    """Counts, for every cell of a picture, the changes of the last second that many cells made together."""

    def __init__(self, fps: float, change: float = CHANGE, darker: float = DARKER) -> None:
        """change: least difference between two opposing states; darker: the lower one must be below."""
        self.change, self.darker = change, darker
        self.late = max(1, round(TOGETHER_S * fps))
        """frames by which the count lags behind the picture"""
        self._recent: deque[tuple[Mask, Mask]] = deque(maxlen=2 * self.late + 1)
        self._counted: deque[Mask] = deque(maxlen=max(2, round(fps)))
        self._peak: Cells | None = None
        self._valley: Cells | None = None
        self._way: NDArray[np.int8] | None = None

    def see(self, level: Cells) -> int:
        """level [h, w]: luminance, or redness, of cells. Returns how many changes a quarter of the picture has seen in
        the second that ended `late` frames ago: more than MOST is a risk."""
        self._recent.append(self._turned(level))
        return self._count()

    def flush(self) -> int:
        """As `see` of a frame without any change: after the last frame, `late` times."""
        assert self._way is not None
        none = np.zeros(self._way.shape, np.bool_)
        self._recent.append((none, none))
        return self._count()

    def span(self) -> tuple[int, int]:
        """Frames before the newest one counted at which the first and the last change of the second were."""
        areas = [float(mask.mean()) for mask in reversed(self._counted)]
        ages = [age for age, area in enumerate(areas) if area >= AREA / 2] or [0]
        return ages[-1], ages[0]

    def _turned(self, level: Cells) -> tuple[Mask, Mask]:
        """Cells that have just gone up from the last valley, and down from the last peak, by `change`."""
        if self._peak is None or self._valley is None or self._way is None:
            self._peak, self._valley = level.copy(), level.copy()
            self._way = np.zeros(level.shape, np.int8)
        np.maximum(self._peak, level, out=self._peak)
        np.minimum(self._valley, level, out=self._valley)
        rose = (self._way <= 0) & (level - self._valley >= self.change) & (self._valley < self.darker)
        fell = (self._way >= 0) & (self._peak - level >= self.change) & (level < self.darker)
        self._way[rose], self._way[fell] = 1, -1
        self._peak[rose], self._valley[fell] = level[rose], level[fell]
        return rose, fell

    def _count(self) -> int:
        """Take over the changes in the middle of the recent ones where enough places made them together."""
        now = len(self._recent) - 1 - self.late
        if now < 0:
            return 0
        counted = np.zeros(self._recent[0][0].shape, np.bool_)
        areas = np.array([[mask.mean() for mask in masks] for masks in self._recent])
        whole = float(areas[now].sum()) >= WHOLE
        for way in (0, 1):
            if whole or _burst(areas[:, way], now, self.late // 2) >= AREA:
                counted |= self._recent[now][way]
        self._counted.append(counted)
        changes = np.sum(self._counted, axis=0, dtype=np.int16).ravel()
        quarter = changes.size - max(1, int(AREA * changes.size))
        return int(np.partition(changes, quarter)[quarter])


def _burst(areas: NDArray[np.float64], now: int, reach: int) -> float:
    """Share of the picture that changes within `reach` frames of `now`, less what changes before or after all the time:
    a drifting pattern turns as many cells in every frame, a flash turns them at once."""
    usual = max(float(areas[:now].min()) if now else 0.0, float(areas[now + 1 :].min()))
    near = areas[max(0, now - reach) : now + reach + 1]
    return float((near - min(usual, float(areas[now]))).sum())


@dataclass(slots=True)
class _Kind:
    """One kind of flash over the clip: the most changes in a second, and the frames of too many."""

    flashes: Flashes
    most: int = 0
    bad: dict[int, float] = field(default_factory=dict)

    def note(self, changes: int, frame: int) -> None:
        """frame: the newest one that is counted."""
        self.most = max(self.most, changes)
        if changes > MOST:
            first, last = self.flashes.span()
            for k in range(frame - first, frame - last + 1):
                self.bad[k] = min(self.bad.get(k, 1.0), MOST / changes)


def watch(clip: Clip) -> Watch:
    """More than three flashes in a second fail; spans go from the first change to the last of such seconds."""
    kinds = {
        "flashes": _Kind(Flashes(clip.fps)),
        "flashes of red": _Kind(Flashes(clip.fps, RED_CHANGE, np.inf)),
    }
    seen = 0
    while (look := (yield)) is not None:
        seen += 1
        for kind, level in zip(kinds.values(), (_light(look), _redness(look)), strict=True):
            kind.note(kind.flashes.see(level), seen - 1 - kind.flashes.late)
    if not seen:
        return Verdict("flash", None, None, reason="no frame")
    for kind in kinds.values():
        for k in range(kind.flashes.late):
            kind.note(kind.flashes.flush(), seen - kind.flashes.late + k)
    return _verdict(kinds)


def _verdict(kinds: dict[str, _Kind]) -> Verdict:
    measured = {f"{name.replace(' ', '_')}_per_s": kind.most / 2 for name, kind in kinds.items()}
    worst = max(kind.most for kind in kinds.values())
    told = [f"{kind.most / 2:g} {name} in a second" for name, kind in kinds.items() if kind.most > MOST]
    reason = " and ".join(told) + ": a risk for people with photosensitive epilepsy" if told else "no risk"
    bad: dict[int, float] = {}
    for kind in kinds.values():
        bad |= {k: min(score, bad.get(k, 1.0)) for k, score in kind.bad.items()}
    return Verdict("flash", not told, min(1.0, MOST / max(worst, 1)), spans(bad), reason, measured)


def _light(look: Look) -> Cells:
    cells: Cells = cv2.resize(look.light, CELLS, interpolation=cv2.INTER_AREA)
    return cells


def _redness(look: Look) -> Cells:
    """R - G - B of cells, 0 where they are not saturated; the border is soft, so that noise there is no change."""
    codes = cv2.resize(look.frame, CELLS, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    linear = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    red, green, blue = np.moveaxis(linear, -1, 0)
    saturated = red / np.maximum(linear.sum(-1), 1e-6)
    sure = np.clip((saturated - (SATURATED - 0.1)) / 0.1, 0, 1)
    cells: Cells = (np.maximum(red - green - blue, 0) * sure).astype(np.float32)
    return cells
