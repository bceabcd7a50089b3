"""What every frame of a video is given by the sound: kicks push, snares colour, bass lights, highs sharpen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vj.audio.song import Song
from vj.studio.songtime import RATE, frame_of, sample_of

if TYPE_CHECKING:
    from engine.pipelines.audio2video import Pulse

WINDOW = 2048
"""samples that a frame's levels are heard in, about its own time"""
BASS, HIGH = (30.0, 150.0), (5000.0, 16000.0)
"""Hz"""
SPAN_DB = 24.0
"""below the song's loud moments, down to which a level counts"""
KICK_S, SNARE_S = 0.16, 0.14
"""time in which a hit falls to 37 %"""
FLASH_S = 0.34
"""light does not jump more often than this: three flashes a second are too many for some eyes (WCAG 2.3.1)"""
ZOOM, LIGHT, GLOW, COLOUR, DETAIL = 0.14, 0.40, 0.30, 0.8, 1.6
"""at strength 1, of a kick, a kick, the bass, a snare and the highs"""


class Pulses:
    """The pulse of each frame, a pure function of its number. strength 0-1; 0: none at all."""

    def __init__(self, song: Song, sound: NDArray[np.float32], fps: Fraction, strength: float) -> None:
        """sound: float32 [N, 2] at RATE."""
        self.count, self._strength = max(1, frame_of(len(sound), fps)), strength
        levels = levels_of(sound, fps, self.count)
        self._bass, self._high = levels[:, 0], levels[:, 1]
        self._kick = falling(song.kicks, fps, self.count, KICK_S)
        self._flash = falling(apart(song.kicks), fps, self.count, KICK_S)
        self._snare = falling(song.snares, fps, self.count, SNARE_S)

    def __call__(self, frame: int) -> Pulse:
        from engine.pipelines.audio2video import Pulse

        if self._strength <= 0:
            return Pulse()
        n, s = min(frame, self.count - 1), self._strength
        return Pulse(
            zoom=s * ZOOM * float(self._kick[n]),
            light=s * (LIGHT * float(self._flash[n]) + GLOW * (float(self._bass[n]) - 0.5)),
            colour=s * COLOUR * float(self._snare[n]),
            detail=s * DETAIL * float(self._high[n]) ** 2,
        )


def falling(times: Sequence[float], fps: Fraction, count: int, decay_s: float) -> NDArray[np.float32]:
    """[count]: 1 in the frame of each hit (s), falling from there."""
    out, since, coming = np.zeros(count, np.float32), math.inf, [frame_of(sample_of(t), fps) for t in times]
    hits = set(coming)
    for n in range(count):
        since = 0.0 if n in hits else since + float(1 / fps)
        out[n] = math.exp(-since / decay_s)
    return out


def apart(times: Sequence[float]) -> list[float]:
    """Without those that come less than FLASH_S after the last one that is kept."""
    out: list[float] = []
    for t in times:
        if not out or t - out[-1] >= FLASH_S:
            out.append(t)
    return out


def levels_of(sound: NDArray[np.float32], fps: Fraction, count: int) -> NDArray[np.float32]:
    """[count, 2]: bass and highs of each frame, 0-1 from SPAN_DB below to what a twentieth of frames exceed."""
    hz = np.fft.rfftfreq(WINDOW, 1.0 / RATE)
    bands = [(hz >= low) & (hz < high) for low, high in (BASS, HIGH)]
    window = np.hanning(WINDOW).astype(np.float32)
    power = np.zeros((count, len(bands)))
    for n in range(count):
        first = round(n * RATE / fps) - WINDOW // 2
        part = sound[max(0, first) : first + WINDOW].mean(axis=1, dtype=np.float32)
        seen = (
            np.abs(
                np.fft.rfft(np.pad(part, (max(0, -first), 0))[:WINDOW] * window[: len(part) + max(0, -first)], WINDOW)
            )
            ** 2
        )
        power[n] = [seen[band].sum() for band in bands]
    db = 10.0 * np.log10(power + 1e-9)
    return np.clip(1.0 + (db - np.percentile(db, 95, axis=0)) / SPAN_DB, 0.0, 1.0).astype(np.float32)
