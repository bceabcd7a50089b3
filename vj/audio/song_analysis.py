"""From a file to a `Song`: first pass frames, then beats, bars, looks, sections and names with the whole known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from vj.audio.song import INSTRUMENTS, Bar, Section, Song
from vj.audio.song_bars import Bars, bars_in
from vj.audio.song_beats import Beats, beats_in
from vj.audio.song_features import FRAME_HZ, Frames, Times, frames_of
from vj.audio.song_labels import labels_of
from vj.audio.song_mood import SILENT_DB, Looks, looks_of
from vj.audio.song_read import mono_blocks
from vj.audio.song_sections import letters, pieces_of

FIRST_PASS = 0.9
"""the share of the work that is reading and the first pass"""
CURVE_BARS = 4
"""how far apart the points of a tempo curve are"""


def analyse_song(path: Path | str, done: Callable[[float], None]) -> Song:
    """See `song.analyse`."""
    frames = frames_of(mono_blocks(path), lambda share: done(FIRST_PASS * share))
    song = song_of(frames, str(path))
    done(1.0)
    return song


def song_of(f: Frames, path: str) -> Song:
    """The second pass."""
    beats = _sounding(beats_in(f), f)
    bars = bars_in(f, beats)
    bpm, curve = _tempo(beats, bars.meter)
    looks = looks_of(f, bars, bpm)
    return Song(
        path=path,
        seconds=f.seconds,
        bpm=bpm,
        beats=_seconds(beats.times),
        downbeats=_seconds(bars.downbeats),
        tempo_curve=curve,
        key=looks.key,
        sections=_sections(bars, looks),
        bars=_bars(bars, looks),
        kicks=_seconds(f.kicks),
        snares=_seconds(f.snares),
        hats=_seconds(f.hats),
    )


def _seconds(times: Times) -> tuple[float, ...]:
    return tuple(round(float(t), 4) for t in times)


def _sounding(beats: Beats, f: Frames) -> Beats:
    """Without the beats before the first and after the last sound."""
    loud = np.nonzero(f.loud > max(SILENT_DB, float(f.loud.max(initial=SILENT_DB)) - 45.0))[0]
    if len(loud) == 0 or len(beats.times) == 0:
        return Beats(beats.times[:0], True, beats.pulse)
    t = beats.times
    return Beats(t[(t > loud[0] / FRAME_HZ - 0.06) & (t < loud[-1] / FRAME_HZ)], beats.steady, beats.pulse)


def _tempo(beats: Beats, meter: int) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Beats per minute of the song, and the curve: one point where it is steady, else one for each CURVE_BARS."""
    t = beats.times
    if len(t) < 2:
        return 0.0, ()
    if beats.steady:
        bpm = round(60.0 * (len(t) - 1) / float(t[-1] - t[0]), 3)
        return bpm, ((float(round(t[0], 4)), bpm),)
    step = CURVE_BARS * meter
    points: list[tuple[float, float]] = []
    for i in range(0, len(t) - 1, step):
        part = t[i : min(len(t), i + step + 1)]
        if len(part) > step // 2 or not points:
            middle = float(part[0] + part[-1]) / 2
            points.append((round(middle, 4), round(60.0 * (len(part) - 1) / float(part[-1] - part[0]), 3)))
    return round(60.0 / float(np.median(np.diff(t))), 3), tuple(points)


def _bars(bars: Bars, looks: Looks) -> tuple[Bar, ...]:
    def at(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], i: int) -> float:
        return round(float(np.clip(values[i], 0.0, 1.0)), 4)

    return tuple(
        Bar(
            round(float(bars.edges[i]), 4),
            round(float(bars.edges[i + 1]), 4),
            at(looks.energy, i),
            at(looks.valence, i),
            at(looks.arousal, i),
            at(looks.brightness, i),
            {name: at(looks.instruments[name], i) for name in INSTRUMENTS},
        )
        for i in range(len(bars.edges) - 1)
    )


def _sections(bars: Bars, looks: Looks) -> tuple[Section, ...]:
    pieces = pieces_of(looks)
    return tuple(
        Section(
            round(float(bars.edges[p.first]), 4),
            round(float(bars.edges[p.stop]), 4),
            p.first,
            p.stop - p.first,
            label,
            letters(p.group),
            *(round(float(v[p.first : p.stop].mean()), 4) for v in (looks.energy, looks.valence, looks.arousal)),
        )
        for p, label in zip(pieces, labels_of(pieces, looks), strict=True)
    )
