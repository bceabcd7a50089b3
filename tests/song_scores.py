"""Whole songs with known beats, bars, sections and instruments, played by vj.audio.synth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from vj.audio.synth import Sound, clap, hat, hertz, kick, noise_sweep, pad_chord, pluck, sub_bass

RATE = 44100
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Part:
    """What plays in a section. Drums and notes are patterns over one bar; bass and lead give scale steps or '.'."""

    label: str
    bars: int
    chords: tuple[int, ...] = (0, 5, 3, 4)
    kick: str = ""
    snare: str = ""
    hats: str = ""
    bass: str = ""
    lead: str = ""
    pads: float = 0.0
    tilt: float = 2.0
    voice: float = 0.0
    rise: bool = False


@dataclass(frozen=True)
class Score:
    """Steps in a bar are sixteenths in 4/4 and eighths in 3/4 (bar of 6). bpm at the start and at the end."""

    name: str
    bpm: tuple[float, float]
    key: int
    scale: tuple[int, ...]
    parts: tuple[Part, ...]
    meter: int = 4

    @property
    def steps(self) -> int:
        return 16 if self.meter == 4 else 6

    @property
    def bars(self) -> int:
        return sum(p.bars for p in self.parts)


@dataclass
class Played:
    """The sound, mono [N] at RATE, and the truth in s. sections: label, first part like it, start, stop."""

    score: Score
    samples: NDArray[np.float32]
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    kicks: NDArray[np.float64]
    sections: list[tuple[str, int, float, float]] = field(default_factory=list)


class _Desk:
    def __init__(self, score: Score) -> None:
        self.score = score
        per_beat = score.steps // score.meter
        count = score.bars * score.steps
        share = np.arange(count + 1) / count
        step_s = 60.0 / (score.bpm[0] + (score.bpm[1] - score.bpm[0]) * share) / per_beat
        self.times = np.concatenate([[0.0], np.cumsum(step_s[:-1])])
        self.per_beat = per_beat
        self.mix = np.zeros((round(self.times[-1] * RATE) + RATE // 2, 2), np.float32)
        self.kicks: list[float] = []

    def play(self, step: int, sound: Sound, gain: float) -> None:
        start = round(self.times[step] * RATE)
        n = min(len(sound), len(self.mix) - start)
        self.mix[start : start + n] += gain * sound[:n]

    def pitch(self, degree: int, octave: int) -> int:
        scale = self.score.scale
        return 12 * octave + self.score.key + scale[degree % 7] + 12 * (degree // 7)


@cache
def _kit() -> tuple[Sound, Sound, Sound, Sound]:
    return hat(RATE, 0.2), hat(RATE, 0.05), kick(RATE), clap(RATE)


@lru_cache(maxsize=512)
def _pluck(midi: int) -> Sound:
    return pluck(RATE, midi, 0.6)


@lru_cache(maxsize=256)
def _bass(midi: int, ms: int) -> Sound:
    return sub_bass(RATE, midi, ms / 1000)


@lru_cache(maxsize=64)
def _pad(notes: tuple[int, ...], length: int, tilt: float) -> Sound:
    return pad_chord(RATE, notes, length, tilt, seed=notes[0])


@lru_cache(maxsize=128)
def sing(midi: int, ms: int) -> Sound:
    """A voice-like vowel: a pulse train through three formants, sliding into the note, with vibrato."""
    t = np.arange(round(ms * RATE / 1000)) / RATE
    bend = -1.5 * np.exp(-t / 0.07) + 0.45 * np.sin(2 * np.pi * 5.5 * t) * np.minimum(1, t / 0.2)
    phase = 2 * np.pi * np.cumsum(hertz(midi) * 2.0 ** (bend / 12)) / RATE
    wave = np.zeros_like(t)
    for k in range(1, 16):
        f = k * hertz(midi)
        gain = sum(
            g * np.exp(-0.5 * ((f - c) / w) ** 2) for c, w, g in ((650, 150, 1.0), (1150, 200, 0.6), (2700, 350, 0.3))
        )
        wave += (gain + 0.05 / k) * np.sin(k * phase)
    wave *= np.minimum(1, t / 0.03) * np.minimum(1, (t[-1] - t) / 0.05)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def _drums(desk: _Desk, part: Part, bar: int, done: float) -> None:
    at = bar * desk.score.steps
    open_hat, closed, boom, snap = _kit()
    for step in range(desk.score.steps):
        if part.kick and part.kick[step] != ".":
            desk.play(at + step, boom, 0.8)
            desk.kicks.append(float(desk.times[at + step]))
        if part.snare and part.snare[step] != ".":
            desk.play(at + step, snap, 0.5)
        if part.hats and part.hats[step] != ".":
            desk.play(at + step, open_hat if part.hats[step] == "o" else closed, 0.25)
        roll = (4, 4, 2, 1)[min(3, int(4 * done))]
        if part.rise and step % roll == 0:
            desk.play(at + step, snap, 0.15 + 0.35 * done)


def _notes(desk: _Desk, part: Part, bar: int, root: int) -> None:
    at, steps = bar * desk.score.steps, desk.score.steps
    step_ms = int(100 * (desk.times[at + 1] - desk.times[at])) * 10
    length = int((desk.times[at + steps] - desk.times[at]) * 20) * RATE // 20
    for step, mark in enumerate(part.bass):
        if mark != ".":
            desk.play(
                at + step,
                _bass(desk.pitch(root + int(mark), 2 if desk.score.key < 8 else 1), 2 * step_ms),
                0.35,
            )
    for step, mark in enumerate(part.lead):
        if mark != ".":
            desk.play(at + step, _pluck(desk.pitch(root + int(mark), 5)), 0.3)
    if part.pads:
        notes = tuple(desk.pitch(root + third, 4) for third in (0, 2, 4))
        desk.play(at, _pad(notes, length, part.tilt), 0.3 * part.pads)
    if part.voice:
        beat_ms = desk.per_beat * step_ms // 20 * 19
        for i, third in enumerate((4, 2, 3, 0)[: max(1, desk.score.meter // 2 + 1)]):
            desk.play(at + i * desk.per_beat, sing(desk.pitch(root + third, 5), beat_ms), 0.3 * part.voice)


@lru_cache(maxsize=16)
def play(score: Score) -> Played:
    """Perform a score."""
    desk = _Desk(score)
    bar = 0
    sections: list[tuple[str, int, float, float]] = []
    parts = list(score.parts)
    for part in score.parts:
        start = desk.times[bar * score.steps]
        for i in range(part.bars):
            root = part.chords[i % len(part.chords)]
            _drums(desk, part, bar + i, i / part.bars)
            _notes(desk, part, bar + i, root)
        stop = desk.times[(bar + part.bars) * score.steps]
        if part.rise:
            desk.play(bar * score.steps, noise_sweep(RATE, round((stop - start) * RATE), True, 5), 0.2)
        bar += part.bars
        sections.append((part.label, parts.index(part), float(start), float(stop)))
    samples = (0.9 * np.tanh(desk.mix)).mean(axis=1).astype(np.float32)
    beats = desk.times[: score.bars * score.steps : desk.per_beat]
    downbeats = desk.times[: score.bars * score.steps : score.steps]
    return Played(score, samples, beats, downbeats, np.array(desk.kicks), sections)


FOUR, BACK, OPEN, SIXTEEN = "x...x...x...x...", "....x.......x...", "..o...o...o...o.", "x.x.x.x.x.x.x.x."
_ARP = "0.2.4.2.0.4.2.4."


def _club() -> Score:
    drop = Part("drop", 8, kick=FOUR, snare=BACK, hats=OPEN, bass="..00..00..00..04", lead=_ARP, pads=0.8, tilt=1.3)
    build = Part("build", 4, lead=_ARP, pads=0.6, rise=True)
    rest = Part("breakdown", 8, lead="0.......4.......", pads=1.0, tilt=2.4)
    first = Part("intro", 8, kick=FOUR, hats=OPEN)
    last = Part("outro", 4, kick=FOUR, hats=OPEN)
    return Score("club", (128, 128), 9, MINOR, (first, build, drop, rest, build, drop, last))


def _pop() -> Score:
    beat = "x.......x.x....."
    verse = Part("verse", 8, (0, 4, 5, 3), beat, BACK, SIXTEEN, "0.......0.......", "", 0.35, 2.4, 0.7)
    chorus = Part(
        "chorus", 8, (3, 0, 4, 5), "x...x...x.x.x...", BACK, "xxxxxxxxxxxxxxxx", "0.0.0.0.0.0.0.0.", _ARP, 1.0, 1.3, 1.0
    )
    bridge = Part(
        "bridge", 8, (1, 5, 1, 4), "x...............", "........x.......", "", "0...............", "2...4...", 0.8, 2.0
    )
    first = Part("intro", 4, (0, 4, 5, 3), lead="0...2...4...2...", pads=0.5)
    last = Part("outro", 4, (0, 4, 0, 4), lead="0...2...4...2...", pads=0.5)
    return Score("pop", (126, 126), 0, MAJOR, (first, verse, chorus, verse, chorus, bridge, chorus, last))


def _hiphop() -> Score:
    beat = "x..x....x.x....."
    verse = Part("verse", 8, (0, 0, 5, 4), beat, BACK, SIXTEEN, "0.....0.0.......", "", 0.2, 2.5, 0.8)
    chorus = Part("chorus", 4, (0, 3, 5, 4), beat, BACK, "xxx.xxxxx.xxxxxo", "0.....0.0...0...", "4..4..2.", 0.8, 1.4)
    first = Part("intro", 4, (0, 0, 5, 4), lead="4..4..2.", pads=0.4)
    last = Part("outro", 4, (0, 0, 5, 4), lead="4..4..2.", pads=0.4)
    return Score("hip-hop", (92, 92), 2, MINOR, (first, verse, chorus, verse, chorus, last))


def _dnb() -> Score:
    beat = "x.........x....."
    drop = Part("drop", 12, (0, 0, 5, 6), beat, BACK, SIXTEEN, "0..0......0..0..", "4.....2.....0...", 0.4, 1.5)
    first = Part("intro", 8, (0, 0, 5, 6), hats=SIXTEEN, pads=0.6)
    rest = Part("breakdown", 8, (0, 0, 5, 6), lead="4...2...0...2...", pads=1.0)
    build = Part("build", 4, (0, 0, 5, 6), pads=0.7, rise=True)
    last = Part("outro", 8, (0, 0, 5, 6), beat, "", SIXTEEN)
    return Score("drum and bass", (174, 174), 4, MINOR, (first, drop, rest, build, drop, last))


def _waltz() -> Score:
    verse = Part("verse", 12, (0, 3, 4, 0), "x.....", "..x.x.", "", "0.....", "", 0.3, 2.3, 0.7)
    chorus = Part("chorus", 12, (3, 4, 5, 4), "x.....", "..x.x.", "xxxxxx", "0..0.0", "0.2.4.", 0.9, 1.4, 0.9)
    first = Part("intro", 8, (0, 4), lead="0.2.2.", pads=0.4)
    last = Part("outro", 8, (0, 4), lead="0.2.2.", pads=0.4)
    return Score("waltz", (156, 156), 7, MAJOR, (first, verse, chorus, verse, chorus, last), 3)


def _quiet() -> Score:
    verse = Part("verse", 8, (0, 5, 3, 4), bass="0.......0.......", lead="0...2...4...2...", pads=0.4, tilt=2.4)
    chorus = Part("chorus", 8, (3, 4, 0, 5), bass="0...0...0...0...", lead=_ARP, pads=1.0, tilt=1.3)
    first = Part("intro", 4, (0, 5), pads=0.5, tilt=2.6)
    last = Part("outro", 4, (0, 5), pads=0.5, tilt=2.6)
    return Score("no drums", (120, 120), 5, MAJOR, (first, verse, chorus, verse, chorus, last))


def _rock() -> Score:
    verse = Part("verse", 8, (0, 6, 5, 6), "x.......x.......", BACK, SIXTEEN, "0.0.0.0.0.0.0.0.", "", 0.3, 2.0, 0.8)
    chorus = Part(
        "chorus", 8, (0, 5, 2, 6), "x.x...x.x.x...x.", BACK, "o...o...o...o...", "0.0.0.0.0.0.0.0.", _ARP, 1.0, 1.2, 1.0
    )
    first = Part("intro", 4, (0, 6), hats="x...x...x...x...", lead="0.0.2.2.4.4.2.2.")
    last = Part("outro", 4, (0, 6), lead="0.0.2.2.4.4.2.2.", pads=0.3)
    return Score("getting faster", (112, 128), 11, MINOR, (first, verse, chorus, verse, chorus, last))


SCORES: dict[str, Callable[[], Score]] = {
    "club": _club, "pop": _pop, "hip-hop": _hiphop, "dnb": _dnb, "waltz": _waltz, "no-drums": _quiet, "faster": _rock,
}  # fmt: skip
