"""Reads ISF 2.0 files (Interactive Shader Format): the JSON header becomes frozen data. No OpenGL here.

Odd but harmless headers (lower-case keys, numbers as strings, booleans as 0/1, a comma too many, // comments, an input
said twice) are understood, never rejected.
Our own shaders may `#include "name.glsl"`, from the file's folder and then from shaders/lib.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vj.core.errors import ShaderError, nearest
from vj.core.paths import data_dir
from vj.core.types import Param

KNOBS = {"float": "float", "long": "long", "int": "long", "bool": "bool", "boolean": "bool", "event": "event",
         "color": "color", "point2d": "point2D"}  # fmt: skip
IMAGES = ("image", "cube")
SOUNDS = {"audio": "audio", "audiofft": "audioFFT"}
LINES = 100_000
"""lines a file may have; Mesa forgets the file's number in some messages, never the line's"""
_HEADER = re.compile(r"/\*(\s*\{.*?)\*/", re.S)  # a licence may come before it
_STRING_OR_NOTE = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*')
_STRING_OR_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[\]}])')
# all of them are in GL 3.3 already, and drivers want the line before anything else
_DIRECTIVE = re.compile(r"\s*#\s*(version|extension)\b")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">].*$')


@dataclass(frozen=True, slots=True)
class IsfPass:
    """One rendering pass; an empty `target` draws the output. Sizes are expressions, empty: the output's size."""

    target: str = ""
    persistent: bool = False
    floating: bool = False
    width: str = ""
    height: str = ""


@dataclass(frozen=True, slots=True)
class AudioInput:
    """`kind`: audio (waveform) or audioFFT. `width`: samples or bins that are wanted, 0: what there is."""

    name: str
    kind: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class IsfFile:
    """One shader. `fragment` and `vertex` are GLSL with includes put in place: line `n * LINES + i` of a driver's
    message is line i of `files[n]`."""

    path: Path
    name: str
    kind: str
    """generator, filter (has inputImage) or transition (has startImage, endImage and progress)"""
    description: str
    categories: tuple[str, ...]
    params: tuple[Param, ...]
    image_inputs: tuple[str, ...]
    audio_inputs: tuple[AudioInput, ...]
    passes: tuple[IsfPass, ...]
    imported: tuple[tuple[str, Path], ...]
    fragment: str
    vertex: str
    files: tuple[Path, ...]
    unbounded: frozenset[str] = frozenset()
    """point2D inputs without MIN and MAX: not clamped"""


def load(path: Path) -> IsfFile:
    """Reads one `.fs` file. Raises ShaderError with file and line."""
    try:
        text = _read(path)
    except OSError as error:
        raise ShaderError(f"{path}: {error.strerror or error}") from error
    return parse(text, path)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")


def parse(text: str, path: Path) -> IsfFile:
    """text: the whole file; path: where includes, imported images and the .vs file are looked for."""
    head = _header(text, path)
    files: list[Path] = [path]
    fragment = _expand(text, path, 0, files)
    vs_path = path.with_suffix(".vs")
    vertex = ""
    if vs_path.is_file():
        files.append(vs_path)
        vertex = _expand(_read(vs_path), vs_path, len(files) - 1, files)
    inputs = _Inputs()
    for raw in _rows(head.get("INPUTS")):
        inputs.add(_Lower(raw), path, text)
    return IsfFile(
        path=path,
        name=path.stem,
        kind=inputs.kind(),
        description=str(head.get("DESCRIPTION", "")),
        categories=tuple(str(c) for c in head.get("CATEGORIES") or ()),
        params=tuple(inputs.knobs),
        image_inputs=tuple(inputs.images),
        audio_inputs=tuple(inputs.sounds),
        passes=_passes(head),
        imported=_imported(head, path),
        fragment=fragment,
        vertex=vertex,
        files=tuple(files),
        unbounded=frozenset(inputs.unbounded),
    )


class _Lower(dict[str, Any]):
    """A header object whose keys are upper case, whatever the author wrote."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__({str(key).upper(): value for key, value in row.items()})


class _Inputs:
    """INPUTS, sorted by what they are."""

    def __init__(self) -> None:
        self.knobs: list[Param] = []
        self.images: list[str] = []
        self.sounds: list[AudioInput] = []
        self.unbounded: set[str] = set()
        self._names: set[str] = set()

    def add(self, row: _Lower, path: Path, text: str) -> None:
        name, kind = str(row.get("NAME", "")), str(row.get("TYPE", "")).lower()
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ShaderError(f'{_at(path, text, name)}: an input is called "{name}"', "use a GLSL identifier as NAME")
        if name in self._names:
            return
        self._names.add(name)
        if kind in IMAGES:
            self.images.append(name)
        elif kind in SOUNDS:
            self.sounds.append(AudioInput(name, SOUNDS[kind], int(_number(row.get("MAX"), 0))))
        elif kind in KNOBS:
            self.knobs.append(_knob(name, KNOBS[kind], row))
            if kind == "point2d" and (row.get("MIN") is None or row.get("MAX") is None):
                self.unbounded.add(name)
        else:
            raise ShaderError(
                f'{_at(path, text, str(row.get("TYPE", "")))}: input "{name}" has the unknown type '
                f'"{row.get("TYPE", "")}"{nearest(kind, [*KNOBS, *IMAGES, *SOUNDS])}; allowed: '
                "float long bool event color point2D image audio audioFFT"
            )

    def kind(self) -> str:
        if {"startImage", "endImage"} <= set(self.images) and any(p.name == "progress" for p in self.knobs):
            return "transition"
        return "filter" if "inputImage" in self.images else "generator"


def _header(text: str, path: Path) -> _Lower:
    found = _HEADER.search(text)
    if not found:
        raise ShaderError(f"{path}:1: no ISF header", 'begin the file with /*{ "ISFVSN": "2", "INPUTS": [] }*/')
    try:
        head = json.loads(_plain_json(found.group(1)), strict=False)
    except json.JSONDecodeError as error:
        line = text.count("\n", 0, found.start(1)) + error.lineno
        raise ShaderError(f"{path}:{line}: the ISF header is not JSON: {error.msg} (column {error.colno})") from error
    return _Lower(head)


def _plain_json(text: str) -> str:
    """Without // comments and without commas before ] and }; every line and column stays where it was."""
    text = _STRING_OR_NOTE.sub(lambda found: found.group(1) or "", text)
    return _STRING_OR_COMMA.sub(lambda found: found.group(1) or " ", text)


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """A list of objects; a mapping NAME -> object (ISF 1) becomes one too."""
    if isinstance(value, Mapping):
        return [{"NAME": name, **(row if isinstance(row, Mapping) else {})} for name, row in value.items()]
    return [row for row in value or () if isinstance(row, Mapping)]


def _at(path: Path, text: str, word: str) -> str:
    """`file:line` of the first place where the header quotes `word`."""
    place = text.find(f'"{word}"')
    return f"{path}:{text.count(chr(10), 0, max(place, 0)) + 1}"


def _number(value: Any, default: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def _tuple(value: Any, length: int, default: tuple[float, ...]) -> tuple[float, ...]:
    if not isinstance(value, (list, tuple)):
        return default
    numbers = [_number(v, 0.0) for v in value][:length]
    return tuple(numbers + list(default[len(numbers) :]))


def _knob(name: str, kind: str, row: _Lower) -> Param:
    label, unit = str(row.get("LABEL", "")), str(row.get("UNIT", ""))
    default = row.get("DEFAULT")
    if kind in ("bool", "event"):
        on = default.lower() in ("1", "true") if isinstance(default, str) else bool(default)
        return Param(name, kind, on, 0.0, 1.0, unit, label)
    if kind == "color":
        return Param(name, kind, _tuple(default, 4, (0.0, 0.0, 0.0, 1.0)), 0.0, 1.0, unit, label)
    if kind == "point2D":
        least, most = _tuple(row.get("MIN"), 2, (0.0, 0.0)), _tuple(row.get("MAX"), 2, (1.0, 1.0))
        return Param(name, kind, _tuple(default, 2, (0.0, 0.0)), min(least), max(most), unit, label)
    values: tuple[int, ...] = ()
    if kind == "long":
        values = tuple(int(_number(v, i)) for i, v in enumerate(row.get("VALUES") or ()))
    low = _number(row.get("MIN"), float(min(values)) if values else 0.0)
    high = _number(row.get("MAX"), float(max(values)) if values else 1.0)
    low, high = min(low, high), max(low, high)
    start = _number(default, float(values[0]) if values else min(max(0.0, low), high))
    # a default outside its own range is a range that was written too narrow
    low, high = min(low, start), max(high, start)
    return Param(name, kind, start, low, high, unit, label, values)


def _passes(head: _Lower) -> tuple[IsfPass, ...]:
    old = head.get("PERSISTENT_BUFFERS")  # ISF 1: a list of names, or name -> {FLOAT, WIDTH, HEIGHT}
    buffers = {str(n): {} for n in old} if isinstance(old, list) else dict(old) if isinstance(old, Mapping) else {}
    passes = []
    for raw in _rows(head.get("PASSES")):
        row = _Lower(raw)
        target = str(row.get("TARGET") or "")
        more = _Lower(buffers.get(target) or {})
        passes.append(
            IsfPass(
                target=target,
                persistent=_yes(row.get("PERSISTENT")) or target in buffers,
                floating=_yes(row.get("FLOAT")) or _yes(more.get("FLOAT")),
                width=str(row.get("WIDTH", more.get("WIDTH", "")) or ""),
                height=str(row.get("HEIGHT", more.get("HEIGHT", "")) or ""),
            )
        )
    return tuple(passes) or (IsfPass(),)


def _yes(value: Any) -> bool:
    return value.lower() in ("1", "true", "yes") if isinstance(value, str) else bool(value)


def _imported(head: _Lower, path: Path) -> tuple[tuple[str, Path], ...]:
    found = []
    for raw in _rows(head.get("IMPORTED")):
        row = _Lower(raw)
        if isinstance(row.get("PATH"), str):
            found.append((str(row.get("NAME", "")), path.parent / row["PATH"]))
    return tuple(found)


def _expand(text: str, path: Path, number: int, files: list[Path]) -> str:
    """GLSL with every include put in place once, and `#line` marks so that messages name the right line."""
    # GLSL before 4.2 wants ASCII, even in comments on some drivers
    lines = text.encode("ascii", "replace").decode().splitlines()
    out = [f"#line {number * LINES + 1}"]
    for at, line in enumerate(lines, 1):
        found = _INCLUDE.match(line)
        if _DIRECTIVE.match(line):
            out.append("")
            continue
        if not found:
            # a comment that ends with \ swallows the next line in newer GLSL, not in the one ISF was written for
            out.append(line.rstrip("\\") if "//" in line else line)
            continue
        folders = (path.parent, data_dir("shaders") / "lib")
        inner = next((f / found.group(1) for f in folders if (f / found.group(1)).is_file()), None)
        if inner is None:
            raise ShaderError(
                f'{path}:{at}: include "{found.group(1)}" is not there; looked in ' + ", ".join(map(str, folders))
            )
        if inner in files:
            out.append("")
            continue
        files.append(inner)
        out.append(_expand(_read(inner), inner, len(files) - 1, files))
        out.append(f"#line {number * LINES + at + 1}")
    return "\n".join(out) + "\n"
