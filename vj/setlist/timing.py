"""When a scene changes: boundaries of beats, bars and phrases, and a transition as a function of beats."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vj.core.types import BeatState
from vj.setlist.schema import TransitionSpec

BEATS = {"off": 0.0, "beat": 1.0, "bar": 4.0, "phrase": 16.0}
GRACE = 0.125
"""beats: a hand this late still meant the boundary that has just gone by"""
HURRY = 1.0
"""beats a transition may still take once the scene after it is due"""


def boundary(beat: BeatState, quantise: str, not_before: float = -math.inf) -> float:
    """The next boundary at or after `not_before`, in running beats; the one just gone if it was within GRACE."""
    length = BEATS[quantise]
    if not length:
        return max(beat.beats, not_before)
    phase = {"beat": beat.phase, "bar": beat.bar_phase, "phrase": beat.phrase_phase}[quantise]
    # the running count and the phases are rounded apart; a thousandth of a beat is half a millisecond
    at = round(beat.beats + (1.0 - phase) * length, 3)
    if phase * length <= GRACE:
        at -= length
    return at if at >= not_before - GRACE else at + math.ceil((not_before - GRACE - at) / length) * length


@dataclass(frozen=True, slots=True)
class Fade:
    """A transition that runs from `progress` at beat `start` to 1 at beat `end`."""

    spec: TransitionSpec
    start: float
    end: float
    progress: float = 0.0

    def at(self, beats: float) -> float:
        """Progress 0-1."""
        if self.end <= self.start:
            return 1.0
        x = (beats - self.start) / (self.end - self.start)
        return self.progress + (1.0 - self.progress) * min(max(x, 0.0), 1.0)

    def hurried(self, beats: float) -> Fade:
        """The same, at its end within HURRY beats: another scene waits."""
        if self.end - beats <= HURRY:
            return self
        return Fade(self.spec, beats, beats + HURRY, self.at(beats))

    def moved(self, jump: float) -> Fade:
        """The same after the count of beats jumped (half, double, resync)."""
        return Fade(self.spec, self.start + jump, self.end + jump, self.progress)
