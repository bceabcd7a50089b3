"""Kick, snare, hat and general onsets, flagged within milliseconds.

Each drum is the sudden rise of an envelope in its own frequency band, measured against what the same drum did in the
last seconds. A kick is told from a bass line by its sweep: it passes through 120-300 Hz at full strength in the first
milliseconds, where a bass note has only overtones; noise at 1.5-6 kHz at the same moment speaks for a snare.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import aubio
import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]


def biquad(kind: str, f: float, q: float, rate: int) -> aubio.digital_filter:
    """Second-order low-pass, high-pass or band-pass (0 dB peak) at f Hz; the cookbook of R. Bristow-Johnson."""
    w = 2 * math.pi * min(f, 0.45 * rate) / rate
    alpha, c = math.sin(w) / (2 * q), math.cos(w)
    b = {
        "low": ((1 - c) / 2, 1 - c, (1 - c) / 2),
        "high": ((1 + c) / 2, -(1 + c), (1 + c) / 2),
        "band": (alpha, 0.0, -alpha),
    }[kind]
    a0 = 1 + alpha
    made = aubio.digital_filter(3)
    made.set_biquad(b[0] / a0, b[1] / a0, b[2] / a0, -2 * c / a0, (1 - alpha) / a0)
    return made


def peak_of(block: Block) -> float:
    """Largest magnitude (the ufuncs themselves: `.max()` takes twice as long on a hop)."""
    return max(float(np.maximum.reduce(block)), -float(np.minimum.reduce(block)))


class Chain:
    """Filters in series, then the block's peak or effective value."""

    def __init__(self, rate: int, *stages: tuple[str, float, float]) -> None:
        self._filters = [biquad(kind, f, q, rate) for kind, f, q in stages]

    def run(self, block: Block) -> Block:
        for stage in self._filters:
            block = stage(block)
        return block

    def peak(self, block: Block) -> float:
        return peak_of(self.run(block))

    def rms(self, block: Block) -> float:
        y = self.run(block)
        return math.sqrt(float(np.dot(y, y)) / len(y))


class Rise:
    """How far an envelope with a slow release has climbed above its lowest value of the last `lag` hops."""

    def __init__(self, lag: int, release: float) -> None:
        self._past: deque[float] = deque([0.0] * lag, maxlen=lag)
        self._release = release
        self.level = 0.0

    def push(self, value: float) -> float:
        self.level = max(value, self.level * self._release)
        rise = self.level - min(self._past)
        self._past.append(self.level)
        return max(0.0, rise)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """ratio: the part of a usual hit that is enough, from..to, moved by the loudest non-hits; times in seconds."""

    ratio: tuple[float, float]
    refractory_s: float
    contrast: float
    half_life_s: float = 20.0


class Gate:
    """Turns a rise into hits: above a part of the usual hit, above the band's own restlessness, not too often."""

    def __init__(self, settings: GateSettings, hop_s: float) -> None:
        self._s = settings
        self._fade = 0.5 ** (hop_s / settings.half_life_s)
        self._fade_other = 0.5 ** (hop_s / 3.0)
        self._mean_step = 1 - math.exp(-hop_s / 2.0)
        self._refractory = round(settings.refractory_s / hop_s)
        self._window = max(1, round(0.012 / hop_s))
        self._since = 10_000
        self._peak = 0.0
        self._mean = 0.0
        self._other = 0.0
        self.usual = 0.0
        """strength of a usual hit, 0 before the first"""

    @property
    def threshold(self) -> float:
        lo, hi = self._s.ratio
        return max(min(max(1.05 * self._other, lo * self.usual), hi * self.usual), self._s.contrast * self._mean)

    def push(self, score: float, allowed: bool, floor: float) -> bool:
        """True on the hop where a hit is recognised; `floor` is the least strength that counts at all."""
        self._since += 1
        self._mean += self._mean_step * (score - self._mean)
        self.usual *= self._fade
        self._other *= self._fade_other
        if self._since <= self._window:
            self._peak = max(self._peak, score)
            if self._since == self._window:
                share = (0.6 if self._peak > self.usual else 0.06) if self.usual > 0 else 1.0
                self.usual += share * (self._peak - self.usual)
        if self._since <= self._refractory:
            return False
        if score > max(self.threshold, floor):
            if allowed:
                self._since, self._peak = 0, score
                return True
        elif score < self.usual:
            self._other = max(self._other, score)
        return False


@dataclass(frozen=True, slots=True)
class Hits:
    """What was recognised on one hop, and scores for the tempo tracker (1 is a usual hit)."""

    kick: bool = False
    snare: bool = False
    hat: bool = False
    onset: bool = False
    kick_score: float = 0.0
    snare_score: float = 0.0
    hat_score: float = 0.0


NOTHING = Hits()

# from the sound to the end of the hop that flags it, beyond half a hop (measured on the demo track)
DELAY_S = {"kick": 0.0081, "snare": 0.0091, "hat": 0.0060, "onset": 0.0080}


class Drums:
    """Pushed hop by hop (float32, mono); the same blocks give the same hits."""

    def __init__(self, rate: int, hop: int) -> None:
        hop_s = hop / rate
        lag, short = max(2, round(0.0107 / hop_s)), max(1, round(0.008 / hop_s))
        self._low = Chain(rate, ("low", 120, 0.707))
        self._punch = Chain(rate, ("high", 120, 0.54), ("high", 120, 1.31), ("low", 300, 0.54), ("low", 300, 1.31))
        self._snap = Chain(rate, ("high", 1500, 0.707), ("low", 6000, 0.707))
        self._air = Chain(rate, ("high", 9000, 0.54), ("high", 9000, 1.31))
        self._low_rise = Rise(lag, math.exp(-hop_s / 0.03))
        self._punch_rise = Rise(lag, math.exp(-hop_s / 0.02))
        self._snap_rise = Rise(lag, math.exp(-hop_s / 0.01))
        self._air_rise = Rise(short, math.exp(-hop_s / 0.008))
        self._kick = Gate(GateSettings((0.66, 0.76), 0.1, 3.0), hop_s)
        self._snare = Gate(GateSettings((0.4, 0.6), 0.085, 3.0, 8.0), hop_s)
        self._hat = Gate(GateSettings((0.2, 0.45), 0.06, 2.0, 8.0), hop_s)
        self._onset = aubio.onset("specflux", 512 if rate < 64000 else 1024, hop, rate)
        self._onset.set_minioi_s(0.05)
        self._onset.set_silence(-70.0)
        self._peak = 0.0
        self._peak_fade = 0.5 ** (hop_s / 2.0)
        mean = max(1, round(0.008 / hop_s))
        self._booms: deque[float] = deque([0.0] * mean, maxlen=mean)
        short = max(1, round(0.0055 / hop_s)) + 1
        self._airs: deque[float] = deque([0.0] * short, maxlen=short)
        self._snaps: deque[float] = deque(
            [0.0] * (max(1, round(0.008 / hop_s)) + 1), maxlen=max(1, round(0.008 / hop_s)) + 1
        )

    def push(self, block: Block, peak: float, silent: bool) -> Hits:
        """peak: the block's largest magnitude. In silence nothing is a hit."""
        self._peak = max(peak, self._peak * self._peak_fade)
        low = self._low_rise.push(self._low.peak(block))
        punch = self._punch_rise.push(self._punch.peak(block))
        snap_now = self._snap.rms(block)
        snap = self._snap_rise.push(snap_now)
        air_now = self._air.rms(block)
        air = self._air_rise.push(air_now)
        onset = bool(self._onset(block)[0])
        if silent:
            return NOTHING
        # a kick's sweep fills 8 ms, the front of a bass note does not: the mean of the last hops tells them apart
        self._booms.append(max(0.0, punch + 0.5 * low - 0.3 * snap))
        boom = sum(self._booms) / len(self._booms)
        kick = self._kick.push(boom, self._low_rise.level > 0.3 * boom, 0.15 * self._peak)
        # a snare's noise lasts; the click of a kick is over after some milliseconds
        self._snaps.append(snap)
        lasting = min(self._snaps[0], 2.0 * snap_now)
        snare = self._snare.push(lasting, lasting > air, 0.07 * self._peak)
        self._airs.append(air)
        hiss = min(self._airs[0], air_now)
        hat = self._hat.push(hiss, hiss > 1.5 * snap, 0.004 * self._peak)
        return Hits(
            kick,
            snare,
            hat,
            onset or kick or snare,
            *(
                min(1.5, s / g.usual) if g.usual > 0 else 0.0
                for s, g in ((boom, self._kick), (lasting, self._snare), (hiss, self._hat))
            ),
        )
