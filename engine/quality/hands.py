"""Hands that no hand can be: bones of impossible lengths. Only where a library finds their points."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.quality.contracts import Look

if TYPE_CHECKING:
    from engine.adapters.landmarks import Hands

FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
"""rows of the points of each finger, from the palm outwards, the thumb first"""
BONE = (0.35, 1.7)
"""length of a bone of a finger over that of the one before it: 0.6 to 0.8 in life, more or less as it is seen"""
FINGER = (0.35, 1.6)
"""length of a finger over that of the palm (wrist to the middle finger), the thumb and the little one among them"""


def score(points: NDArray[np.float32]) -> float:
    """Points [21, 3] of a hand: the share of its five fingers that could be one, 0-1."""
    palm = float(np.linalg.norm(points[9] - points[0]))
    good = 0
    for finger in FINGERS:
        bones = np.linalg.norm(np.diff(points[list(finger)], axis=0), axis=1)
        ratios = bones[1:] / np.maximum(bones[:-1], 1e-6)
        length = float(bones.sum()) / max(palm, 1e-6)
        good += bool((ratios > BONE[0]).all() and (ratios < BONE[1]).all() and FINGER[0] < length < FINGER[1])
    return good / len(FINGERS)


class Palms:
    """Hands over the looks: (frame, score) of each, and what there is to say of how they were found."""

    def __init__(self) -> None:
        self.scores: list[tuple[int, float]] = []
        self._find, self._why = _finder()

    def see(self, look: Look) -> None:
        if self._find is not None:
            self.scores += [(look.number, score(hand)) for hand in self._find(look.frame)]

    @property
    def said(self) -> str:
        return f"hands: {self._why}" if self._find is None else f"hands: {len(self.scores)} seen"


def _finder() -> tuple[Hands | None, str]:
    if importlib.util.find_spec("mediapipe") is None:
        return None, "no landmark library"
    try:
        from engine.adapters import landmarks

        return landmarks.open(), ""
    except (EngineError, ImportError) as error:
        return None, str(error)
