"""Single frames that only repeat the one before: 12 pictures a second stored as 24, or a stutter."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engine.quality.contracts import Clip, Verdict, Watch
from engine.quality.frozen import LEAST_S
from engine.quality.marks import Series, spans, thumb

REPEATS = 0.12
"""of the smaller step beside it: a step below is a repetition, not slow motion"""
BESIDE = 0.35
"""of the usual step around it, that the steps beside must have: a motion that comes to rest has small ones there"""
LEAST_STEP = 0.1
"""codes (mean of the small picture); where all steps are smaller, nobody sees whether one is left out"""


def watch(clip: Clip) -> Watch:
    """Share of frames that are new, of those that come after another. Stops of half a second belong to `frozen`."""
    steps: list[float] = []
    before = None
    while (look := (yield)) is not None:
        small = thumb(look)
        if before is not None:
            steps.append(float(cv2.absdiff(before, small).mean()))
        before = small
    if len(steps) < 3 or float(np.percentile(steps, 90)) < LEAST_STEP:
        return Verdict("duplicate", None, None, reason="nothing moves" if len(steps) >= 3 else "fewer than four frames")
    again = repeated(np.array(steps), clip.fps)
    share = len(again) / len(steps)
    reason = f"{len(again)} of {len(steps)} frames repeat the one before" if again else "every frame is new"
    if share > 0.3:
        reason += f": {clip.fps * (1 - share):.0f} pictures a second, not {clip.fps:.0f}"
    where = spans(dict.fromkeys(again, 0.0), gap=1)
    return Verdict("duplicate", share <= 0.1, 1 - share, where, reason, {"repeated_share": share})


def repeated(steps: Series, fps: float) -> list[int]:
    """Numbers of the frames that repeat; steps[k] [N] leads from frame k to k + 1, in any unit.

    A repetition is a run of steps, shorter than a stop, far below the steps on both sides, which are full ones."""
    longest = math.ceil(LEAST_S * fps) - 1
    again: set[int] = set()
    for first in range(len(steps)):
        if first and steps[first] > REPEATS * steps[first - 1]:
            continue
        for last in range(first, min(first + longest - 1, len(steps) - 1)):
            if _repeats(steps, first, last, longest):
                again.update(range(first + 1, last + 2))
                break
    return sorted(again)


def _repeats(steps: Series, first: int, last: int, reach: int) -> bool:
    beside = [steps[k] for k in (first - 1, last + 1) if 0 <= k < len(steps)]
    if not beside or steps[first : last + 1].max() > REPEATS * min(beside):
        return False
    around = steps[max(0, first - reach) : last + 1 + reach]
    usual = float(np.median(around[around > REPEATS * around.max()]))
    return bool(min(beside) >= max(BESIDE * usual, LEAST_STEP))
