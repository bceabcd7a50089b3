"""The beat the stage sees: an anchor extrapolated, corrected without jerks, with the operator's hand above it all.

Two layers. The *line* is what the music says: beats = beat + (t - t0) / period, from an anchor or from taps. The
*count* is what the show sees: line * scale + offset, where half, double and resync change scale and offset. The
count never goes down. A correction of the line below 60 ms is spread over a second; a larger one is taken at once,
and should it lead back over a beat already counted, the count waits on that beat until the line arrives.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from vj.core.types import BeatAnchor, BeatState

SLEW_S = 1.0
SLEW_LIMIT_S = 0.06
TAP_GAP_S = 2.0
"""a longer pause starts a new series of taps"""
MAX_TAPS = 8
TAP_BPM = (30.0, 400.0)


@dataclass(frozen=True, slots=True)
class _Line:
    """beats(t) = beat + (t - t) * rate; rate in beats a second."""

    t: float
    beat: float
    rate: float

    def at(self, t: float) -> float:
        return self.beat + (t - self.t) * self.rate


class BeatClock:
    """`update` with the newest anchor, `at(t)` for the beat then. Starts at 120 bpm with confidence 0.

    Taps (two or more within 2 s of each other) take over from the music until `release()`; up to eight are used.
    """

    def __init__(self, bpm: float = 120.0) -> None:
        self._line = _Line(0.0, 0.0, bpm / 60.0)
        self._anchor = BeatAnchor(bpm=bpm)
        self._slew = (0.0, 0.0)  # beats still to be taken back, since when (s)
        self._scale, self._offset = 1.0, 0.0
        self._floor = -math.inf
        self._now = -math.inf
        self._taps: deque[float] = deque(maxlen=MAX_TAPS)
        self._tapped = False
        self._nudge_s = 0.0

    # the music

    def update(self, anchor: BeatAnchor, t: float | None = None) -> None:
        """Take over what the ears know. t: now (s); the latest time asked for, when not given."""
        if anchor.source == "none" or self._tapped or anchor == self._anchor or anchor.bpm <= 0:
            return
        fresh = self._anchor.source == "none"
        self._anchor = anchor
        line = _Line(anchor.t + self._nudge_s, float(anchor.beat), anchor.bpm / 60.0)
        self._follow(line, self._time(t, anchor.t), jump=fresh)

    def _time(self, t: float | None, other: float) -> float:
        if t is not None:
            return t
        return self._now if self._now > -math.inf else other

    def _follow(self, line: _Line, now: float, jump: bool = False) -> None:
        """Change to another line; the number of beats stays as near to the running one as its phase allows."""
        before = self._running(now)
        shift = round(before - line.at(now))
        line = replace(line, beat=line.beat + shift)
        error = before - line.at(now)
        self._line = line
        small = abs(error) / line.rate < SLEW_LIMIT_S
        self._slew = (error, now) if small and not jump else (0.0, now)

    def _running(self, t: float) -> float:
        error, since = self._slew
        left = min(1.0, max(0.0, 1.0 - (t - since) / SLEW_S))
        return self._line.at(t) + error * left

    # the hand

    def tap(self, t: float) -> None:
        """A tap on the beat at t (s). The second within 2 s sets tempo and phase; each further one refines them."""
        if self._taps and not 60 / TAP_BPM[1] <= t - self._taps[-1] <= TAP_GAP_S:
            self._taps.clear()
        self._taps.append(t)
        if len(self._taps) < 2:
            return
        index = np.arange(len(self._taps), dtype=np.float64)
        slope, start = np.polyfit(index, np.array(self._taps) - t, 1)
        last = t + start + slope * index[-1]
        bpm = min(max(60.0 / float(slope), TAP_BPM[0]), TAP_BPM[1])
        self._tapped = True
        self._anchor = BeatAnchor(last, bpm, 0, 1.0, 1.0, 1.0, "tap")
        # a tap is a whole beat of the count the show sees, so taps also undo half() and double()
        now = self._count(t)
        self._scale, self._offset = 1.0, 0.0
        self._line, self._slew = _Line(t, now, bpm / 60.0), (0.0, t)
        self._follow(_Line(last + self._nudge_s, 0.0, bpm / 60.0), t)

    def release(self) -> None:
        """Listen to the music again."""
        self._tapped = False
        self._taps.clear()

    @property
    def tapped(self) -> bool:
        """Whether taps rule."""
        return self._tapped

    def nudge(self, ms: float) -> None:
        """Beats come `ms` later (negative: earlier), from now on."""
        self._nudge_s += ms / 1000.0
        now = self._time(None, self._line.t)
        self._follow(replace(self._line, t=self._line.t + ms / 1000.0), now)

    def half(self) -> None:
        """Count every second beat."""
        self._rescale(0.5)

    def double(self) -> None:
        """Count twice as fast."""
        self._rescale(2.0)

    def _rescale(self, factor: float) -> None:
        if not 0.124 < self._scale * factor < 8.1:
            return
        now = self._time(None, self._line.t)
        running = self._running(now)
        count = math.floor(self._count(now))
        self._scale *= factor
        # the beat that is sounding stays a beat
        self._offset = count - math.floor(running) * self._scale

    def resync(self, t: float) -> None:
        """The beat nearest to t is beat one of a bar (and of a phrase)."""
        nearest = round(self._count(t))
        up = -nearest % 16
        # forward, so that the count never falls; what was one bar of the phrase becomes the first
        self._offset += up

    # what the show sees

    def _count(self, t: float) -> float:
        return self._running(t) * self._scale + self._offset

    def at(self, t: float) -> BeatState:
        """The beat at t (s). Times may be asked in any order; the count of later ones is never lower."""
        count = self._count(t)
        if t >= self._now:
            self._now = t
            self._floor = max(self._floor, math.floor(count))
            count = max(count, self._floor)
        beat = math.floor(count)
        a = self._anchor
        return BeatState(
            t, self._line.rate * 60.0 * self._scale, beat, count - beat, count % 4.0 / 4.0, count % 16.0 / 16.0,
            a.tempo_confidence, a.phase_confidence, a.octave_confidence, a.source,
        )  # fmt: skip
