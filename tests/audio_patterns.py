"""Short pieces of other dance music with known hits, for the tests of the ears; not the demo track's sounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """samples float32 [N] mono; times of hits in seconds."""

    name: str
    samples: NDArray[np.float32]
    rate: int
    bpm: float
    kicks: NDArray[np.float64]
    snares: NDArray[np.float64]
    hats: NDArray[np.float64]
    beats: NDArray[np.float64]


def _noise(n: int, seed: int) -> Mono:
    return np.random.default_rng(seed).standard_normal(n)


def _shape(x: Mono, rate: int, lo: float, hi: float) -> Mono:
    """Band-pass; the first 20 ms are dropped so that nothing rings ahead of the first sample."""
    f = np.fft.rfftfreq(len(x), 1 / rate)
    y = np.fft.irfft(np.fft.rfft(x) / np.sqrt(1 + (lo / np.maximum(f, 1)) ** 8) / np.sqrt(1 + (f / hi) ** 8), len(x))
    return y[rate // 50 :]


def kick909(rate: int, low: float = 52.0, decay: float = 0.16, click: float = 0.4) -> Mono:
    t = np.arange(int(0.4 * rate)) / rate
    phase = low * t + 160 * 0.018 * (1 - np.exp(-t / 0.018))
    return np.sin(2 * np.pi * phase) * np.exp(-t / decay) + click * _noise(len(t), 1) * np.exp(-t / 0.002)


def kick808(rate: int) -> Mono:
    t = np.arange(int(0.9 * rate)) / rate
    phase = 44 * t + 60 * 0.03 * (1 - np.exp(-t / 0.03))
    return np.sin(2 * np.pi * phase) * np.exp(-t / 0.3)


def snare(rate: int, tone: float = 185.0) -> Mono:
    t = np.arange(int(0.22 * rate)) / rate
    body = np.sin(2 * np.pi * tone * t) + 0.6 * np.sin(2 * np.pi * tone * 1.6 * t)
    wide = _shape(_noise(len(t) + rate // 50, 2), rate, 400, 9000)[: len(t)]
    return 0.6 * body * np.exp(-t / 0.05) + 0.8 * wide * np.exp(-t / 0.06)


def hihat(rate: int, decay: float) -> Mono:
    t = np.arange(int(0.25 * rate)) / rate
    return _shape(_noise(len(t) + rate // 50, 3), rate, 6500, 20000)[: len(t)] * np.exp(-t / decay)


def bass(rate: int, f: float, length: float, saw: bool = False) -> Mono:
    t = np.arange(int(length * rate)) / rate
    wave = sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 12 if saw else 3))
    return wave * np.minimum(1, t / 0.008) * np.minimum(1, (t[-1] - t) / 0.02)


def _mix(length: int, rate: int, plan: list[tuple[float, Mono, float]]) -> Mono:
    out = np.zeros(length)
    for at, sound, gain in plan:
        i = round(at * rate)
        n = min(len(sound), length - i)
        if n > 0:
            out[i : i + n] += gain * sound[:n]
    return out


def _steps(pattern: str, bpm: float, seconds: float) -> NDArray[np.float64]:
    """`x...` in sixteenths, repeated."""
    sixteenth = 15.0 / bpm
    count = int(seconds / sixteenth)
    return np.array([i * sixteenth for i in range(count) if pattern[i % len(pattern)] != "."])


@dataclass(frozen=True)
class Style:
    name: str
    bpm: float
    kick: str
    snare: str
    hat: str
    bass: str
    bass_length: float
    bass_gain: float
    saw: bool = False
    long_kick: bool = False
    rumble: float = 0.0


STYLES = (
    Style("house-808", 124, "x...x...x...x...", "....x.......x...", "..x...x...x...x.", "......x.......x.", 0.45, 0.45),
    Style(
        "techno-rumble",
        135,
        "x...x...x...x...",
        "....x.......x...",
        "..x...x...x...x.",
        "................",
        0.1,
        0.0,
        rumble=0.25,
    ),
    Style(
        "psy", 145, "x...x...x...x...", "....x.......x...", "..x...x...x...x.", ".xxx.xxx.xxx.xxx", 0.085, 0.4, saw=True
    ),
    Style(
        "dnb", 174, "x.........x.....", "....x.......x...", "x.x.x.x.x.x.x.x.", "x.....x...x.....", 0.5, 0.3, saw=True
    ),
    Style(
        "hip-hop",
        92,
        "x..x....x.x.....",
        "....x.......x...",
        "x.x.x.x.x.x.x.x.",
        "x.......x.......",
        0.6,
        0.3,
        long_kick=True,
    ),
)


def piece(style: Style, rate: int = 48000, seconds: float = 20.0, offset: float = 0.5) -> Piece:
    """The style as sound; everything starts after `offset` seconds of silence."""
    n = int((seconds + offset) * rate)
    kicks, snares, hats, notes = (
        _steps(p, style.bpm, seconds) + offset for p in (style.kick, style.snare, style.hat, style.bass)
    )
    boom = kick808(rate) if style.long_kick else kick909(rate)
    pitches = (41.2, 49.0, 55.0, 36.7)
    plan = [(t, boom, 0.75) for t in kicks]
    plan += [(t, snare(rate), 0.4) for t in snares]
    plan += [(t, hihat(rate, 0.02 if i % 2 else 0.06), 0.22) for i, t in enumerate(hats)]
    plan += [
        (t, bass(rate, pitches[i // 4 % 4], style.bass_length, style.saw), style.bass_gain) for i, t in enumerate(notes)
    ]
    out = _mix(n, rate, plan)
    if style.rumble:
        low = _shape(_noise(n + rate // 50, 9), rate, 30, 90)[:n]
        since = np.full(n, 1.0)
        for k in kicks:
            i = round(k * rate)
            m = min(int(60 / style.bpm * rate), n - i)
            since[i : i + m] = np.arange(m) / rate
        out += style.rumble * low / low.std() * np.clip((since - 0.05) / 0.15, 0, 1)
    # a chord that never stops
    t = np.arange(n) / rate
    out += 0.04 * sum(np.sin(2 * np.pi * f * t) for f in (220.0, 261.6, 329.6, 440.0)) * (t > offset)
    beats = np.arange(offset, offset + seconds, 60 / style.bpm)
    return Piece(style.name, (0.9 * np.tanh(out)).astype(np.float32), rate, style.bpm, kicks, snares, hats, beats)


def f_measure(found: NDArray[np.float64], truth: NDArray[np.float64], tolerance: float = 0.05) -> float:
    """Harmonic mean of precision and recall, each hit used once."""
    if len(found) == 0 or len(truth) == 0:
        return float(len(found) == len(truth))
    hits, j = 0, 0
    for t in np.sort(truth):
        while j < len(found) and found[j] < t - tolerance:
            j += 1
        if j < len(found) and found[j] <= t + tolerance:
            hits, j = hits + 1, j + 1
    return 2 * hits / (len(found) + len(truth))
