"""Cuts where none was asked for: from one frame to the next another picture, and it stays."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Clip, Frame, Verdict, Watch
from engine.quality.marks import spans
from engine.vision.cuts import WIDTH, is_cut
from engine.vision.flow import luma

FLASH_S = 0.25
"""a picture that is back after this many seconds was lit, covered or disturbed, not cut"""
ALIKE = 0.7
"""least correlation of what two frames share when one is shifted on the other: a whip pan"""
SHARED = 0.2
"""least share of the picture that a pan must leave in view for that"""


@dataclass(slots=True)
class _Waiting:
    """A cut that counts unless the picture before it comes back."""

    frame: int
    before: Frame
    left: int


def watch(clip: Clip) -> Watch:
    """The frame named is the first of the new shot. Flashes, pans, dissolves of four frames and more are none."""
    patience = max(1, round(FLASH_S * clip.fps))
    cuts: set[int] = set()
    waiting: _Waiting | None = None
    before: Frame | None = None
    seen = 0
    while (look := (yield)) is not None:
        seen, small = look.number + 1, _small(look.frame)
        if waiting is not None:
            waiting.left -= 1
            if not _cut(waiting.before, small):
                # the picture is back: nothing since then was a cut
                cuts = {k for k in cuts if k < waiting.frame}
                before, waiting = small, None
                continue
            waiting = waiting if waiting.left > 0 else None
        if before is not None and _cut(before, small):
            cuts.add(look.number)
            waiting = waiting or _Waiting(look.number, before, patience)
        before = small
    if seen < 2:
        return Verdict("cuts", None, None, reason="one frame")
    many = len(cuts)
    reason = f"{many} cut{'s' if many > 1 else ''}; fine where they were meant" if many else "one shot"
    return Verdict("cuts", not many, 1 / (1 + many), spans(dict.fromkeys(cuts, 0.0), 0), reason, {"cuts": float(many)})


def _cut(a: Frame, b: Frame) -> bool:
    return is_cut(a, b) and not panned(a, b)


def panned(a: Frame, b: Frame) -> bool:
    """True where b [H, W, 3] is a shifted, however far, as long as SHARED of it is still in view."""
    one, other = (luma(x).astype(np.float32) for x in (a, b))
    height, width = one.shape
    (right, down), _ = cv2.phaseCorrelate(one, other, cv2.createHanningWindow((width, height), cv2.CV_32F))
    for dx in {round(right), round(right) - int(np.sign(right)) * width}:
        for dy in {round(down), round(down) - int(np.sign(down)) * height}:
            wide, high = width - abs(dx), height - abs(dy)
            if wide * high < SHARED * width * height or min(wide, high) < 8:
                continue
            left = one[max(0, -dy) : max(0, -dy) + high, max(0, -dx) : max(0, -dx) + wide]
            shifted = other[max(0, dy) : max(0, dy) + high, max(0, dx) : max(0, dx) + wide]
            if _correlation(left, shifted) > ALIKE:
                return True
    return False


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Of two pictures of one size, -1 to 1; 0 where one is flat."""
    x, y = a - a.mean(), b - b.mean()
    power = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / power if power > 0 else 0.0


def _small(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    if width <= WIDTH:
        return frame
    small: Frame = cv2.resize(frame, (WIDTH, max(1, round(height * WIDTH / width))), interpolation=cv2.INTER_AREA)
    return small
