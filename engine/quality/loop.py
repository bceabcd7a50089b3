"""The seam of a loop: the step from the last frame to the first must be like the steps beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Between, Clip, Look, Span, Verdict, Watch
from engine.quality.limits import LIMITS
from engine.quality.marks import thumb

FREE = 1.05
"""times the largest step inside the clip that the seam may be without any loss; the limit of 0.7 lies at 1.5. The
loops of the house pool come to 1.3 at most, with one frame of eight left out to 1.4 to 2.6"""
FLOOR = {"picture": 1.0, "shape": 2.0, "motion": 0.25}
"""what cannot be seen: codes (0-255), codes, pixels of the look"""
TWICE = 0.2
"""of the usual step: with a smaller one the first frame is there twice"""
TOLD = {"picture": "picture", "shape": "forms, the motion taken out", "motion": "motion"}
FIELD = (32, 18)
"""width, height at which motion is kept"""

Small = NDArray[np.float32]


@dataclass(slots=True)
class _Steps:
    """What each step inside the clip was; motion is that of the step against the one before."""

    picture: list[float] = field(default_factory=list)
    shape: list[float] = field(default_factory=list)
    motion: list[float] = field(default_factory=list)


def watch(clip: Clip) -> Watch:
    """Picture difference, the same with the motion taken out, and change of motion, each by the largest inside.

    Only of a clip that is meant to loop. Keeps the first look, and motion at 32x18."""
    if not clip.loop:
        while (yield) is not None:
            pass
        return Verdict("loop", None, None, reason="not meant to loop")
    steps = _Steps()
    first: Look | None = None
    last: Look | None = None
    begin: Small | None = None
    moving: Small | None = None
    while (look := (yield)) is not None:
        first = first or Look(look.number, look.frame)
        if look.before is not None:
            before, moving = moving, _motion(look.between)
            begin = moving if begin is None else begin
            steps.picture.append(_difference(look.before, look))
            steps.shape.append(_error(look.between))
            if before is not None:
                steps.motion.append(_apart(before, moving))
        last = look
    if first is None or last is None or begin is None or moving is None or len(steps.motion) < 2:
        return Verdict("loop", None, None, reason="fewer than four frames")
    seam = Between(last, first)
    over = _motion(seam)
    found = {
        "picture": (_difference(last, first), steps.picture),
        "shape": (_error(seam), steps.shape),
        "motion": (max(_apart(moving, over), _apart(over, begin)), steps.motion),
    }
    return _verdict(found, last.number)


def _verdict(found: dict[str, tuple[float, list[float]]], last: int) -> Verdict:
    times = {}
    for name, (step, inside) in found.items():
        # a loop may jump on every beat: the seam may do so too
        times[name] = (step + FLOOR[name]) / (max(inside) + FLOOR[name])
    score = min(min(1.0, FREE / ratio) for ratio in times.values())
    worst = max(times, key=lambda name: times[name])
    reason = f"the step over the seam is {times[worst]:.1f} times the largest inside ({TOLD[worst]})"
    least = float(np.percentile(found["picture"][1], 10))
    if found["picture"][0] < TWICE * least and least > 0.5:
        score, reason = min(score, 0.6), "the last frame is the first again: the loop halts there for one frame"
    measured = {f"seam_{name}_ratio": value for name, value in times.items()}
    ok = score >= LIMITS["loop"].least
    where = () if ok else (Span(0, 0, score), Span(last, last, score))
    return Verdict("loop", ok, score, where, reason, measured)


def _difference(a: Look, b: Look) -> float:
    """Mean, codes of the small picture."""
    return float(cv2.absdiff(thumb(a), thumb(b)).mean())


def _error(between: Between) -> float:
    """Mean over what was seen before, codes; what was not counts as much as it differs."""
    return float(between.error.mean())


def _motion(between: Between) -> Small:
    """[18, 32, 2], pixels of the look."""
    small: Small = cv2.resize(between.back, FIELD, interpolation=cv2.INTER_AREA)
    return small


def _apart(a: Small, b: Small) -> float:
    """Mean distance of two fields, pixels."""
    return float(np.hypot(*np.moveaxis(a - b, -1, 0)).mean())
