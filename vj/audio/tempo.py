"""Tempo and beat from drum hits, causally: how fast, where the beat is, and how sure we are of each.

How fast: the autocorrelation of the drums' scores over the last 12 s, summed over multiples of a candidate period and
folded into the user's range. Where: kicks and snares speak for a phase, hats on it against (an open hat on the
off-beat is what misleads most trackers), so phi and phi + 1/2 are always compared. Then a straight line through the
last kicks on the grid gives both to the millisecond; when the kick stops, the line goes on (a flywheel).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vj.audio.onsets import Hits
from vj.core.types import BeatAnchor

FRAME_HZ = 100.0
"""rate of the score curve that is autocorrelated"""
SPAN_S = 12.0
MEMORY_S = 10.0
"""hits older than this no longer vote"""
EVERY_S = 0.25
PHASES = 48


class TempoTracker:
    """Pushed hop by hop; `anchor` is the newest known beat. bpm: the user's range, such as (80, 180)."""

    def __init__(self, bpm: tuple[float, float], hop_s: float) -> None:
        self._lo, self._hi = bpm
        self._hop_s = hop_s
        n = int(SPAN_S * FRAME_HZ)
        self._curve = np.zeros(n, np.float32)
        self._frame = 0
        self._peak = 0.0
        self._hits: dict[str, deque[float]] = {k: deque(maxlen=256) for k in ("kick", "snare", "hat")}
        self._next = 0.0
        self._started = -1.0
        self._period = 0.0
        self._origin = 0.0
        self._count = 0
        self._rival = 0
        self._wrong = 0
        self._grid = np.exp(np.arange(math.log(self._lo), math.log(self._hi), 0.004))
        self._size = 1 << (2 * n - 1).bit_length()
        self.anchor = BeatAnchor()

    def resume(self, anchor: BeatAnchor) -> None:
        """Go on from an anchor, with little trust in it."""
        if anchor.source == "audio":
            self._period, self._origin, self._count = 60.0 / anchor.bpm, anchor.t, anchor.beat
            self.anchor = replace(anchor, phase_confidence=0.3 * anchor.phase_confidence)

    def push(self, t: float, hits: Hits, times: tuple[float, float, float]) -> None:
        """t: end of the hop (s); times: when kick, snare and hat sounded, used where `hits` flags them."""
        if self._started < 0:
            self._started = t
        score = max(hits.kick_score, 0.7 * hits.snare_score, 0.15 * hits.hat_score)
        self._peak = max(self._peak, score)
        frame = int((t - self._started) * FRAME_HZ)
        if frame > self._frame:
            n = len(self._curve)
            for f in range(self._frame + 1, min(frame, self._frame + n) + 1):
                self._curve[f % n] = self._peak if f == frame else 0.0
            self._frame, self._peak = frame, 0.0
        for flag, name, when in zip((hits.kick, hits.snare, hits.hat), self._hits, times, strict=True):
            if flag:
                self._hits[name].append(when)
        if t >= self._next:
            self._next = t + EVERY_S
            self._think(t)
        self._roll(t)

    def _roll(self, t: float) -> None:
        """Move the anchor to the newest beat, so that nobody extrapolates far."""
        if self._period > 0 and t >= self._origin + self._period:
            beats = int((t - self._origin) / self._period)
            self._origin += beats * self._period
            self._count += beats
            self.anchor = replace(self.anchor, t=self._origin, beat=self._count)

    def _think(self, t: float) -> None:
        hits = {name: np.array([h for h in past if h > t - MEMORY_S]) for name, past in self._hits.items()}
        drums = len(hits["kick"]) + len(hits["snare"])
        if drums < 4:
            # nothing to hear: go on turning, ever less sure
            a = self.anchor
            self.anchor = replace(
                a, tempo_confidence=a.tempo_confidence * 0.985, phase_confidence=a.phase_confidence * 0.985
            )
            return
        period, tempo_sure, octave_sure = self._measure()
        if period <= 0:
            return
        first = self._period <= 0
        if first or abs(period / self._period - 1) > 0.04:
            self._rival += 1
            # a new tempo has to insist for 1.5 s, unless there is none to lose
            if first or self._rival * EVERY_S > 1.5:
                self._adopt(t, period, self._best_phase(t, period, hits, None))
                self._rival = 0
        else:
            self._rival = max(0, self._rival - 1)
            self._check_phase(t, hits)
        phase_sure = self._fit(t, hits)
        self.anchor = BeatAnchor(
            self._origin, 60.0 / self._period, self._count, tempo_sure, phase_sure, octave_sure, "audio"
        )

    def _measure(self) -> tuple[float, float, float]:
        """Period (s), confidence of the tempo and of its octave."""
        n = len(self._curve)
        age = np.arange(min(self._frame, n))
        x = self._curve[(self._frame - age) % n] * np.exp(-age / (6.0 * FRAME_HZ))
        if len(x) < 1.6 * FRAME_HZ or float(x.max(initial=0.0)) <= 0:
            return 0.0, 0.0, 0.0
        x = x - x.mean()
        spectrum = np.fft.rfft(x, self._size)
        acf = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[: len(x)]
        acf = np.convolve(acf, (0.25, 0.5, 0.25), "same")
        if acf[0] <= 0:
            return 0.0, 0.0, 0.0
        acf = np.maximum(acf / acf[0], 0.0)
        periods = 60.0 / self._grid

        def strength(p: NDArray[np.float64]) -> NDArray[np.float64]:
            total = np.zeros(len(p))
            for k, w in ((1, 1.0), (2, 0.8), (3, 0.5), (4, 0.7)):
                total += w * np.interp(k * p * FRAME_HZ, np.arange(len(acf)), acf, right=0.0)
            return total / 3.0

        prior = np.exp(-0.5 * (np.log2(self._grid / 125.0) / 0.9) ** 2)
        found = strength(periods) * prior
        best = int(np.argmax(found))
        period = float(periods[best])
        if self._period > 0:
            # the running tempo keeps its place unless another is clearly better
            mine = float(strength(np.array([self._period]))[0]) * math.exp(
                -0.5 * (math.log2(60 / self._period / 125.0) / 0.9) ** 2
            )
            if mine > 0.85 * found[best]:
                period = self._period
        own, half, double = strength(np.array([period, 2 * period, period / 2]))
        tempo_sure = float(np.clip(1.5 * own, 0.0, 1.0))
        octave_sure = float(np.clip(own / (own + 0.5 * max(half, double) + 1e-9) * 1.3, 0.0, 1.0))
        return period, tempo_sure, octave_sure

    def _phase_scores(self, t: float, period: float, hits: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """How much speaks for a beat at t - period + k/PHASES of a period, k = 0..PHASES-1."""
        grid = np.arange(PHASES) / PHASES

        def votes(times: NDArray[np.float64]) -> NDArray[np.float64]:
            if len(times) == 0:
                return np.zeros(PHASES)
            phase = ((times - t) / period) % 1.0
            weight = np.exp(-(t - times) / (0.6 * MEMORY_S))
            off = np.abs((phase[:, None] - grid[None, :] + 0.5) % 1.0 - 0.5) * period
            out: NDArray[np.float64] = weight @ np.exp(-0.5 * (off / 0.02) ** 2)
            return out

        half = PHASES // 2
        hat = votes(hits["hat"])
        return votes(hits["kick"]) + 0.8 * votes(hits["snare"]) - 0.25 * hat + 0.25 * np.roll(hat, half)

    def _best_phase(
        self, t: float, period: float, hits: dict[str, NDArray[np.float64]], mine: float | None
    ) -> float | None:
        """The time of a beat shortly before t; None where `mine` (another such time) is as good as any."""
        scores = self._phase_scores(t, period, hits)
        best = int(np.argmax(scores))
        if mine is not None:
            k = round(((mine - t) / period % 1.0) * PHASES)
            near = max(scores[(k + d) % PHASES] for d in (-2, -1, 0, 1, 2))
            if near > 0.8 * scores[best] or scores[best] < 1.0:
                return None
        return t + (best / PHASES - 1.0) * period

    def _check_phase(self, t: float, hits: dict[str, NDArray[np.float64]]) -> None:
        better = self._best_phase(t, self._period, hits, self._origin)
        if better is not None:
            self._wrong += 1
            if self._wrong * EVERY_S > 1.0:
                self._adopt(t, self._period, better)
        else:
            self._wrong = 0

    def _adopt(self, t: float, period: float, beat_t: float | None) -> None:
        """Change the grid; the count goes on from where it was, never back."""
        self._wrong = 0
        if beat_t is None:
            beat_t = t
        if self._period <= 0:
            self._period, self._origin, self._count = period, beat_t, 0
            return
        running = self._count + (t - self._origin) / self._period
        # number of the new grid's beat at beat_t, so that the running count at t changes least
        number = round(running - (t - beat_t) / period)
        while number + math.floor((t - beat_t) / period) < math.floor(running):
            number += 1
        self._period, self._origin, self._count = period, beat_t, number

    def _fit(self, t: float, hits: dict[str, NDArray[np.float64]]) -> float:
        """A line through the hits on the grid; returns the confidence of the phase."""
        times = np.concatenate([hits["kick"], hits["snare"]])
        weight = np.concatenate([np.ones(len(hits["kick"])), np.full(len(hits["snare"]), 0.4)])
        weight *= np.exp(-(t - times) / 5.0)
        index = np.round((times - self._origin) / self._period)
        off = times - self._origin - index * self._period
        on = np.abs(off) < max(0.03, 0.09 * self._period)
        total = float(weight.sum()) + 1e-9
        share = float(weight[on].sum()) / total
        kicks_s = t - float(hits["kick"].max(initial=-1e9))
        fresh = math.exp(-max(0.0, kicks_s - 2 * self._period) / (16 * self._period))
        if on.sum() >= 4 and float(np.ptp(index[on])) >= 3:
            w, i, y = weight[on], index[on], times[on]
            mi, my = np.average(i, weights=w), np.average(y, weights=w)
            var = np.average((i - mi) ** 2, weights=w)
            slope = float(np.average((i - mi) * (y - my), weights=w) / var)
            if abs(slope / self._period - 1) < 0.03:
                # the newest hit also weighs on where the beat is now
                kept = min(max(self._period + 0.5 * (slope - self._period), 60.0 / self._hi), 60.0 / self._lo)
                self._period = kept
                self._origin += 0.7 * (float(my - mi * slope) - self._origin)
        return float(np.clip(share * fresh * min(1.0, total / 3.0), 0.0, 1.0))
