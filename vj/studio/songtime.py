"""Where music lies in a video: frames of beats by whole numbers, and the beat of every moment."""

from __future__ import annotations

import math
from bisect import bisect_right
from fractions import Fraction

from vj.audio.song import Song
from vj.core.types import BeatState

RATE = 48000
"""of the sound track (Hz): times of the music are whole numbers of its samples"""
QUIET_BPM = 120.0
"""where a song has no beat: its bars of 2 s have four"""


def rate_of(fps: float) -> Fraction:
    """Frames per second as the file keeps them: 29.97 is 30000/1001."""
    return Fraction(fps).limit_denominator(1001)


def sample_of(t: float) -> int:
    """The sample nearest to t (s)."""
    return round(t * RATE)


def frame_of(sample: int, fps: Fraction, rate: int = RATE) -> int:
    """The frame whose time is nearest to a sample; integers only, so that an hour in it is as exact as at the start."""
    return (2 * sample * fps.numerator + rate * fps.denominator) // (2 * rate * fps.denominator)


def beats_of(song: Song) -> tuple[float, ...]:
    """Seconds of the beats; where there are none, four to each bar."""
    if len(song.beats) > 1:
        return song.beats
    return tuple(bar.start_s + (bar.stop_s - bar.start_s) * i / 4 for bar in song.bars for i in range(4))


class SongClock:
    """The beat at any time, from the analysis of the whole song: bars begin on downbeats, phrases with sections."""

    def __init__(self, song: Song) -> None:
        self._song, self._beats = song, beats_of(song)
        self._bars = [bar.start_s for bar in song.bars]
        self._first = [section.first_bar for section in song.sections]

    def beats(self, t: float) -> float:
        """Running beats at t (s): whole on every beat, rising, going on at the tempo there on both sides."""
        times = self._beats
        if len(times) < 2:
            return t * QUIET_BPM / 60.0
        i = min(max(bisect_right(times, t) - 1, 0), len(times) - 2)
        # beats before the first would be negative: counting begins with the file
        before = math.ceil(times[0] / (times[1] - times[0]))
        return before + i + (t - times[i]) / (times[i + 1] - times[i])

    def at(self, t: float) -> BeatState:
        """The beat at t (s) for a `Moment`."""
        count = max(0.0, self.beats(t))
        if abs(count - round(count)) < 1e-9:
            count = float(round(count))
        bar = min(max(bisect_right(self._bars, t + 1e-9) - 1, 0), len(self._bars) - 1)
        now = self._song.bars[bar]
        share = min(max((t - now.start_s) / max(now.stop_s - now.start_s, 1e-6), 0.0), 1.0 - 1e-9)
        first = self._first[max(0, bisect_right(self._first, bar) - 1)]
        beat = math.floor(count)
        bpm = (self.beats(t + 0.5) - self.beats(t - 0.5)) * 60.0
        sure = 1.0 if self._song.bpm else 0.0
        phrase = ((bar - first) % 4 + share) / 4.0
        return BeatState(t, bpm, beat, count - beat, share, phrase, sure, sure, sure, "audio")
