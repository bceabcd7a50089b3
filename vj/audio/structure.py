"""Build-ups, breakdowns and drops, by simple rules that do not depend on loudness."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


class Structure:
    """Pushed about 75 times a second.

    breakdown: there was a steady kick, and for four beats neither kick nor bass. buildup (0-1): the bass is away while
    highs or onsets become more. A drop is the return of the kick, with bass, after at least four beats away; it is told
    about a tenth of a second after that kick.
    """

    def __init__(self, kicks: int = 0, events: int = 0) -> None:
        self.drops = 0
        self.drop_t = -1e9
        self.buildup = 0.0
        self.breakdown = False
        self._kicks = kicks
        self._events = events
        self._steady = 0
        self._last_kick = -1e9
        self._away_since = 0.0
        self._return = -1e9
        self._bass_now = 0.0
        self._bass_usual = 0.0
        self._bass = 0.0
        self._high, self._high_slow = 0.0, 0.0
        self._rate, self._rate_slow = 0.0, 0.0

    def push(
        self, t: float, dt: float, bands: NDArray[np.float32], counts: tuple[int, int, float], beat_s: float
    ) -> None:
        """bands [8] 0-1; counts: kicks, all other events, time of the last kick; beat_s: length of a beat."""
        kicks, events, kick_t = counts
        self._bass += (1 - math.exp(-dt / 0.3)) * (float(bands[0]) - self._bass)
        self._bass_now += (1 - math.exp(-dt / 0.08)) * (float(bands[0]) - self._bass_now)
        high = float(bands[4:].mean())
        self._high += (1 - math.exp(-dt / 1.0)) * (high - self._high)
        self._high_slow += (1 - math.exp(-dt / 8.0)) * (high - self._high_slow)
        new = (events - self._events) / dt
        self._events = events
        self._rate += (1 - math.exp(-dt / 1.0)) * (new - self._rate)
        self._rate_slow += (1 - math.exp(-dt / 8.0)) * (new - self._rate_slow)
        if kicks > self._kicks:
            self._kick(kicks, kick_t, beat_s)
        self._drop(t)
        away = t - self._last_kick
        if self._steady >= 8 and away > 4 * beat_s and self._bass < 0.6 * self._bass_usual and not self.breakdown:
            self.breakdown, self._return = True, -1e9
        if not self.breakdown:
            self._bass_usual += (1 - math.exp(-dt / 4.0)) * (self._bass - self._bass_usual)
        self._build(dt)

    def _kick(self, kicks: int, kick_t: float, beat_s: float) -> None:
        self._kicks = kicks
        if not self.breakdown:
            self._steady = self._steady + 1 if kick_t - self._last_kick < 2.6 * beat_s else 1
            self._last_kick = kick_t
            return
        self._return = kick_t

    def _drop(self, t: float) -> None:
        """A stray hit in a breakdown has no bass under it; the kick of a drop has."""
        if self.breakdown and t - self._return < 0.3 and self._bass_now > 0.75 * self._bass_usual:
            self.drops += 1
            self.drop_t = self._last_kick = self._return
            self.breakdown, self._steady = False, 8

    def _build(self, dt: float) -> None:
        goal = 0.0
        if self.breakdown and self._bass < 0.5 * self._bass_usual:
            brighter = (self._high - self._high_slow) / (self._high_slow + 0.05)
            denser = (self._rate - self._rate_slow) / (self._rate_slow + 1.0)
            goal = min(1.0, max(0.0, 2.0 * max(brighter, denser)))
        tau = 1.5 if self.breakdown else 0.25
        self.buildup += (1 - math.exp(-dt / tau)) * (goal - self.buildup)
