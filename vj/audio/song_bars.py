"""Bars of a song: three or four beats, and which of them is the first.

What tells a first beat: the harmony and the bass change there, the band changes there, kicks fall on one and three and
snares on two and four. The bar's phase is the best path through all beats, so a bar too short is found, not feared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vj.audio.song_beats import Beats
from vj.audio.song_features import FRAME_HZ, LOW_NOTE, TONE_HZ, Frames, Times, bands_between

PLAIN_BAR_S = 2.0
"""length of a bar where there is no beat"""
JUMP = 14.0
"""how much evidence it takes to break the count of beats"""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bars:
    """edges [bars + 1] s cover the file from 0 to its end; downbeats are those of them that are beats."""

    edges: Times
    downbeats: Times
    meter: int


def means(curve: NDArray[np.floating], hz: int, edges: Times) -> Values:
    """Mean of a curve [T, ...] between neighbouring edges (s) -> [len(edges) - 1, ...]; at least one frame each."""
    at = np.clip(np.round(edges * hz).astype(int), 0, len(curve) - 1)
    stop = np.minimum(np.maximum(at[1:], at[:-1] + 1), len(curve))
    sums = np.concatenate([np.zeros((1, *curve.shape[1:])), np.cumsum(curve, axis=0, dtype=np.float64)])
    wide = (-1,) + (1,) * (curve.ndim - 1)
    return np.asarray((sums[stop] - sums[at[:-1]]) / (stop - at[:-1]).reshape(wide))


def chroma_of(notes: NDArray[np.floating], low: int, high: int) -> Values:
    """Notes [N, NOTES] -> the twelve pitch classes of MIDI low to high - 1, [N, 12], amplitudes."""
    out = np.zeros((len(notes), 12))
    for midi in range(low, high):
        out[:, midi % 12] += np.sqrt(notes[:, midi - LOW_NOTE])
    return out


def unit(x: Values) -> Values:
    """Rows of length 1 (or 0)."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9))


def hits_in(times: Times, edges: Times) -> Values:
    """How many times fall between neighbouring edges, 30 ms early being on time."""
    return np.diff(np.searchsorted(times, edges - 0.03)).astype(np.float64)


def _change(x: Values, span: int) -> Values:
    """How far the mean of `span` rows from here differs from the mean of `span` rows before, per row."""
    padded = np.concatenate([np.repeat(x[:1], span, axis=0), x, np.repeat(x[-1:], span, axis=0)])
    sums = np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(padded, axis=0)])
    at = np.arange(len(x)) + span
    before, after = (sums[at] - sums[at - span]) / span, (sums[at + span] - sums[at]) / span
    return np.asarray(np.linalg.norm(after - before, axis=1))


def _scaled(x: Values) -> Values:
    """Mean 0, deviation 1, at most 3."""
    deviation = float(x.std())
    return np.clip((x - x.mean()) / deviation, -1.5, 3.0) if deviation > 1e-9 else np.zeros_like(x)


def _accents(f: Frames, beats: Times) -> tuple[Values, Values, Values]:
    """Per beat: what speaks for a first beat, and whether a kick and a snare sound there."""
    edges = np.append(beats, min(f.seconds, 2 * beats[-1] - beats[-2]))
    # the long window of the notes blurs 0.2 s each way: look a little later
    harmony = unit(means(chroma_of(f.notes, 48, 96), TONE_HZ, edges + 0.05))
    bass = unit(means(chroma_of(f.notes, 28, 48), TONE_HZ, edges + 0.05))
    mel = np.maximum(means(f.mel, FRAME_HZ, edges), f.mel.max() - 60.0)
    low = f.mel[:, bands_between(30, 150)].max(axis=1)
    at = np.clip(np.round(beats * FRAME_HZ).astype(int), 5, len(low) - 12)
    thump = np.array([low[i - 1 : i + 10].mean() - low[i - 5 : i - 1].mean() for i in at])
    kick, snare = (_near(hits, beats) for hits in (f.kicks, f.snares))
    band = _change(mel, 8)
    first = _scaled(_change(harmony, 2)) + 0.7 * _scaled(_change(bass, 1)) + 0.4 * _scaled(thump)
    first += 1.5 * _scaled(band) * _peaks(band)
    return first, kick, snare


def _near(hits: Times, beats: Times) -> Values:
    if len(hits) == 0:
        return np.zeros(len(beats))
    at = np.searchsorted(hits, beats)
    gap = np.minimum(np.abs(hits[np.clip(at, 0, len(hits) - 1)] - beats), np.abs(hits[np.maximum(at - 1, 0)] - beats))
    return np.asarray(gap < 0.05, np.float64)


def _peaks(x: Values) -> Values:
    """1 where a value is the largest of its neighbours within 4 and well above the median."""
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(x, 4, mode="edge"), 9).max(axis=1)
    return np.asarray((x >= wide) & (x > 1.5 * np.median(x)), np.float64)


def _meter(first: Values, snare: Values) -> int:
    """3 where accents come back after 3, 6 and 9 beats rather than 2, 4 and 8, else 4."""

    def alike(x: Values, lag: int) -> float:
        y = x - x.mean()
        power = float((y * y).mean())
        return float((y[lag:] * y[:-lag]).mean()) / power if power > 1e-9 and lag < len(y) // 2 else 0.0

    def both(lag: int) -> float:
        return alike(first, lag) + alike(snare, lag)

    three, four = (both(3) + both(6) + both(9)) / 3, (both(4) + both(8) + max(both(2), both(4))) / 3
    return 3 if three > four + 0.1 else 4


def _phase(first: Values, kick: Values, snare: Values, meter: int) -> NDArray[np.int64]:
    """Position in the bar of each beat, 0 is the first (Viterbi)."""
    score = np.zeros((len(first), meter))
    score[:, 0] = first
    if meter == 4:
        score[:, 0] += 0.6 * (kick - kick.mean()) - 0.8 * (snare - snare.mean())
        score[:, 2] += 0.4 * (kick - kick.mean()) - 0.8 * (snare - snare.mean())
        score[:, 1] += 0.6 * (snare - snare.mean()) - 0.2 * (kick - kick.mean())
        score[:, 3] += 0.6 * (snare - snare.mean()) - 0.2 * (kick - kick.mean())
    else:
        score[:, 0] += 0.8 * (kick - kick.mean()) - 0.8 * (snare - snare.mean())
    back = np.zeros((len(first), meter), np.int64)
    total = score[0].copy()
    cost = np.full((meter, meter), JUMP)
    cost[np.arange(meter), (np.arange(meter) + 1) % meter] = 0.0
    for i in range(1, len(first)):
        ways = total[:, None] - cost
        back[i] = np.argmax(ways, axis=0)
        total = ways.max(axis=0) + score[i]
    path = np.zeros(len(first), np.int64)
    path[-1] = int(np.argmax(total))
    for i in range(len(first) - 1, 0, -1):
        path[i - 1] = back[i][path[i]]
    return path


def bars_in(f: Frames, beats: Beats) -> Bars:
    """Bars over the whole file: counted from the beats, or of PLAIN_BAR_S where there are none."""
    t = beats.times
    if len(t) < 8:
        count = max(1, round(f.seconds / PLAIN_BAR_S))
        return Bars(np.linspace(0.0, f.seconds, count + 1), np.zeros(0), 4)
    first, kick, snare = _accents(f, t)
    meter = _meter(first, snare)
    downbeats = t[_phase(first, kick, snare, meter) == 0]
    if len(downbeats) < 2:
        downbeats = t[::meter]
    bar_s = float(np.median(np.diff(downbeats)))
    before = np.arange(downbeats[0] - bar_s, 0.0, -bar_s)[::-1]
    after = np.arange(downbeats[-1] + bar_s, f.seconds, bar_s)
    edges = np.concatenate([[0.0], before, downbeats, after, [f.seconds]])
    # a sliver at either end belongs to the bar beside it
    inner = edges[1:-1]
    inner = inner[(inner > 0.3 * bar_s) & (inner < f.seconds - 0.3 * bar_s)]
    return Bars(np.concatenate([[0.0], inner, [f.seconds]]), downbeats, meter)
