"""story.toml: which look a music video has when. docs/studio.md explains every key.

A look is a table of LOOK's keys. `[style]` holds everywhere, `[sections.LABEL]` over it in sections of that name,
`[[entries]]` over both from their moment to the next section or entry.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vj.audio.song import LABELS, Song
from vj.core.errors import VjError, nearest
from vj.core.policy import permitted
from vj.setlist.catalog import Catalog
from vj.studio.captions import PALETTES
from vj.studio.songtime import beats_of

PALETTE_NAMES = tuple(words[0] for words in PALETTES)
_AT = re.compile(r"section:([a-z]+)(?:#(\d+))?(?:\+(\d+))?")
_TIME = re.compile(r"(?:(\d+):)?(\d+(?:\.\d+)?)")
AT_FORMS = "section:LABEL, section:LABEL#2, section:LABEL+4 (bars), bar:33, 1:05.5"


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen, and how it comes in."""

    scene: str = ""
    """of the setlist, instead of all that follows up to `transition`"""
    generator: str = "tunnel"
    palette: str = "neon"
    prompt: str = ""
    """what the engine dreams; "": the pool as it is"""
    pool: str = "house"
    dream: float = 0.5
    """0: the generator alone, 1: the dream alone"""
    effects: tuple[str, ...] = ()
    energy: float = 0.5
    """how much the music moves it, and how fast it goes"""
    transition: str = "dissolve"
    beats: float = 4.0
    """length of the transition; it is over, and the look whole, on the first beat"""


@dataclass(frozen=True, slots=True)
class Cue:
    """From t (s) on, this look."""

    t: float
    look: Look
    section: str


@dataclass(frozen=True, slots=True)
class Storyboard:
    """A read file. Looks are what the tables say, no more."""

    path: Path
    setlist: str = ""
    """a show whose scenes may be named, relative to the file"""
    style: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    entries: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """(at, look)"""


def read(path: Path, catalog: Catalog) -> Storyboard:
    """Raises VjError: one line with the file, the key, what was got and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VjError(f"{path}: cannot be read ({error})", "vj musicvideo SONG --propose writes one") from None
    return parse(text, path, catalog)


def parse(text: str, path: Path, catalog: Catalog) -> Storyboard:
    """The same from the file's text."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise VjError(f"{path}: {error}", "mend the file") from None
    check = _Check(path, catalog)
    check.keys("", raw, ("setlist", "style", "sections", "entries"))
    setlist = raw.get("setlist", "")
    check.that(isinstance(setlist, str), "setlist", setlist, "the name of a setlist")
    sections, entries = raw.get("sections", {}), raw.get("entries", [])
    check.that(isinstance(sections, dict), "sections", sections, "tables such as [sections.chorus]")
    check.keys("sections.", sections, LABELS)
    check.that(isinstance(entries, list), "entries", entries, "tables, each under [[entries]]")
    found = []
    for number, entry in enumerate(entries):
        where = f"entries[{number}]"
        check.that(isinstance(entry, dict), where, entry, "a table")
        at = entry.get("at")
        check.that(isinstance(at, str) and _parts(at) is not None, f"{where}.at", at, AT_FORMS)
        found.append((str(at), check.look(where, {k: v for k, v in entry.items() if k != "at"})))
    labelled = {label: check.look(f"sections.{label}", table) for label, table in sections.items()}
    return Storyboard(path, setlist, check.look("style", raw.get("style", {})), labelled, tuple(found))


class _Check:
    """Raises VjError for the first thing that is wrong."""

    def __init__(self, path: Path, catalog: Catalog) -> None:
        self._path = path
        self._names: Mapping[str, Collection[str]] = {
            "generator": catalog.generators,
            "palette": PALETTE_NAMES,
            "effects": catalog.effects,
            "transition": catalog.transitions,
            "pool": catalog.pools,
        }
        self._numbers: Mapping[str, tuple[float, float]] = {"dream": (0, 1), "energy": (0, 1), "beats": (0, 64)}

    def that(self, right: bool, key: str, got: object, allowed: str, hint: str = "") -> None:
        if not right:
            raise VjError(f"{self._path}: {key}: got {got!r}, allowed: {allowed}{hint}")

    def keys(self, at: str, table: Mapping[str, Any], allowed: Collection[str]) -> None:
        for key in table:
            known = ", ".join(allowed)
            self.that(key in allowed, f"{at}{key}", key, known, nearest(key, allowed))

    def look(self, at: str, table: Any) -> Mapping[str, Any]:
        self.that(isinstance(table, dict), at, table, "a table")
        self.keys(f"{at}.", table, tuple(Look.__dataclass_fields__))
        return {key: self._value(f"{at}.{key}", key, value) for key, value in table.items()}

    def _value(self, at: str, key: str, value: Any) -> Any:
        if key in self._numbers:
            low, high = self._numbers[key]
            right = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
            self.that(right, at, value, f"a number, {low:g} to {high:g}")
            return float(value)
        if key == "effects":
            right = isinstance(value, list) and all(isinstance(v, str) for v in value)
            self.that(right, at, value, 'a list of names, such as ["bloom"]')
            for name in value:
                self._named(at, key, name)
            return tuple(value)
        self.that(isinstance(value, str), at, value, "a text")
        self._named(at, key, value)
        if key == "prompt":
            permitted(value, what=f"{self._path}: {at}")
        return value

    def _named(self, at: str, key: str, name: str) -> None:
        known = self._names.get(key)
        if known is not None:
            self.that(name in known, at, name, ", ".join(known), nearest(name, known))


def cues(board: Storyboard, song: Song) -> tuple[Cue, ...]:
    """Every change of the look, in order, the first at 0. Raises VjError for a moment that the song does not have."""
    base = {**board.style}
    at: dict[float, tuple[Mapping[str, Any], str]] = {}
    for section in song.sections:
        at[section.start_s] = ({**base, **board.sections.get(section.label, {})}, section.label)
    for number, (text, table) in enumerate(board.entries):
        for t in _moments(text, song, f"{board.path}: entries[{number}].at"):
            section = song.section_at(t)
            at[t] = ({**base, **board.sections.get(section.label, {}), **table}, section.label)
    out: list[Cue] = []
    for t in sorted(at):
        look = Look(**at[t][0])
        if not out or look != out[-1].look:
            out.append(Cue(t if out else 0.0, look, at[t][1]))
    return tuple(out)


def _moments(text: str, song: Song, where: str) -> list[float]:
    """Seconds that `at` means; on a beat."""
    parts = _parts(text)
    assert parts is not None
    kind, value, nth, plus = parts
    if kind == "section":
        found = [s for s in song.sections if s.label == value]
        named = found[nth - 1 : nth] if nth else found
        bars = [s.first_bar + plus for s in named if plus < s.bars]
        if not bars:
            allowed = ", ".join(f"{s.label} ({s.bars} bars)" for s in song.sections)
            raise VjError(f"{where}: got {text!r}, which the song does not have", f"its sections: {allowed}")
        return [song.bars[bar].start_s for bar in bars]
    if kind == "bar":
        if not 1 <= int(value) <= len(song.bars):
            raise VjError(f"{where}: got {text!r}, allowed: bar:1 to bar:{len(song.bars)}")
        return [song.bars[int(value) - 1].start_s]
    t = float(value)
    if t >= song.seconds:
        raise VjError(f"{where}: got {text!r}, allowed: up to {song.seconds:.1f} s, where the song ends")
    return [min(beats_of(song) or (t,), key=lambda beat: abs(beat - t))]


def _parts(text: str) -> tuple[str, str, int, int] | None:
    """(section, label, number or 0, bars after) or (bar, number, ...) or (time, seconds, ...)."""
    if (found := _AT.fullmatch(text)) and found[1] in LABELS and found[2] != "0":
        return "section", found[1], int(found[2] or 0), int(found[3] or 0)
    if found := re.fullmatch(r"bar:(\d+)", text):
        return "bar", found[1], 0, 0
    if found := _TIME.fullmatch(text):
        return "time", str(60 * int(found[1] or 0) + float(found[2])), 0, 0
    return None
