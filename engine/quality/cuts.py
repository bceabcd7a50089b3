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
    """The frame named is the first of the new shot. Flashes, pans, and dissolves of four frames and more are none."""
    patience = max(1, round(FLASH_S * clip.fps))
    leaps: set[int] = set()
    cuts: set[int] = set()
    waiting: _Waiting | None = None
    before: Frame | None = None
    seen = 0
    while (look := (yield)) is not None:
        seen, small = look.number + 1, _small(look.frame)
        if before is not None and _cut(before, small):
            leaps.add(look.number)
            cuts.add(look.number)
        if waiting is not None and not _cut(waiting.before, small):
            # the picture is back: nothing since then was a cut
            cuts = {k for k in cuts if k < waiting.frame}
            waiting = None
        elif waiting is not None:
            waiting.left -= 1
            waiting = waiting if waiting.left > 0 else None
        if waiting is None and look.number in cuts and before is not None:
            waiting = _Waiting(look.number, before, patience)
        before = small
    # three leaps in a row are no shots: too fast to follow, or noise, which `consistency` tells
    cuts = {k for k in cuts if not any({m, m + 1, m + 2} <= leaps for m in (k - 2, k - 1, k))}
    if seen < 2:
        return Verdict("cuts", None, None, reason="one frame")
    many = len(cuts)
    reason = f"{many} cut{'s' if many > 1 else ''}; fine where they were meant" if many else "one shot"
    return Verdict("cuts", not many, 1 / (1 + many), spans(dict.fromkeys(cuts, 0.0), 0), reason, {"cuts": float(many)})


def _cut(a: Frame, b: Frame) -> bool:
    return is_cut(a, b) and not panned(a, b)


def panned(a: Frame, b: Frame) -> bool:
    """True where b [H, W, 3] is a shifted, however far, as long as SHARED of it is still in view."""
    one, other = luma(a), luma(b)
    height, width = one.shape
    wide, high = width // 3, height // 2
    for x in range(0, 3 * wide, wide):
        for y in range(0, 2 * high, high):
            found = cv2.matchTemplate(other, one[y : y + high, x : x + wide], cv2.TM_CCOEFF_NORMED)
            _, score, _, (right, down) = cv2.minMaxLoc(found)
            if score > ALIKE and _shifted(one, other, right - x, down - y):
                return True
    return False


def _shifted(one: Frame, other: Frame, dx: int, dy: int) -> bool:
    """What both show when the first is moved by (dx, dy) is alike."""
    height, width = one.shape
    wide, high = width - abs(dx), height - abs(dy)
    if wide * high < SHARED * width * height:
        return False
    left, top = max(0, -dx), max(0, -dy)
    before = one[top : top + high, left : left + wide]
    after = other[top + dy : top + dy + high, left + dx : left + dx + wide]
    return _correlation(before.astype(np.float32), after.astype(np.float32)) > ALIKE


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
