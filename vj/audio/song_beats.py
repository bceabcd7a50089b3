"""Beats of a whole song: how fast by autocorrelation, where by dynamic programming, then to the millisecond.

The path through tempo is a Viterbi search; the beats are those of D. Ellis, "Beat tracking by dynamic programming"
(2007) with a period that may change; last, a steady song is put on one straight line through its drum hits, any other
on short ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from vj.audio.song_features import FRAME_HZ, Curve, Frames, Times, bands_between

SLOWEST, FASTEST = 60.0, 200.0
"""beats per minute"""
SPAN_S, STRIDE_S = 10.0, 2.5
"""of the windows that tempo is looked for in"""
STIFF = 30.0
"""how dear it is to leave the period (the alpha of Ellis): a slip of half a beat costs five loud hits"""
LEAST_PULSE = 0.22
"""periodicity below which nothing counts as a beat: noise has 0.1, music with a pulse 0.37 and more"""
LEAST_RISE_DB = 0.5
"""what is smaller in every band is no onset but the ripple of a held tone"""
USUAL_BPM, SPREAD = 126.0, 0.75
"""what people dance to, and how far they stray, in octaves"""

PERIODS = 60.0 / np.exp(np.arange(np.log(SLOWEST), np.log(FASTEST), 0.005))
Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Beats:
    """times (s) over the whole file, at one tempo where `steady`; none if there is no pulse."""

    times: Times
    steady: bool
    pulse: float


def pulses(f: Frames) -> Curve:
    """[T] at FRAME_HZ: how much speaks for a beat. Rises of loudness below 5 kHz, kicks and snares on top."""
    mel = np.maximum(f.mel, f.mel.max(initial=-90.0) - 65.0)
    past = np.maximum(mel[:-2, :], np.pad(mel[:-2, :-1], ((0, 0), (1, 0)), mode="edge"))
    rise = np.zeros_like(mel)
    rise[2:] = np.maximum(0.0, mel[2:] - past)
    flux = rise[:, : bands_between(30, 5000).stop].mean(axis=1)
    flux = np.minimum(flux / max(LEAST_RISE_DB, float(np.percentile(flux, 98))), 1.5)
    flux[:2] = 0.0
    if f.loud.size and float(f.loud[0]) > float(f.loud.max()) - 40.0:
        flux[0] = 1.0  # it begins at once: there was a rise before the first frame
    for times, weight in ((f.kicks, 1.0), (f.snares, 1.0)):
        at = np.round(times * FRAME_HZ).astype(int)
        for shift, share in ((-1, 0.6), (0, 1.0), (1, 0.6)):
            ok = (at + shift >= 0) & (at + shift < len(flux))
            np.add.at(flux, at[ok] + shift, weight * share)
    return np.asarray(flux, np.float32)


def _at(acf: Grid, lags_s: Grid) -> Grid:
    """acf [W, lags] at lags in seconds [P] -> [W, P]; beyond its end its last value."""
    at = np.clip(lags_s * FRAME_HZ, 0, acf.shape[1] - 2)
    low = at.astype(int)
    return np.asarray(acf[:, low] * (1 - (at - low)) + acf[:, low + 1] * (at - low))


def _strength(acf: Grid, periods: Grid) -> Grid:
    """acf [W, lags] at multiples of each period -> [W, P], 0-1 about."""
    rows = ((1, 1.0), (2, 0.8), (3, 0.4), (4, 0.8))
    return np.asarray(sum(weight * _at(acf, k * periods) for k, weight in rows) / 3.0)


def _fit(acf: Grid, periods: Grid) -> Grid:
    """How well a period is the beat: its multiples, its halves (thirds against), and bars of four or three."""
    half, third = _at(acf, periods / 2), _at(acf, periods / 3)
    longest = acf.shape[1] / FRAME_HZ
    eight = np.where(8 * periods < longest, _at(acf, 8 * periods), _at(acf, 4 * periods))
    bars = np.maximum(_at(acf, 4 * periods) + eight, _at(acf, 3 * periods) + _at(acf, 6 * periods)) / 2
    return np.asarray(_strength(acf, periods) + 0.5 * half + 0.5 * bars - 0.5 * np.maximum(0.0, third - half))


def _autocorrelation(curve: Curve) -> Grid:
    """[windows, lags], 1 at lag 0, of windows of SPAN_S every STRIDE_S; windows with no more than a pulse are 0."""
    n, step = int(SPAN_S * FRAME_HZ), int(STRIDE_S * FRAME_HZ)

    def windows(x: Curve) -> Grid:
        padded = np.pad(x.astype(np.float64), (n // 2, n // 2 + step))
        return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, n)[::step])

    def power(x: Grid) -> Grid:
        return np.asarray(scipy.fft.irfft(np.abs(scipy.fft.rfft(x, 2 * n, axis=1)) ** 2, axis=1)[:, : n // 2])

    # at the ends a window is partly empty: there neither the mean nor the falling off is that of a whole one
    real, views = windows(np.ones_like(curve)), windows(curve)
    real, views = real[real.any(axis=1)], views[real.any(axis=1)]
    shaped = (views - views.sum(axis=1, keepdims=True) / real.sum(axis=1, keepdims=True)) * real * np.hanning(n)
    acf, own = power(shaped), power(real * np.hanning(n))
    own /= np.maximum(own[:, :1], 1e-9)
    acf = np.where(own > 0.05, acf / np.maximum(own, 0.05), 0.0)
    for shift in (1, 2):  # a beat that strays by 10 ms still counts
        acf = np.maximum(acf, 0.9**shift * np.maximum(np.roll(acf, 1, axis=1), np.roll(acf, -1, axis=1)))
    zero = acf[:, :1]
    return np.where(zero > 0.3, np.maximum(acf, 0) / np.maximum(zero, 0.3), 0.0)


def _path(scores: Grid, cost: float) -> NDArray[np.int64]:
    """The best row index a window of scores [W, P]; each step of one period costs `cost` (Viterbi)."""
    count, p = scores.shape
    back = np.zeros((count, p), np.int64)
    jump = np.minimum(cost * np.abs(np.arange(p)[:, None] - np.arange(p)[None, :]), 1.0)
    total = scores[0].copy()
    for i in range(1, count):
        ways = total[:, None] - jump
        back[i] = np.argmax(ways, axis=0)
        total = ways[back[i], np.arange(p)] + scores[i]
    path = np.zeros(count, np.int64)
    path[-1] = int(np.argmax(total))
    for i in range(count - 1, 0, -1):
        path[i - 1] = back[i][path[i]]
    return path


def _snare_says(f: Frames, period: float) -> float:
    """Backbeat: the share of neighbouring snares (or claps) that are two beats apart, less that at one or four."""
    gaps = np.diff(f.snares) / period
    if len(gaps) < 8:
        return 0.0

    def share(beats: float) -> float:
        return float(np.mean(np.abs(gaps - beats) < 0.12 * beats))

    return share(2.0) - max(share(1.0), share(4.0))


def _tempo(curve: Curve, f: Frames) -> tuple[Grid, float]:
    """Period (s) in each window and how strong the pulse is, 0-1. Tempo octave by habit and by the backbeat."""
    acf = _autocorrelation(curve)
    habit = np.exp(-0.5 * (np.log2(60.0 / PERIODS / USUAL_BPM) / SPREAD) ** 2)
    periods = PERIODS[_path(_fit(acf, PERIODS) * habit, 0.03)]
    best, factor = -1.0, 1.0
    for by in (1.0, 0.5, 2.0, 2 / 3, 1.5):
        tried = periods * by
        bpm = 60.0 / float(np.median(tried))
        if SLOWEST <= bpm <= FASTEST:
            score = float(np.mean(np.diagonal(_fit(acf, tried))))
            score *= float(np.exp(-0.5 * (np.log2(bpm / USUAL_BPM) / SPREAD) ** 2))
            score *= 1.0 + 0.6 * _snare_says(f, float(np.median(tried)))
            if score > best:
                best, factor = score, by
    periods = periods * factor
    return periods, float(np.mean(np.diagonal(_strength(acf, periods))))


def _track(curve: Curve, period_s: Grid) -> NDArray[np.int64]:
    """Frames of the beats; period_s [T]. A beat scores its pulse and its best predecessor - STIFF log(gap/period)^2."""
    n = len(curve)
    score = curve.astype(np.float64)
    back = np.full(n, -1, np.int64)
    for i in range(n):
        period = period_s[i] * FRAME_HZ
        low, high = i - round(2 * period), i - round(0.5 * period)
        if high < 0:
            continue
        low = max(0, low)
        gaps = i - np.arange(low, high + 1)
        ways = score[low : high + 1] - STIFF * np.log(gaps / period) ** 2
        best = int(np.argmax(ways))
        if ways[best] > 0 or i > 2 * period:
            score[i] += ways[best]
            back[i] = low + best
    tail = max(1, round(period_s[-1] * FRAME_HZ))
    at = n - tail + int(np.argmax(score[-tail:]))
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(back[at])
    return np.array(beats[::-1], np.int64)


def _anchors(rough: Times, f: Frames, curve: Curve, near_s: float) -> tuple[Times, NDArray[np.float64]]:
    """For each beat the time of the drum hit (or rise) nearest to it and how much to believe it, 0 without one."""
    hits = np.concatenate([f.kicks, f.snares])
    trust = np.concatenate([np.ones(len(f.kicks)), np.full(len(f.snares), 0.6)])
    order = np.argsort(hits)
    hits, trust = hits[order], trust[order]
    found, weight = rough.copy(), np.zeros(len(rough))
    for i, t in enumerate(rough):
        if len(hits):
            j = int(np.searchsorted(hits, t))
            k = min((j - 1, j), key=lambda k: abs(hits[k] - t) if 0 <= k < len(hits) else np.inf)
            if abs(hits[k] - t) < near_s:
                found[i], weight[i] = hits[k], trust[k]
                continue
        at = round(t * FRAME_HZ)
        low = max(0, at - round(near_s * FRAME_HZ))
        part = curve[low : at + round(near_s * FRAME_HZ) + 1]
        if part.size and part.max() > 0.35:
            found[i], weight[i] = (low + int(np.argmax(part))) / FRAME_HZ, 0.25
    return found, weight


def _straight(times: Times, weight: NDArray[np.float64], period: float, seconds: float) -> tuple[float, float] | None:
    """(first beat, period) of one line through the whole song, or None where a line does not hold."""
    ok = weight > 0
    if ok.sum() < 8:
        return None
    t, w = times[ok], weight[ok]
    reach = np.arange(-0.015, 0.015, 0.02 * period / max(10.0, seconds))
    tried = period * (1 + reach)
    waves = np.array([np.abs((w * np.exp(2j * np.pi * t / p)).sum()) for p in tried])
    p = float(tried[int(np.argmax(waves))])
    start = float(np.angle((w * np.exp(2j * np.pi * t / p)).sum())) / (2 * np.pi) * p
    for _ in range(3):
        index = np.round((t - start) / p)
        off = np.abs(t - start - index * p)
        good = off < 0.035
        if good.sum() < 8:
            return None
        p, start = (float(v) for v in np.polyfit(index[good], t[good], 1, w=np.sqrt(w[good])))
    # a medley may keep one tempo for most of its time: the line has to hold everywhere
    parts = [c for c in np.array_split(np.arange(len(t)), max(1, len(t) // 24)) if len(c)]
    shares = [float((w * good)[c].sum() / w[c].sum()) for c in parts]
    return (start, p) if float(np.mean(shares)) > 0.7 and min(shares) > 0.3 else None


def _smooth(times: Times, weight: NDArray[np.float64], reach: int = 6) -> Times:
    """Each beat on a line through its neighbours: those before, after or around it, whichever fits best."""
    out = times.copy()
    index = np.arange(len(times))
    for i in range(len(times)):
        best = np.inf
        for low, high in ((i - reach, i + reach), (i - 2 * reach, i), (i, i + 2 * reach)):
            part = slice(max(0, low), min(len(times), high + 1))
            w, t, x = weight[part] + 0.02, times[part], index[part] - i
            if len(t) < reach:
                continue
            slope, here = np.polyfit(x, t, 1, w=np.sqrt(w))
            left = float((w * np.abs(t - here - slope * x)).sum() / w.sum())
            if left < best * 0.9:
                best, out[i] = left, here
    return np.maximum.accumulate(out)


def _votes(times: Times, f: Frames) -> NDArray[np.float64]:
    """How much speaks for a beat at each of `times`: kicks and snares for, hats against."""

    def near(hits: Times) -> NDArray[np.float64]:
        if len(hits) == 0:
            return np.zeros(len(times))
        at = np.clip(np.searchsorted(hits, times), 1, max(1, len(hits) - 1))
        off = np.minimum(np.abs(hits[at - 1] - times), np.abs(hits[min(len(hits) - 1, 1) * at] - times))
        return np.asarray(np.exp(-0.5 * (off / 0.02) ** 2))

    return np.asarray(0.8 * near(f.kicks) + near(f.snares) - 0.25 * near(f.hats))


def _on_beat(times: Times, f: Frames, turn: float) -> Times:
    """The beats, moved by half a beat wherever the drums speak for that; each change must be worth `turn` votes."""
    gaps = np.diff(times, append=2 * times[-1] - times[-2])
    half = times + 0.5 * gaps
    here, there = _votes(times, f), _votes(half, f)
    states = np.zeros((len(times), 2), np.int64)
    total = np.array([here[0], there[0] - 3.0])  # in doubt the beats stay
    for i in range(1, len(times)):
        ways = total[:, None] - np.array([[0.0, turn], [turn, 0.0]])
        states[i] = np.argmax(ways, axis=0)
        total = ways.max(axis=0) + np.array([here[i], there[i]])
    state = int(np.argmax(total))
    out = times.copy()
    for i in range(len(times) - 1, -1, -1):
        out[i] = half[i] if state else times[i]
        state = int(states[i][state])
    return np.asarray(out[np.append(True, np.diff(out) > 0.6 * float(np.median(gaps)))])


def beats_in(f: Frames) -> Beats:
    """The beats of a song; none for silence, noise and what is shorter than 3 s."""
    none = Beats(np.zeros(0), True, 0.0)
    if f.seconds < 3.0 or float(f.loud.max(initial=-90.0)) < -70.0:
        return none
    curve = pulses(f)
    periods, pulse = _tempo(curve, f)
    if pulse < LEAST_PULSE:
        return Beats(none.times, True, pulse)
    at = np.arange(len(periods)) * STRIDE_S
    rough = _track(curve, np.interp(np.arange(len(curve)) / FRAME_HZ, at, periods)) / FRAME_HZ
    if len(rough) < 4:
        return Beats(none.times, True, pulse)
    rough = _on_beat(rough, f, 6.0)
    period = float(np.median(np.diff(rough)))
    times, weight = _anchors(rough, f, curve, min(0.05, 0.12 * period))
    line = _straight(times, weight, period, f.seconds)
    if line is not None:
        start, period = line
        start = float(_on_beat(np.arange(start, f.seconds, period), f, np.inf)[0])
        start -= period * np.floor((start + 0.05 * period) / period)
        return Beats(np.maximum(0.0, np.arange(start, f.seconds, period)), True, pulse)
    return Beats(np.maximum(0.0, _smooth(times, weight)), False, pulse)
