"""Blur that creeps in: a clip is softer at its end than it began, as video that goes on from itself gets."""

from __future__ import annotations

import cv2
import numpy as np

from engine.quality.contracts import Clip, Frame, Verdict, Watch
from engine.quality.limits import LIMITS
from engine.quality.marks import Series, one_way, smooth, spans

LEAST_S = 1.0
"""seconds; in less nothing creeps"""
BLOCK = 16
"""pixels a side of the blocks that are measured"""
FORMS = 2.0
"""codes of coarse detail that a block must have: an empty sky is not blurred"""
SHARPEST = 75
"""percentile of the blocks that stands for the frame: what is out of focus, or moving, does not count"""
DETAIL = 0.12
"""fine by coarse detail that a clip must begin with; below there is nothing to lose"""
STEADY = (0.3, 0.6)
"""how much of its way the sharpness goes in one direction: below the first it swings, from the second on it creeps"""


def watch(clip: Clip) -> Watch:
    """Fine detail (1-2 pixels) by coarse (2-4 pixels) in the sharpest blocks; that of the end by that of the start."""
    found: list[float] = []
    while (look := (yield)) is not None:
        found.append(_sharpness(look.grey))
    if len(found) < max(8, LEAST_S * clip.fps):
        return Verdict("blur", None, None, reason=f"shorter than {LEAST_S:g} s")
    values = _filled(np.array(found))
    if values is None:
        return Verdict("blur", None, None, reason="no forms in half of its frames")
    level = smooth(values, max(3, round(0.5 * clip.fps)))
    start = float(np.median(values[: max(3, len(values) // 8)]))
    if start < DETAIL:
        return Verdict("blur", None, None, reason="soft from its start: there is no fine detail to lose")
    left, steady = level / start, one_way(level)
    end = float(np.median(left[-max(3, len(left) // 8) :]))
    sure = float(np.interp(steady, STEADY, (0.0, 1.0)))
    score = 1 - sure * max(0.0, 1 - end)
    least = LIMITS["blur"].least
    soft = {} if score >= least else {k: max(0.0, float(left[k])) for k in _until_end(left, least)}
    measured = {"sharpness_left": end, "one_way_share": steady}
    reason = f"{end:.0%} of the sharpness of the start is left at the end"
    return Verdict("blur", score >= least, score, spans(soft), reason, measured)


def _sharpness(grey: Frame) -> float:
    """Fine by coarse detail; nan where too few blocks have forms."""
    height, width = (side & ~3 for side in grey.shape)
    picture = grey[:height, :width].astype(np.float32)
    half = cv2.pyrDown(picture)
    quarter = cv2.pyrDown(half)
    fine = cv2.absdiff(picture, cv2.pyrUp(half))
    coarse = cv2.absdiff(half, cv2.pyrUp(quarter))
    blocks = max(1, width // BLOCK), max(1, height // BLOCK)
    fine, coarse = (cv2.resize(x, blocks, interpolation=cv2.INTER_AREA) for x in (fine, coarse))
    there = coarse > FORMS
    if there.mean() < 0.02:
        return float("nan")
    return float(np.percentile(fine[there] / coarse[there], SHARPEST))


def _filled(values: Series) -> Series | None:
    """Without gaps; None where half is missing."""
    there = np.isfinite(values)
    if there.mean() < 0.5:
        return None
    return np.interp(np.arange(len(values)), np.flatnonzero(there), values[there])


def _until_end(values: Series, least: float) -> range:
    """The frames from which on all are below."""
    above = np.flatnonzero(values >= least)
    return range(int(above[-1]) + 1 if len(above) else 0, len(values))
