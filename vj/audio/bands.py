"""Levels for the eye: bands, spectrum, chroma and loudness, with a slow automatic gain that sleeps in silence."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vj.core.types import BANDS, CHROMA, SPECTRUM

Array = NDArray[np.float32]

LOW_HZ, HIGH_HZ = 30.0, 16000.0
MAX_GAIN_DB = 40.0
TARGET_DB = -14.0
"""effective value (dBFS) that counts as loud"""
RANGE_DB = 36.0
"""a band this far below its usual peak is drawn as 0"""


def decibels(power: float) -> float:
    """Power (square of the effective value) to dBFS, not below -120."""
    return 10.0 * math.log10(power) if power > 1e-12 else -120.0


def edges() -> Array:
    """The nine edges of the eight bands (Hz)."""
    return np.geomspace(LOW_HZ, HIGH_HZ, BANDS + 1).astype(np.float32)


class Gain:
    """Automatic gain: up over 20 s (at first faster), down within 2 s, at most 40 dB, frozen while it is silent."""

    def __init__(self) -> None:
        self._loud_db = TARGET_DB
        self._heard_s = 0.0

    def push(self, rms_db: float, dt: float, silent: bool) -> float:
        """Gain in dB after dt more seconds of sound at rms_db."""
        if not silent:
            # a cut in the music is not quiet music: it pulls with 10 dB at most
            self._heard_s += dt
            tau = 2.0 if rms_db > self._loud_db else min(20.0, 0.5 + 0.5 * self._heard_s)
            self._loud_db += (1 - math.exp(-dt / tau)) * max(-10.0, rms_db - self._loud_db)
        return self.gain_db

    @property
    def gain_db(self) -> float:
        return min(MAX_GAIN_DB, TARGET_DB - self._loud_db)


class Spectral:
    """One FFT of `size` samples at a time, from which the picture's levels come."""

    def __init__(self, rate: int, size: int) -> None:
        self._window = np.hanning(size).astype(np.float32)
        self._scale = np.float32((2.0 / self._window.sum()) ** 2)
        self._least = np.float32(1e-12)
        f = np.fft.rfftfreq(size, 1 / rate)
        e = edges()
        which = np.clip(np.searchsorted(e, f, side="right") - 1, -1, BANDS)
        which[(f < e[0]) | (f >= min(e[-1], rate / 2))] = -1
        self._bands = np.zeros((BANDS, len(f)), np.float32)
        for band in range(BANDS):
            self._bands[band, which == band] = self._scale
            if not self._bands[band].any():  # narrower than a bin: take the nearest
                self._bands[band, int(np.argmin(np.abs(f - math.sqrt(e[band] * e[band + 1]))))] = self._scale
        self._f = f.astype(np.float32)
        self._per_bin = size // 2 // SPECTRUM
        # music falls by about 4.5 dB per octave: levelled, so that hats move as much as bass
        centre = np.sqrt(e[:-1] * e[1:])
        self._tilt = (3.0 * np.log2(centre / 1000.0)).astype(np.float32)
        self._usual = np.full(BANDS, -30.0, np.float32)

    def push(self, samples: Array, gain_db: float, dt: float, silent: bool) -> tuple[Array, Array, float]:
        """samples [size] -> bands [8] 0-1, spectrum [512] 0-1, centroid (Hz). In silence all is 0."""
        if silent:
            return np.zeros(BANDS, np.float32), np.zeros(SPECTRUM, np.float32), 0.0
        bins = np.fft.rfft(samples * self._window)
        power = bins.real**2 + bins.imag**2
        total = float(power.sum()) + 1e-20
        centroid = float(self._f @ power) / total
        level = 10.0 * np.log10(self._bands @ power + self._least) + self._tilt + np.float32(gain_db)
        rise = level > self._usual
        step = np.where(rise, 1 - math.exp(-dt / 0.3), 1 - math.exp(-dt / 15.0)).astype(np.float32)
        # a band may be helped by up to 18 dB against the loudest, not more: an empty band stays empty
        self._usual = np.maximum(self._usual + step * (level - self._usual), float(self._usual.max()) - 18.0)
        bands = np.clip(1.0 + (level - self._usual - 3.0) / RANGE_DB, 0.0, 1.0).astype(np.float32) ** 2
        folded = power[: SPECTRUM * self._per_bin].reshape(SPECTRUM, self._per_bin).max(axis=1)
        spectrum = np.log10(folded * self._scale + self._least)
        spectrum *= np.float32(10.0 / 66.0)
        spectrum += np.float32(1.0 + gain_db / 66.0)
        return bands, np.minimum(np.maximum(spectrum, 0.0, out=spectrum), 1.0, out=spectrum), centroid


class Chroma:
    """Which of the twelve notes sound: energy from 110 Hz to 4 kHz folded into one octave, C first, loudest = 1."""

    def __init__(self, rate: int, size: int) -> None:
        self._window = np.hanning(size).astype(np.float32)
        f = np.fft.rfftfreq(size, 1 / rate)
        # only the bins that count: a small product is not worth BLAS's threads
        self._lo, self._hi = (int(i) for i in np.searchsorted(f, (110.0, 4000.0)))
        note = 69 + 12 * np.log2(f[self._lo : self._hi] / 440.0)
        nearest = np.round(note)
        weight = np.exp(-(((note - nearest) / 0.3) ** 2))
        self._fold = np.stack([weight * (nearest % 12 == c) for c in range(CHROMA)]).astype(np.float32)

    def push(self, samples: Array) -> Array:
        """samples [size] -> [12]."""
        folded = self._fold @ np.abs(np.fft.rfft(samples * self._window)[self._lo : self._hi])
        top = float(folded.max())
        return (folded / top).astype(np.float32) if top > 1e-6 else np.zeros(CHROMA, np.float32)
