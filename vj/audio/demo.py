"""The demo track: a minute and a half of house music in A minor, made of sines and noise by the code below.

It is the first thing a user hears, it loops without a seam (48 bars exactly), and because it is a score it is also
the ground truth of the tests: every drum hit is known to the sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vj.audio.synth import Sound, air, clap, hat, kick, noise_sweep, pad_chord, pluck, reverb, sub_bass

BPM = 126.0
BARS = 48
_SECTIONS = (
    ("intro", 0, 8),
    ("build", 8, 12),
    ("drop", 12, 24),
    ("breakdown", 24, 32),
    ("drop", 32, 44),
    ("outro", 44, 48),
)
# A minor, F, C, G: root of the bass (MIDI number), notes of the chord; two bars each
_CHORDS = ((33, (57, 60, 64, 71)), (29, (53, 57, 60, 67)), (36, (55, 60, 64, 67)), (31, (55, 59, 62, 69)))
_ARP = (0, 2, 1, 3, 2, 1, 3, 0, 2, 3, 1, 2, 0, 3, 2, 1)
_BASS = ((2, 0, 1.0), (3, 0, 0.7), (6, 0, 1.0), (7, 12, 0.6), (10, 0, 1.0), (11, 0, 0.7), (14, 0, 1.0), (15, 7, 0.6))
"""sixteenth in the bar, semitones above the root, loudness"""


@dataclass(frozen=True)
class DemoTrack:
    """The sound and its score. samples float32 [N, 2], -1 to 1; all times in seconds from sample 0."""

    samples: NDArray[np.float32]
    rate: int
    beats: NDArray[np.float64]
    kicks: NDArray[np.float64]
    snares: NDArray[np.float64]
    hats: NDArray[np.float64]
    sections: tuple[tuple[str, float, float], ...]
    bpm: float = BPM


@dataclass
class _Score:
    """A mixing desk with two buses: `drums`, and `music` which ducks under every kick."""

    rate: int
    drums: NDArray[np.float32] = field(init=False)
    music: NDArray[np.float32] = field(init=False)
    times: dict[str, list[float]] = field(default_factory=lambda: {"kick": [], "snare": [], "hat": []})

    def __post_init__(self) -> None:
        self.length = self.at(BARS * 16)
        self.drums = np.zeros((self.length, 2), np.float32)
        self.music = np.zeros((self.length, 2), np.float32)

    def at(self, sixteenth: float) -> int:
        """Sample number of a sixteenth note counted from the start."""
        return round(sixteenth * 60.0 / BPM / 4 * self.rate)

    def play(self, bus: NDArray[np.float32], sixteenth: float, sound: Sound, gain: float = 1.0) -> None:
        """Mix a sound in; what rings on past the end comes round at the start, so the loop has no seam."""
        start = self.at(sixteenth)
        fits = min(len(sound), self.length - start)
        bus[start : start + fits] += gain * sound[:fits]
        if fits < len(sound):
            bus[: len(sound) - fits] += gain * sound[fits:]

    def hit(self, kind: str, sixteenth: float, sound: Sound, gain: float = 1.0) -> None:
        """A drum: heard, and written down."""
        self.play(self.drums, sixteenth, sound, gain)
        self.times[kind].append(self.at(sixteenth) / self.rate)


def _bars(*names: str) -> Iterator[int]:
    for name, start, stop in _SECTIONS:
        if name in names:
            yield from range(start, stop)


def _drums(score: _Score) -> None:
    rate = score.rate
    boom, snap = kick(rate), clap(rate)
    closed, opened = hat(rate, 0.05), hat(rate, 0.22)
    for bar in _bars("intro", "drop", "outro"):
        for beat in range(4):
            score.hit("kick", bar * 16 + beat * 4, boom, 0.86)
        if 4 <= bar < 46:
            for beat in (1, 3):
                score.hit("snare", bar * 16 + beat * 4, snap, 0.5)
        if bar in (23, 43):
            for step in (13, 14, 15):
                score.hit("snare", bar * 16 + step, snap, 0.3 + 0.05 * (step - 13))
        _hats(score, bar, closed, opened)
    _rolls(score, snap, closed)


def _hats(score: _Score, bar: int, closed: Sound, opened: Sound) -> None:
    """Open on the off-beat, closed on the sixteenths between."""
    for step in range(16):
        if step % 4 == 2 and 2 <= bar < 46:
            score.hit("hat", bar * 16 + step, opened, 0.34)
        elif step % 4 != 0 or bar < 4:
            score.hit("hat", bar * 16 + step, closed, 0.22 if step % 2 == 0 else 0.15)


def _rolls(score: _Score, snap: Sound, closed: Sound) -> None:
    """Builds: claps on the beat, then eighths, then sixteenths, ever louder, with hats above them."""
    for first, bars in ((8, 4), (28, 4)):
        for bar in range(bars):
            step = (4, 4, 2, 1)[bar]
            for at in range(0, 16 if bar < 3 else 14, step):
                done = (bar * 16 + at) / (bars * 16)
                score.hit("snare", (first + bar) * 16 + at, snap, 0.16 + 0.34 * done)
            for at in range(2, 16, 4):
                score.hit("hat", (first + bar) * 16 + at, closed, 0.2)


def _bass(score: _Score) -> None:
    @lru_cache
    def note(midi: int) -> Sound:
        return sub_bass(score.rate, midi, 0.135)

    for bar in _bars("intro", "drop", "outro"):
        if bar < 4 or bar >= 46:
            continue
        root = _CHORDS[bar // 2 % 4][0]
        for step, up, gain in _BASS:
            score.play(score.music, bar * 16 + step, note(root + up), gain * (0.42 if bar >= 12 else 0.3))


def _harmony(score: _Score) -> None:
    two_bars = score.at(32)
    for index, (_, notes) in enumerate(_CHORDS):
        dark, bright = (pad_chord(score.rate, notes, two_bars, tilt, seed=index) for tilt in (2.2, 1.25))
        for bar in range(index * 2, BARS, 8):
            name = next(n for n, a, b in _SECTIONS if a <= bar < b)
            gains = {"intro": (0.5, 0.0), "build": (0.5, 0.35), "drop": (0.25, 0.62), "outro": (0.5, 0.1)}
            low, high = gains.get(name, (0.62, 0.04 * (bar - 24)))
            score.play(score.music, bar * 16, low * dark + high * bright, 0.34)


def _lead(score: _Score) -> None:
    @lru_cache
    def note(midi: int, brightness: int) -> Sound:
        return reverb(pluck(score.rate, midi, brightness / 4), score.rate, wet=0.35, seconds=0.85)

    for bar in range(BARS):
        notes = _CHORDS[bar // 2 % 4][1]
        sparse = bar < 4 or bar >= 44 or 24 <= bar < 28
        for step in range(0, 16, 2 if sparse else 1):
            octave = 24 if (step + bar) % 5 == 0 else 12
            gain = (0.11 if sparse else 0.15) * (1.0 if step % 4 == 0 else 0.75)
            bright = 1 if sparse else 2 + (bar >= 12) + (bar >= 32)
            score.play(score.music, bar * 16 + step, note(notes[_ARP[step]] + octave, bright), gain)
            # the echo: three sixteenths later, on the other side
            echo = note(notes[_ARP[step]] + octave, 1)[:, ::-1]
            score.play(score.music, (bar * 16 + step + 3) % (BARS * 16), echo, 0.35 * gain)


def _weather(score: _Score) -> None:
    """Risers into the drops, a splash on each, a falling wind into breakdown and outro."""
    for start, stop in ((8, 12), (28, 32)):
        length = score.at(stop * 16) - score.at(start * 16)
        score.play(score.music, start * 16, noise_sweep(score.rate, length, rising=True, seed=stop), 0.16)
    for bar in (12, 32):
        score.play(score.music, bar * 16, air(score.rate, 3.5, seed=bar), 0.3)
    for bar in (24, 44):
        score.play(score.music, bar * 16, noise_sweep(score.rate, score.at(32), rising=False, seed=bar), 0.14)


def _duck(score: _Score) -> None:
    """Side chain: the music bows to 25 % under each kick and is back after 180 ms."""
    n = round(0.18 * score.rate)
    dip = (0.25 + 0.75 * np.linspace(0, 1, n, dtype=np.float32) ** 1.6)[:, None]
    for t in score.times["kick"]:
        start = round(t * score.rate)
        score.music[start : start + n] *= dip[: score.length - start]


@lru_cache(maxsize=2)
def demo_track(rate: int = 48000) -> DemoTrack:
    """91.4 s at `rate` Hz (8000-192000), always the same. About a second to make, then kept."""
    if not 8000 <= rate <= 192000:
        raise ValueError(f"demo_track: rate is {rate}, allowed are 8000 to 192000 Hz")
    score = _Score(rate)
    parts: tuple[Callable[[_Score], None], ...] = (_drums, _bass, _harmony, _lead, _weather, _duck)
    for part in parts:
        part(score)
    mix = score.drums + score.music
    mix *= 1.1
    np.tanh(mix, out=mix)  # soft: peaks stay below 1 whatever adds up
    mix *= 0.9
    mix.flags.writeable = False
    bar_s = 240.0 / BPM
    hits = {kind: np.array(sorted(times)) for kind, times in score.times.items()}
    return DemoTrack(
        samples=mix,
        rate=rate,
        beats=np.array([score.at(4 * beat) / rate for beat in range(BARS * 4)]),
        kicks=hits["kick"],
        snares=hits["snare"],
        hats=hits["hat"],
        sections=tuple((name, a * bar_s, b * bar_s) for name, a, b in _SECTIONS),
    )
