"""A storyboard for a song that has none: groups that come again look the same, loud parts move most."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vj.audio.song import Section, Song
from vj.studio.captions import PALETTES
from vj.studio.songprompts import Ranks, colour_of, prompt_at


@dataclass(frozen=True, slots=True)
class Kind:
    """What sections of a kind are given: names, in turn; effects: chains, in turn."""

    generators: str
    dream: float
    effects: str
    transition: str
    beats: float
    energy: float


TABLE: dict[str, Kind] = {
    "intro": Kind("starfield planet ink particles", 0.4, "feedback, bloom", "dissolve", 4, 0.35),
    "verse": Kind("corridor ribbons city waves", 0.45, "bloom, warp bloom", "luma", 4, 0.5),
    "chorus": Kind("kaleidoscope petals beams rings", 0.5, "zoompulse bloom, mirror rgbsplit", "zoomblur", 2, 0.85),
    "build": Kind("spiral helix rings grid", 0.3, "strobe rgbsplit, zoompulse", "wipe", 2, 0.7),
    "drop": Kind(
        "tunnel fractal truchet hexagons",
        0.55,
        "zoompulse rgbsplit, kaleido bloom, glitch zoompulse",
        "glitchcut",
        1,
        1,
    ),
    "breakdown": Kind("ocean plasma ink metaballs", 0.8, "ripple, feedback", "inkspread", 4, 0.25),
    "bridge": Kind("crystal torus moire lissajous", 0.6, "slitscan, mirror bloom", "kaleidoturn", 4, 0.45),
    "outro": Kind("planet starfield terrain ocean", 0.6, "feedback, bloom", "dissolve", 4, 0.3),
}
LOUD = 0.7
"""energy of the table from which a look changes every 4 bars, else every 8"""


def propose(song: Song, style: str = "", seed: int = 0) -> str:
    """The text of a story.toml. The same song, style and seed: the same text."""
    ranks, said = Ranks.of(song), set[str]()
    head = [
        f"# A storyboard for {Path(song.path).name}: edit it, then vj musicvideo SONG --storyboard THIS_FILE",
        "# [sections.LABEL] holds in every section of that name; [[entries]] change it from their moment on.",
        f"# Sections: {', '.join(f'{s.label} {_clock(s.start_s)}' for s in song.sections)}",
        "",
        "[style]                      # holds where nothing else is said",
        'pool = "house"               # what the engine goes by',
        "",
    ]
    first = {section.label: section.group for section in reversed(song.sections)}
    sections, entries = list[str](), list[str]()
    for index, section in enumerate(song.sections):
        if section.label not in said:
            said.add(section.label)
            sections += [f"[sections.{section.label}]", *_look(song, ranks, section, style, seed, 0), ""]
        nth = sum(s.label == section.label for s in song.sections[: index + 1])
        if section.group != first[section.label]:  # another part of the same kind looks otherwise
            entries += _entry(f"section:{section.label}#{nth}", song, ranks, section, (style, seed, 0))
        step = 4 if TABLE[section.label].energy >= LOUD else 8
        for turn, bar in enumerate(range(step, section.bars - step // 2 + 1, step), 1):
            entries += _entry(f"section:{section.label}#{nth}+{bar}", song, ranks, section, (style, seed, turn))
    return "\n".join([*head, *sections, *entries]).rstrip() + "\n"


def _entry(at: str, song: Song, ranks: Ranks, section: Section, how: tuple[str, int, int]) -> list[str]:
    return ["[[entries]]", f'at = "{at}"', *_look(song, ranks, section, *how), ""]


def _look(song: Song, ranks: Ranks, section: Section, style: str, seed: int, turn: int) -> list[str]:
    """Lines of a look; turn: how often it has changed within the section."""
    kind = TABLE[section.label]
    place = ranks.groups.index(section.group) + seed
    bar = min(section.first_bar + 4 * turn, len(song.bars) - 1)
    prompt = prompt_at(song, ranks, bar, style, section, turn).replace("\\", " ").replace('"', " ")
    # within a section the change is quick and on the bar; the section itself comes in as the table says
    into, length = (kind.transition, kind.beats) if turn == 0 else ("zoomblur", 1.0)
    palette = _palette(style) or _palette(colour_of(ranks, section)) or PALETTES[0][0]
    generators, chains = kind.generators.split(), kind.effects.split(", ")
    effects = ", ".join(f'"{name}"' for name in chains[turn % len(chains)].split())
    return [
        f'generator = "{generators[(place + turn) % len(generators)]}"',
        f'palette = "{palette}"',
        f'prompt = "{prompt}"',
        f"dream = {min(1.0, kind.dream + 0.15 * (turn % 2)):.2f}     # 0: the generator alone, 1: the dream alone",
        f"effects = [{effects}]",
        f"energy = {kind.energy:.2f}    # how much the music moves it, 0 to 1",
        f'transition = "{into}"',
        f"beats = {length:g}          # the transition's length; it is over on the first beat",
    ]


def _palette(words: str) -> str:
    """The palette that words name; "" for none."""
    said = f" {words.lower().replace(',', ' ')} "
    return next((names[0] for names in PALETTES for name in names if f" {name} " in said), "")


def _clock(t: float) -> str:
    return f"{int(t) // 60}:{t % 60:04.1f}"
