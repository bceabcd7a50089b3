"""What is to be seen at a bar of a song: a table from what is heard to words that the house model knows."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from vj.audio.song import Bar, Section, Song
from vj.studio.captions import FAMILIES, PALETTES

MOST = 3
"""words in front of the style"""

# measure       from  below  one of these words
TABLE: tuple[tuple[str, float, float, tuple[str, ...]], ...] = (
    ("energy",     0.00, 0.30, ("calm", "peaceful", "gentle")),
    ("energy",     0.60, 0.80, ("energetic", "rushing")),
    ("energy",     0.80, 1.01, ("wild", "intense", "raging")),
    ("voice",      0.50, 1.01, ("radiant", "glowing")),
    ("brightness", 0.00, 0.25, ("moody", "shadowy")),
    ("brightness", 0.75, 1.01, ("bright", "shining")),
    ("pads",       0.75, 1.01, ("soft", "airy", "smooth")),
    ("bass",       0.60, 1.01, ("liquid", "huge", "melting")),
    ("hats",       0.60, 1.01, ("intricate", "detailed", "ornate")),
    ("snare",      0.60, 1.01, ("dense", "packed")),
    ("lead",       0.60, 1.01, ("twisted", "swirling")),
    ("kick",       0.60, 1.01, ("big", "geometric")),
)  # fmt: skip
"""measures 0-1: energy and instruments of the bar as they are, brightness as its rank among the song's bars"""

# mood: valence above the song's mean, arousal above it -> colours, one for each group of sections in turn
MOODS: dict[tuple[bool, bool], tuple[str, ...]] = {
    (True, True): ("neon", "sunset", "candy coloured", "fiery"),
    (True, False): ("golden", "aurora", "turquoise", "pastel"),
    (False, True): ("ultraviolet", "crimson", "magenta and cyan", "copper"),
    (False, False): ("violet", "icy", "forest", "teal"),
}

# what is seen where the style names no thing
THINGS: dict[str, tuple[str, ...]] = {
    "intro": ("starfield", "ink in water", "planet"),
    "verse": ("ribbons", "waves", "corridor", "silk ribbons"),
    "chorus": ("kaleidoscope", "blossom", "laser beams"),
    "build": ("spiral", "rings", "tunnel"),
    "drop": ("tunnel", "kaleidoscope", "fractal", "laser beams"),
    "breakdown": ("ink in water", "ocean waves", "plasma"),
    "bridge": ("crystal", "helix", "landscape"),
    "outro": ("starfield", "planet", "ocean waves"),
}


@dataclass(frozen=True, slots=True)
class Ranks:
    """What is relative to the song as a whole."""

    brightness: tuple[float, ...]
    """0-1 for each bar"""
    groups: tuple[str, ...]
    """letters of the sections in the order of their first"""
    valence: float
    arousal: float

    @classmethod
    def of(cls, song: Song) -> Ranks:
        order = sorted(range(len(song.bars)), key=lambda i: song.bars[i].brightness)
        ranks = [0.0] * len(order)
        for place, i in enumerate(order):
            ranks[i] = place / max(1, len(order) - 1)
        count = max(1, len(song.bars))
        valence, arousal = (sum(getattr(bar, name) for bar in song.bars) / count for name in ("valence", "arousal"))
        return cls(tuple(ranks), tuple(dict.fromkeys(s.group for s in song.sections)), valence, arousal)


def prompt_at(song: Song, ranks: Ranks, bar: int, style: str, section: Section, nth: int = 0) -> str:
    """The prompt of picture number `nth` of a section, as `bar` (index) sounds."""
    words = _adjectives(song.bars[bar], ranks.brightness[bar], section.group, nth)
    words = [word for word in words if word not in style.lower()]
    colour = [] if _names(style, PALETTES) else [colour_of(ranks, section)]
    things = THINGS[section.label]
    thing = (
        ""
        if _names(style, tuple(FAMILIES.values()))
        else things[(ranks.groups.index(section.group) + nth) % len(things)]
    )
    return " ".join([*words[:MOST], *colour, *filter(None, (style.strip(), thing))])


def colour_of(ranks: Ranks, section: Section) -> str:
    """The colour of a section: by its mood, another one for another group."""
    mood = MOODS[section.valence >= ranks.valence, section.arousal >= ranks.arousal]
    return mood[ranks.groups.index(section.group) % len(mood)]


def _adjectives(bar: Bar, brightness: float, group: str, nth: int) -> list[str]:
    heard = {**bar.instruments, "energy": bar.energy, "brightness": brightness}
    rows = [(measure, words) for measure, low, high, words in TABLE if low <= heard.get(measure, 0.0) < high]
    # energy always has its word; of the others each picture shows the next two: a long section does not stand still
    first = [words for measure, words in rows if measure == "energy"]
    rest = [words for measure, words in rows if measure != "energy"]
    turn = 2 * nth % len(rest) if rest else 0
    return [_one(words, f"{group}/{nth}") for words in [*first, *rest[turn:], *rest[:turn]]]


def _one(words: Sequence[str], key: str) -> str:
    """One of them, the same for the same key on every machine."""
    return words[zlib.crc32(key.encode()) % len(words)]


def _names(style: str, groups: Sequence[Sequence[str]]) -> bool:
    said = f" {' '.join(style.lower().replace(',', ' ').split())} "
    return any(f" {word} " in said for group in groups for word in group)
