"""Which beats of a song get a new picture, and what the dream of every beat shows: the score of `vj audio2video`.

Every beat is dreamed, one step further in its picture's own motion. A new picture comes with the bars, more often the
more energy there is; it is whole exactly on its beat. Sections begin with another picture, drops and choruses with a
cut.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from vj.audio.song import Section, Song
from vj.studio.songprompts import Ranks, prompt_at
from vj.studio.songtime import beats_of, frame_of, sample_of

if TYPE_CHECKING:
    from engine.pipelines.audio2video import Key

# energy below   bars of a picture   beats a new one takes to come   power of the way from beat to beat
PACE: tuple[tuple[float, int, int, float], ...] = (
    (0.30, 4, 8, 1.5),
    (0.55, 2, 4, 2.5),
    (0.75, 2, 2, 3.5),
    (9.99, 1, 1, 4.5),
)  # fmt: skip
CUTS = ("drop", "chorus")
"""sections that begin with a cut"""
RISE = 0.2
"""so does any that has so much more energy than the one before"""
TURN = (0.04, 0.085)
"""of a picture's loop from beat to beat: at energy 0, and added at energy 1"""


@dataclass(frozen=True, slots=True)
class Change:
    """From `beat` (index) on, a picture is shown; `morph` beats before, it begins to come."""

    beat: int
    prompt: str
    seed: int
    morph: int
    cut: bool


def changes(song: Song, style: str, seed: int = 0) -> tuple[Change, ...]:
    """Every new picture of a song, in order; the first one at beat 0. Groups that come again show the same pictures."""
    ranks, starts, out = Ranks.of(song), [bar.start_s for bar in song.bars], list[Change]()
    section, nth, until, before = song.sections[0], 0, -1, -1
    for beat, t in enumerate(beats_of(song)):
        bar = min(max(bisect_right(starts, t + 0.02) - 1, 0), len(starts) - 1)
        now = _section(song, bar)
        if out and ((bar < until and now is section) or bar == before):
            continue
        nth = nth + 1 if now is section and out else 0
        _, bars, morph, _ = _pace(song.bars[bar].energy)
        cut = nth == 0 and bool(out) and (now.label in CUTS or now.energy - section.energy >= RISE)
        prompt = prompt_at(song, ranks, bar, style, now, nth)
        out.append(Change(beat, prompt, zlib.crc32(f"{seed}/{now.group}/{nth}".encode()), morph, cut))
        section, before, until = now, bar, bar + bars
    return tuple(out)


def keys(song: Song, style: str, fps: Fraction, frames: int, seed: int = 0) -> tuple[Key, ...]:
    """A key for every beat within `frames` frames, and the one after them."""
    from engine.pipelines.audio2video import Key, Picture

    times, found, out, turn = beats_of(song), changes(song, style, seed), list[Key](), 0.0
    pictures = [Picture(change.prompt, change.seed) for change in found]
    at = 0
    for beat, t in enumerate(times):
        while at + 1 < len(found) and found[at + 1].beat <= beat:
            at += 1
        energy = song.bar_at(t + 0.02).energy
        turn += TURN[0] + TURN[1] * energy
        frame = frame_of(sample_of(t), fps)
        if out and frame <= out[-1].frame:
            continue  # more beats than frames
        shown: tuple[tuple[Picture, float], ...] = ((pictures[at], 1.0),)
        if at + 1 < len(found) and (share := _coming(found[at], found[at + 1], beat)) > 0:
            shown = ((pictures[at], 1.0 - share), (pictures[at + 1], share))
        cut = found[at].cut and found[at].beat == beat
        out.append(Key(frame, shown, turn, _pace(energy)[3], cut))
        if frame >= frames:
            break
    return tuple(out) or (Key(0, ((Picture(style, seed), 1.0),)),)


def _coming(now: Change, coming: Change, beat: int) -> float:
    """The share of the next picture in a beat before it."""
    if coming.cut:
        return 0.0
    morph = min(coming.morph, coming.beat - now.beat)
    x = max(0.0, 1.0 - (coming.beat - beat) / morph)
    return round(x * x * (3.0 - 2.0 * x), 3)


def _section(song: Song, bar: int) -> Section:
    firsts = [section.first_bar for section in song.sections]
    return song.sections[max(0, bisect_right(firsts, bar) - 1)]


def _pace(energy: float) -> tuple[float, int, int, float]:
    return next(row for row in PACE if energy < row[0])
