"""Drums, strings and weather from sines and seeded noise. Each is float32 [N, 2] and starts at its first sample."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]


def hertz(midi: float) -> float:
    """Pitch of a MIDI note, 69 = 440 Hz."""
    return float(440.0 * 2.0 ** ((midi - 69) / 12))


def _seconds(rate: int, length_s: float) -> NDArray[np.float64]:
    return np.arange(round(length_s * rate)) / rate


def _stereo(left: NDArray[np.floating], right: NDArray[np.floating] | None = None) -> Sound:
    return np.stack([left, left if right is None else right], axis=1).astype(np.float32)


def _noise(n: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(n)


def band(x: NDArray[np.floating], rate: int, lo: float, hi: float) -> NDArray[np.float64]:
    """Zero-phase band-pass lo..hi Hz with soft edges, along axis 0 of [N]."""
    size = 1 << (len(x) - 1).bit_length()
    f = np.fft.rfftfreq(size, 1 / rate)
    shape = 1.0 / np.sqrt(1 + (lo / np.maximum(f, 1e-3)) ** 6) / np.sqrt(1 + (f / hi) ** 6)
    out: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(x, size) * shape)[: len(x)]
    return out


def kick(rate: int) -> Sound:
    """A round club kick: a sine that falls from 230 to 47 Hz, and a click of 3 ms."""
    t = _seconds(rate, 0.34)
    sweep = 47.0 * t + 183.0 * 0.024 * (1 - np.exp(-t / 0.024))
    body = np.cos(2 * np.pi * sweep - 1.1) * np.exp(-t / 0.13) * np.minimum(1, t / 0.0007)
    body *= np.minimum(1, (t[-1] - t) / 0.05)
    click = _noise(len(t), 1) * np.exp(-t / 0.0012) * 0.22
    return _stereo(body + click)


def clap(rate: int) -> Sound:
    """Noise between 900 Hz and 7 kHz with a short crack, a room of 120 ms and a little body at 190 Hz."""
    t = _seconds(rate, 0.26)
    shape = np.exp(-t / 0.018) + 0.3 * np.exp(-t / 0.07)
    body = 0.55 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.035)
    sides = [_snap(rate, len(t), seed) * shape + body for seed in (2, 3)]
    return _stereo(*sides)


def _snap(rate: int, n: int, seed: int) -> NDArray[np.float64]:
    # filtered before it is shaped, so that nothing sounds ahead of the first sample
    wide = band(_noise(n + rate // 50, seed), rate, 900.0, min(7000.0, 0.45 * rate))
    return wide[rate // 50 :] * 1.1


def hat(rate: int, decay_s: float) -> Sound:
    """Bright noise above 7 kHz; decay_s 0.05 is a closed hat, 0.22 an open one."""
    t = _seconds(rate, min(0.3, 2.2 * decay_s))
    shape = np.exp(-t / (0.35 * decay_s)) * np.minimum(1, (t[-1] - t) / 0.01)
    sides = [band(_noise(len(t) + rate // 50, s), rate, 7500.0, 0.49 * rate)[rate // 50 :] * shape for s in (4, 5)]
    return _stereo(*sides)


def sub_bass(rate: int, midi: int, length_s: float) -> Sound:
    """A warm bass note: fundamental plus falling harmonics that close like a filter."""
    t = _seconds(rate, length_s)
    f = hertz(midi)
    wave = np.zeros_like(t)
    for k in range(1, 9):
        wave += np.sin(2 * np.pi * f * k * t) / k * np.exp(-t * 6.0 * (k - 1))
    envelope = np.minimum(1, t / 0.006) * np.minimum(1, (t[-1] - t) / 0.02)
    return _stereo(wave * envelope)


def pluck(rate: int, midi: int, brightness: float) -> Sound:
    """A bell-like pluck of 0.5 s; brightness 0-1 sets how many partials ring."""
    t = _seconds(rate, 0.5)
    f = hertz(midi)
    wave = np.zeros_like(t)
    for k in range(1, 3 + round(8 * brightness)):
        if f * k < 0.45 * rate:
            wave += np.sin(2 * np.pi * f * k * 1.0007**k * t) / k ** (1.7 - 0.6 * brightness) * np.exp(-t * (5 + 4 * k))
    wave *= np.minimum(1, t / 0.002) * np.minimum(1, (t[-1] - t) / 0.05)
    pan = 0.5 + 0.3 * np.sin(midi * 1.7)
    return _stereo(wave * np.sqrt(1 - pan), wave * np.sqrt(pan))


def pad_chord(rate: int, notes: Sequence[int], length: int, tilt: float, seed: int) -> Sound:
    """A breathing chord of `length` samples: each partial is a smear of frequencies with random phases.

    tilt is the fall of the partials, 1 (bright) to 3 (dark). Built as a spectrum, so it costs one inverse FFT.
    """
    size = 1 << (length - 1).bit_length()
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(size, 1 / rate)
    power = np.zeros(len(f))
    for note in notes:
        for k in range(1, 17):
            centre = hertz(note) * k
            width = 0.7 + 0.0035 * centre  # Hz; wider upwards, like many detuned strings
            lo, hi = np.searchsorted(f, (centre - 4 * width, centre + 4 * width))
            power[lo:hi] += np.exp(-(((f[lo:hi] - centre) / width) ** 2)) / k**tilt / np.sqrt(width)
    sides = []
    for _ in range(2):
        phases = np.exp(2j * np.pi * rng.random(len(f)))
        sides.append(np.fft.irfft(power * phases)[:length])
    sound = _stereo(*sides)
    sound *= 0.5 / np.sqrt(np.mean(sound**2))
    edge = np.minimum(1, np.arange(length) / (0.04 * rate))
    sound *= np.minimum(edge, edge[::-1])[:, None].astype(np.float32)
    return sound


def noise_sweep(rate: int, length: int, rising: bool, seed: int) -> Sound:
    """Wind that climbs from 300 Hz to 9 kHz and swells (or falls and dies), `length` samples."""
    u = np.linspace(0, 1, length) if rising else np.linspace(1, 0, length)
    size = 1 << (length - 1).bit_length()
    f = np.maximum(np.fft.rfftfreq(size, 1 / rate), 1.0)
    rng = np.random.default_rng(seed)
    wind = np.zeros((length, 2), np.float32)
    for i, centre in enumerate(np.geomspace(300.0, min(9000.0, 0.4 * rate), 7)):
        weight = np.maximum(0, 1 - np.abs(u * 6 - i)) * u**1.5
        colour = np.exp(-((np.log2(f / centre) / 0.35) ** 2)).astype(np.float32)
        phases = np.exp(2j * np.pi * rng.random((2, len(f)), np.float32))
        band_noise = np.fft.irfft((colour * phases).astype(np.complex64), axis=1)[:, :length]
        band_noise *= 0.55 / max(1e-9, float(np.sqrt(np.mean(band_noise[0] ** 2))))
        wind += weight[:, None] * band_noise.T
    return wind


def air(rate: int, length_s: float, seed: int) -> Sound:
    """A splash of cymbal-like noise that dies over `length_s`."""
    t = _seconds(rate, length_s)
    shape = np.exp(-t * 4.0 / length_s) * (1 - t / t[-1])
    sides = [band(_noise(len(t), seed + s), rate, 3000.0, min(14000.0, 0.48 * rate)) * shape for s in (0, 50)]
    return _stereo(*sides)


@lru_cache(maxsize=4)
def _hall(rate: int, seconds: float, size: int) -> NDArray[np.complex128]:
    t = _seconds(rate, seconds)
    rng = np.random.default_rng(11)
    hall = rng.standard_normal((2, len(t))) * (np.exp(-t * 5.0 / seconds) * np.minimum(1, t / 0.01))
    hall /= np.sqrt((hall**2).sum(axis=1, keepdims=True))
    return np.fft.rfft(hall, size, axis=1)


def reverb(sound: Sound, rate: int, wet: float, seconds: float) -> Sound:
    """The sound in a small hall: `seconds` of dying noise, different left and right; wet is the hall's share."""
    n = len(sound) + round(seconds * rate)
    size = 1 << (n - 1).bit_length()
    tail = np.fft.irfft(np.fft.rfft(sound.T, size, axis=1) * _hall(rate, seconds, size), axis=1)[:, :n].T * wet
    tail[: len(sound)] += sound
    return tail.astype(np.float32)
