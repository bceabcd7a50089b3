"""Stretches that stand still as if the player had stopped, in a clip that otherwise moves."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engine.quality.contracts import Clip, Frame, Span, Verdict, Watch
from engine.quality.marks import thumb

LEAST_S = 0.5
"""seconds from which a stillness is seen as a stop"""
STILL_S = 2.0
"""seconds from which a clip in which nothing moves at all is a fault: no job of ours makes a still on purpose"""
SAME, PEAK = 2.0, 5.0
"""codes (0-255) by which a picture may differ from the first of the stretch: mean of the small picture, and the most
changed of its COARSE cells. H.264 comes to 1.6 and 2.9 on a still frame, its key frames included (crf 20); a pan of
0.02 pixels a frame, half a second on, to 2.2 and 6"""
COARSE = (32, 18)
"""width, height: what moves in one cell of these alone is motion"""
LEAST_STEP = 0.4
"""codes, mean, that a step must have to be one"""
ABRUPT = 0.35
"""of the clip's usual step: who stops or starts by more than that was cut off; a camera that eases comes in below"""


def watch(clip: Clip) -> Watch:
    """Frames are compared with the first of their stretch, so slow motion adds up and coding noise does not."""
    least = max(3, math.ceil(LEAST_S * clip.fps))
    steps: list[float] = []
    runs: list[tuple[int, int]] = []
    start, anchor, before = 0, None, None
    number = -1
    while (look := (yield)) is not None:
        number, small = look.number, thumb(look)
        if anchor is None or before is None:
            start, anchor = number, small
        else:
            steps.append(float(cv2.absdiff(before, small).mean()))
            if not _same(anchor, small):
                runs.append((start, number - 1))
                start, anchor = number, small
        before = small
    runs.append((start, number))
    if number + 1 < least:
        return Verdict("frozen", None, None, reason=f"shorter than {LEAST_S} s")
    long = [run for run in runs if run[1] - run[0] + 1 >= least]
    still = sum(last - first + 1 for first, last in long)
    if runs[0] == (0, number):
        return _still(number + 1, clip.fps)
    usual = _usual(steps, long)
    stops = [run for run in long if _abrupt(run, steps, usual)]
    guilty = sum(last - first + 1 for first, last in stops)
    longest = max((last - first + 1 for first, last in stops), default=0) / clip.fps
    reason = f"stands still for {longest:.1f} s" if stops else "no part stands still"
    if len(stops) > 1:
        reason = f"stands still {len(stops)} times, for up to {longest:.1f} s"
    if long and not stops:
        reason = "it comes to rest and goes on gently"
    where = tuple(Span(first, last) for first, last in stops)
    measured = {"longest_stop_s": longest, "still_share": still / (number + 1)}
    return Verdict("frozen", not stops, 1 - guilty / (number + 1), where, reason, measured)


def _same(a: Frame, b: Frame) -> bool:
    change = a.astype(np.float32) - b
    coarse = cv2.resize(change, COARSE, interpolation=cv2.INTER_AREA)
    return bool(np.abs(change).mean() <= SAME and np.abs(coarse).max() <= PEAK)


def _usual(steps: list[float], still: list[tuple[int, int]]) -> float:
    """The median step of what moves; steps[k] leads from frame k to k + 1."""
    rest = {k for first, last in still for k in range(first, last)}
    moving = [step for k, step in enumerate(steps) if k not in rest]
    return float(np.median(moving)) if moving else 0.0


def _abrupt(run: tuple[int, int], steps: list[float], usual: float) -> bool:
    """At one end at least the motion is there at once."""
    first, last = run
    ends = ([steps[first - 1]] if first else []) + ([steps[last]] if last < len(steps) else [])
    return any(step > max(ABRUPT * usual, LEAST_STEP) for step in ends)


def _still(frames: int, fps: float) -> Verdict:
    seconds = frames / fps
    measured = {"longest_stop_s": seconds, "still_share": 1.0}
    if seconds < STILL_S:
        return Verdict("frozen", None, None, reason=f"a still of {seconds:.1f} s: nothing moves", measured=measured)
    whole = (Span(0, frames - 1),)
    return Verdict("frozen", False, 0.0, whole, f"nothing moves in all its {seconds:.1f} s", measured)
