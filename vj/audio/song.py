"""A whole song as numbers: beats, bars, sections, mood and instruments, for everything that is rendered to music.

`analyse` makes one from a file, `to_json` and `from_json` keep it. All times are seconds from the first sample.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vj.core.errors import MediaError

INSTRUMENTS = ("kick", "snare", "hats", "bass", "lead", "pads", "voice")
LABELS = ("intro", "verse", "chorus", "build", "drop", "breakdown", "bridge", "outro")
VERSION = 1
"""of the JSON file"""


@dataclass(frozen=True, slots=True)
class Section:
    """Bars first_bar to first_bar + bars - 1. group: "A", "B" ..., repeats share it; energy and mood 0-1, means."""

    start_s: float
    stop_s: float
    first_bar: int
    bars: int
    label: str
    group: str
    energy: float
    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. Everything is 0-1; instruments has the keys of INSTRUMENTS."""

    start_s: float
    stop_s: float
    energy: float
    valence: float
    arousal: float
    brightness: float
    instruments: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Song:
    """What was heard in a whole file.

    beats and downbeats are where music sounds; `bars` and `sections` cover 0 to `seconds` without gaps (a bar before
    the first downbeat may be short; with no beat at all bars are 2 s and bpm is 0). key: "A minor", or "" for none.
    tempo_curve: (s, beats per minute) of moments between which the tempo is a straight line.
    """

    path: str
    seconds: float
    bpm: float
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    tempo_curve: tuple[tuple[float, float], ...]
    key: str
    sections: tuple[Section, ...]
    bars: tuple[Bar, ...]
    kicks: tuple[float, ...]
    snares: tuple[float, ...]
    hats: tuple[float, ...]

    def to_json(self) -> str:
        """The song as JSON text, times to 0.1 ms."""
        return json.dumps({"version": VERSION, **_rounded(asdict(self))}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Song:
        """What `to_json` wrote. Raises MediaError for anything else."""
        try:
            data = json.loads(text)
            if data.pop("version") != VERSION:
                raise ValueError("another version")
            data["sections"] = tuple(Section(**s) for s in data["sections"])
            data["bars"] = tuple(Bar(**b) for b in data["bars"])
            data["tempo_curve"] = tuple((float(t), float(bpm)) for t, bpm in data["tempo_curve"])
            for name in ("beats", "downbeats", "kicks", "snares", "hats"):
                data[name] = tuple(float(t) for t in data[name])
            return cls(**data)
        except (ValueError, TypeError, KeyError, AttributeError) as e:
            raise MediaError(f"not a song analysis ({e})", "make it anew: vj analyse SONG -o song.json") from None

    def section_at(self, t: float) -> Section:
        """The section that sounds at t; the first before the start, the last after the end."""
        return self.sections[_index([s.start_s for s in self.sections], t)]

    def bar_at(self, t: float) -> Bar:
        """The bar that sounds at t; the first before the start, the last after the end."""
        return self.bars[self.bar_number(t)]

    def bar_number(self, t: float) -> int:
        """Index into `bars` at t."""
        return _index([b.start_s for b in self.bars], t)

    def beat_at(self, t: float) -> float:
        """Beats since beats[0] with their fraction: 4.5 is half-way from beats[4] to beats[5].

        Before the first and after the last beat it runs on at the tempo there; 0 with no beats.
        """
        n = len(self.beats)
        if n == 0:
            return 0.0
        if n == 1:
            return (t - self.beats[0]) * self.bpm / 60.0
        i = min(max(bisect_right(self.beats, t) - 1, 0), n - 2)
        return i + (t - self.beats[i]) / (self.beats[i + 1] - self.beats[i])


def _index(starts: Sequence[float], t: float) -> int:
    return max(0, bisect_right(starts, t + 1e-9) - 1)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else 0.0
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return value


def analyse(path: Path | str, done: Callable[[float], None] = lambda share: None) -> Song:
    """Listen to a whole file, or to "demo", the built-in track. done: told the share done, 0-1. Raises MediaError."""
    from vj.audio.song_analysis import analyse_song

    return analyse_song(path, done)


def plot(song: Song, out: Path) -> None:
    """Draw the song as a PNG: sections, energy, mood, instruments, beats. Raises MediaError."""
    from vj.audio.song_plot import draw

    draw(song, out)
