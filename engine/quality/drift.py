"""Slow drift of light and colour over a clip: it fades, pales, brightens, hardens or goes over to one hue.

Measured in CIELAB (D65). What a frame shows more or less of than the first may be the camera's doing; what a point
that is followed with the motion gains from frame to frame may be that of the light in one place. Only what both say
is drift.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality.contracts import Clip, Frame, Look, Verdict, Watch
from engine.quality.limits import LIMITS
from engine.quality.marks import Series, one_way, smooth, spans
from engine.vision import flow

LEAST_S = 1.0
"""seconds; in less nothing drifts"""
SMALL = (128, 72)
"""width, height at which colours are compared"""
ALLOWED = {"light_L": 10.0, "contrast_log": 0.33, "green_red_a": 8.0, "blue_yellow_b": 8.0, "chroma_log": 0.43}
"""drift at which the score reaches the limit: L*, a*, b* in CIELAB units, the others natural logarithms (0.33: by 39 %,
0.43: to 65 %)"""
TOLD = {
    "light_L": ("it gets darker", "it gets brighter"),
    "contrast_log": ("contrast fades", "contrast grows"),
    "green_red_a": ("colours go over to green", "colours go over to red"),
    "blue_yellow_b": ("colours go over to blue", "colours go over to yellow"),
    "chroma_log": ("colours pale", "colours grow stronger"),
}
PALE, EVEN = 4.0, 2.0
"""units of CIELAB added to chroma and contrast before the logarithm: what is grey, or flat, has none to lose"""
LENIENT = 2.0
"""times what the whole picture changes that followed points may gain: the camera can hide half of a drift"""
STEADY = (0.35, 0.65)
"""how much of its way a figure goes in one direction: below the first it swings, from the second on it drifts"""

Figures = NDArray[np.float64]
Small = NDArray[np.float32]


def watch(clip: Clip) -> Watch:
    """Five figures of every frame against the first; a pulse of light comes back and is none."""
    whole: list[Figures] = []
    gained: list[Figures] = []
    before: Small | None = None
    while (look := (yield)) is not None:
        now = _lab(look.frame)
        whole.append(_figures(now, np.ones(now.shape[:2], np.float32)))
        gained.append(_gain(look, before, now) if before is not None else np.zeros(len(ALLOWED)))
        before = now
    frames = len(whole)
    if frames < max(8, LEAST_S * clip.fps):
        return Verdict("drift", None, None, reason=f"shorter than {LEAST_S:g} s")
    width = max(3, round(0.5 * clip.fps))
    seen, felt = np.array(whole).T, np.cumsum(gained, axis=0).T
    start = np.median(seen[:, : max(1, width // 2)], axis=1, keepdims=True)
    both = _agreed(felt, LENIENT * _change(seen, start))
    level = np.array([smooth(row, width) for row in both])
    allowed = np.array(list(ALLOWED.values()))
    end = np.median(level[:, -max(3, frames // 8) :], axis=1)
    sure = np.array([np.interp(one_way(row), STEADY, (0.0, 1.0)) for row in level])
    cost = np.abs(end) / allowed * sure
    worst = int(np.argmax(cost))
    least = LIMITS["drift"].least
    score = float(np.clip(1 - (1 - least) * cost[worst], 0, 1))
    ok = score >= least
    where = {} if ok else _from(np.abs(level[worst]) / allowed[worst], least)
    name = list(ALLOWED)[worst]
    reason = "light and colours stay" if cost[worst] < 0.3 else f"{TOLD[name][int(end[worst] > 0)]} ({end[worst]:+.2g})"
    measured = dict(zip(ALLOWED, (float(x) for x in end), strict=True))
    return Verdict("drift", ok, score, spans(where), reason, measured)


def _from(cost: Series, least: float) -> dict[int, float]:
    """Frames from which on the limit stays passed, and their scores."""
    within = np.flatnonzero(cost <= 1)
    first = int(within[-1]) + 1 if len(within) else 0
    return {k: float(max(0.0, 1 - (1 - least) * cost[k])) for k in range(first, len(cost))}


def _agreed(a: Figures, b: Figures) -> Figures:
    """The smaller one where both have the same sign, else 0."""
    agreed: Figures = np.where(a * b > 0, np.sign(a) * np.minimum(np.abs(a), np.abs(b)), 0.0)
    return agreed


def _change(now: Figures, before: Figures) -> Figures:
    """From figures [5, ...] to others. What a* and b* lose because all colours pale alike is not counted twice."""
    change = now - before
    change[2:4] = now[2:4] - before[2:4] * np.exp(change[4])
    return np.asarray(change)


def _gain(look: Look, before: Small, now: Small) -> Figures:
    """What the points that are seen in both have gained.

    Both ways: moving a picture softens it, which would count as contrast gained one way and lost the other."""
    known = cv2.resize(look.between.known.astype(np.float32), SMALL, interpolation=cv2.INTER_AREA)
    there, back = (_small(field) for field in (look.between.there, look.between.back))
    seen = flow.warp(known, there)
    if min(known.mean(), seen.mean()) < 0.25:
        return np.zeros(len(ALLOWED))  # a cut
    forward = _change(_figures(now, known), _figures(flow.warp(before, back), known))
    backward = _change(_figures(flow.warp(now, there), seen), _figures(before, seen))
    return (forward + backward) / 2


def _small(field: flow.Field) -> Small:
    """A flow of the look as one of the small picture."""
    height, width = field.shape[:2]
    small = cv2.resize(field, SMALL, interpolation=cv2.INTER_AREA)
    return np.asarray(small * np.array([SMALL[0] / width, SMALL[1] / height], np.float32), np.float32)


def _figures(lab: Small, weight: NDArray[np.float32]) -> Figures:
    """In the order of ALLOWED; lab [h, w, 3], weight [h, w]."""
    share = (weight / weight.sum()).ravel()
    light, a, b = (lab[..., i].ravel() for i in range(3))
    mean = float(share @ light)
    contrast = float(np.sqrt(share @ (light - mean) ** 2))
    chroma = float(share @ np.hypot(a, b))
    return np.array([mean, np.log(contrast + EVEN), share @ a, share @ b, np.log(chroma + PALE)])


def _lab(frame: Frame) -> Small:
    small = cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab: Small = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    return lab
