"""The analyser: sound in hops, features out. Pure: the same hops give the same features."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vj.audio.bands import Chroma, Gain, Spectral, decibels
from vj.audio.onsets import DELAY_S, NOTHING, Drums, Hits, peak_of
from vj.audio.structure import Structure
from vj.audio.tempo import TempoTracker
from vj.core.types import BANDS, CHROMA, SPECTRUM, WAVE, AudioFeatures, BeatAnchor

Array = NDArray[np.float32]

CLOSE_DB, OPEN_DB = -54.0, -50.0
"""below the first for half a second is silence; above the second it ends"""


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """rate in Hz (8000-192000); hop in samples, a power of two; bpm: range octaves are folded into."""

    rate: int = 48000
    hop: int = 128
    bpm: tuple[float, float] = (80.0, 180.0)

    def __post_init__(self) -> None:
        if not 8000 <= self.rate <= 192000:
            raise ValueError(f"rate is {self.rate}, allowed are 8000 to 192000 Hz")
        if self.hop not in (64, 128, 256, 512):
            raise ValueError(f"hop is {self.hop}, allowed are 64, 128, 256 and 512 samples")
        lo, hi = self.bpm
        if not 20 <= lo < hi <= 400 or hi < 1.9 * lo:
            raise ValueError(f"bpm is {lo:g}-{hi:g}, allowed is a range of an octave or more within 20-400")


@dataclass(slots=True)
class _Events:
    """Counters and the times of the last hits."""

    kick: int = 0
    snare: int = 0
    hat: int = 0
    onset: int = 0
    kick_t: float = -1e9
    snare_t: float = -1e9
    hat_t: float = -1e9
    onset_t: float = -1e9


class Analyser:
    """`push` one hop after the other; `anchor` is the beat as known after the last one."""

    def __init__(self, settings: AnalysisSettings) -> None:
        rate, hop = settings.rate, settings.hop
        self.settings = settings
        self._hop_s = hop / rate
        big = 2048 if rate <= 50000 else 4096
        self._past = np.zeros(4 * big, np.float32)
        self._big = big
        self._every = max(1, round(0.0134 / self._hop_s))
        self._chroma_every = round(0.1 / self._hop_s)
        self._wave_step = 1 if rate <= 50000 else 2
        self._spectral, self._chromatic = Spectral(rate, big), Chroma(rate, 4 * big)
        self._gain, self._drums = Gain(), Drums(rate, hop)
        self._tempo = TempoTracker(settings.bpm, self._hop_s)
        self._structure = Structure()
        self._hops = 0
        self._power = 0.0
        self._quiet_s = 10.0
        self._silent = True
        self._clip_s = 10.0
        self._events = _Events()
        self._bands, self._slow = np.zeros(BANDS, np.float32), np.zeros(BANDS, np.float32)
        self._spectrum, self._chroma = np.zeros(SPECTRUM, np.float32), np.zeros(CHROMA, np.float32)
        self._wave = np.zeros(WAVE, np.float32)
        self._centroid = 0.0
        self._level = 0.0
        self._fresh = np.zeros(self._every * hop, np.float32)
        self._drops = 0
        self.lost_hops = 0
        """hops that never came; counted by whoever feeds us"""

    def resume(self, before: AudioFeatures, anchor: BeatAnchor) -> None:
        """Go on counting where another analyser ended; its beat goes on turning until we know better."""
        self._hops, self.lost_hops, self._drops = before.hop, before.lost_hops, before.drops
        self._events = _Events(
            before.kicks, before.snares, before.hats, before.onsets,
            before.kick_t, before.snare_t, before.hat_t, before.onset_t,
        )  # fmt: skip
        self._structure = Structure(before.kicks, before.onsets + before.hats + before.snares)
        self._tempo.resume(anchor)

    @property
    def anchor(self) -> BeatAnchor:
        return self._tempo.anchor

    def push(self, block: Array, t: float) -> AudioFeatures:
        """block float32 [hop] mono, -1 to 1; t: when its last sample sounded (s)."""
        power = float(np.dot(block, block)) / len(block)
        if not math.isfinite(power):
            block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
            power = float(np.dot(block, block)) / len(block)
        peak = peak_of(block)
        self._power += (1 - math.exp(-self._hop_s / 0.05)) * (power - self._power)
        rms_db = decibels(self._power)
        self._listen(rms_db)
        self._clip_s = 0.0 if peak >= 0.999 else self._clip_s + self._hop_s
        hits = self._drums.push(block, peak, self._silent)
        self._count(hits, t)
        e = self._events
        self._tempo.push(t, hits, (e.kick_t, e.snare_t, e.hat_t))
        at = self._hops % self._every * len(block)
        self._fresh[at : at + len(block)] = block
        self._hops += 1
        if self._hops % self._every == 0:
            self._look(rms_db, t)
        s = self._structure
        return AudioFeatures(
            t, self._hops, self.lost_hops, rms_db, decibels(peak * peak), self._level, self._bands, self._slow,
            self._spectrum, self._wave, self._chroma, self._centroid, e.kick, e.snare, e.hat, e.onset,
            self._drops + s.drops, e.kick_t, e.snare_t, e.hat_t, e.onset_t, s.drop_t, s.buildup, s.breakdown,
            self._silent, self._gain.gain_db, self._clip_s < 0.5,
        )  # fmt: skip

    def _listen(self, rms_db: float) -> None:
        if rms_db > OPEN_DB:
            self._quiet_s, self._silent = 0.0, False
        elif rms_db < CLOSE_DB:
            self._quiet_s += self._hop_s
            self._silent = self._silent or self._quiet_s > 0.5

    def _count(self, hits: Hits, t: float) -> None:
        if hits is NOTHING:
            return
        e, half = self._events, 0.5 * self._hop_s
        if hits.kick:
            e.kick, e.kick_t = e.kick + 1, t - half - DELAY_S["kick"]
        if hits.snare:
            e.snare, e.snare_t = e.snare + 1, t - half - DELAY_S["snare"]
        if hits.hat:
            e.hat, e.hat_t = e.hat + 1, t - half - DELAY_S["hat"]
        if hits.onset:
            e.onset, e.onset_t = e.onset + 1, t - half - DELAY_S["onset"]

    def _look(self, rms_db: float, t: float) -> None:
        """The slower part, about 75 times a second."""
        n, dt = len(self._fresh), len(self._fresh) / self.settings.rate
        self._past[:-n] = self._past[n:]
        self._past[-n:] = self._fresh
        gain_db = self._gain.push(rms_db, dt, self._silent or rms_db < CLOSE_DB)
        bands, self._spectrum, self._centroid = self._spectral.push(self._past[-self._big :], gain_db, dt, self._silent)
        fall = np.float32(math.exp(-dt / 0.12))
        self._bands = np.maximum(bands, self._bands * fall) if not self._silent else self._bands * fall
        if self._silent:
            self._bands[self._bands < 0.01] = 0.0
        self._slow = self._slow + np.float32(1 - math.exp(-dt)) * (bands - self._slow)
        loud = 0.0 if self._silent else min(1.0, max(0.0, 1.0 + (rms_db + gain_db + 8.0) / 30.0))
        self._level = max(loud, self._level * math.exp(-dt / 0.2)) if loud > 0 else self._level * math.exp(-dt / 0.2)
        step = self._wave_step
        self._wave = self._past[-WAVE * step :: step].copy()
        if self._hops % self._chroma_every < self._every:
            fresh = np.zeros(CHROMA, np.float32) if self._silent else self._chromatic.push(self._past)
            self._chroma = self._chroma + np.float32(0.3) * (fresh - self._chroma)
        e, a = self._events, self._tempo.anchor
        self._structure.push(t, dt, self._bands, (e.kick, e.onset + e.hat + e.snare, e.kick_t), 60.0 / a.bpm)
