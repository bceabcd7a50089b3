"""`setlist.toml` to frozen dataclasses, checked whole: every mistake at once, or a setlist that will play."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import re
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from vj.core.errors import SetlistError, nearest
from vj.core.types import Value
from vj.setlist.catalog import Catalog
from vj.setlist.checks import check
from vj.setlist.schema import Setlist
from vj.setlist.tables import CHOICES, RANGES, Row, rows, within, words

_T = TypeVar("_T")
_BAD = object()


def load(path: Path, catalog: Catalog) -> Setlist:
    """The show a file describes. Raises SetlistError with a line for every mistake in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = nearest(path.name, [p.name for p in path.parent.glob("*.toml")])
        raise SetlistError(str(path), [f"{path}: cannot be read: {error.strerror}{hint}"]) from None
    return loads(data, path, catalog)


def loads(data: bytes, path: Path, catalog: Catalog) -> Setlist:
    """The same from a file's bytes; `path` is what messages name and what media paths are relative to."""
    try:
        raw = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SetlistError(str(path), [f"{path}:{line}: not UTF-8 text"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SetlistError(str(path), [_syntax(str(error), path, data)]) from None
    reader = Reader(path)
    setlist = reader.table(Setlist, raw, "", path=path, digest=hashlib.sha256(data).hexdigest())
    mistakes = [*reader.mistakes, *(f"{path}: {line}" for line in check(setlist, catalog, reader.bad))]
    if mistakes:
        raise SetlistError(str(path), mistakes)
    return setlist


def _syntax(message: str, path: Path, data: bytes) -> str:
    """`file:line:col: what` from tomllib's message."""
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.S)
    if found:
        return f"{path}:{found[2]}:{found[3]}: {found[1]}"
    lines = data.decode("utf-8").splitlines() or [""]
    return (
        f"{path}:{len(lines)}:{len(lines[-1]) + 1}: {message.removesuffix(' (at end of document)')}: the file ends here"
    )


def show(value: object) -> str:
    """A value as TOML would write it, cut short."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    text = text.replace("'", '"') if isinstance(value, (str, list)) else text
    return text if len(text) <= 60 else f"{text[:57]}..."


class Reader:
    """Builds dataclasses from tables by their fields; what does not fit is noted and its default stands in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.mistakes: list[str] = []
        self.bad: set[str] = set()
        """key paths that are wrong already: no second complaint about them"""

    def note(self, key: str, got: object, allowed: str, hint: str = "") -> None:
        self.mistakes.append(f"{self._path}: {key}: got {show(got)}, allowed: {allowed}{hint}")
        self.bad.add(key)

    def table(self, cls: type[_T], raw: Any, at: str, **given: Any) -> _T:
        """A dataclass from a table; `at` is its key path, `given` are fields that are not in the file."""
        here = f"{at}." if at else ""
        known = {row.key: row for row in rows(cls)}
        if not isinstance(raw, Mapping):
            self.note(at, raw, f"a table with {', '.join(known)}")
            raw = {}
            self.bad.update(here + key for key in known)
        values: dict[str, Any] = dict(given)
        loose = {key: raw[key] for key in raw if key not in known}
        if "params" not in known:
            for key in loose:
                self.mistakes.append(
                    f"{self._path}: {here}{key}: no such key{nearest(key, known)}; allowed: {', '.join(known)}"
                )
        for row in known.values():
            value: Any = _BAD
            if row.name == "params":
                value = self._params(raw.get("params", {}), loose, here)
            elif row.key in raw:
                value = self._value(cls, row, raw[row.key], here + row.key)
            elif row.required:
                self.mistakes.append(f"{self._path}: {here}{row.key}: missing; allowed: {words(row.hint)}")
                self.bad.add(here + row.key)
            if value is _BAD:
                # something must stand in for what is wrong, so that the rest can be checked
                value = ("" if row.hint is str else ()) if row.required else row.default
            values[row.name] = value
        return cls(**values)

    def _value(self, cls: type, row: Row, raw: Any, at: str) -> Any:
        """A field's value, or _BAD."""
        if dataclasses.is_dataclass(row.hint):
            return self.table(typing.cast(type[Any], row.hint), raw, at)
        args = typing.get_args(row.hint)
        if args and dataclasses.is_dataclass(args[0]):
            part = typing.cast(type[Any], args[0])
            if not isinstance(raw, list):
                self.note(at, raw, f"a list of tables ([[{at}]])")
                return _BAD
            return tuple(self.table(part, item, f"{at}[{n}]") for n, item in enumerate(raw))
        value = convert(row.hint, raw)
        if value is _BAD or not _allowed(cls, row.name, value):
            limits = within(cls, row.name)
            allowed = ", ".join(filter(None, (words(row.hint), limits))) if value is _BAD else limits
            choices = [c for c in CHOICES.get((cls, row.name), ()) if isinstance(c, str)]
            self.note(at, raw, allowed, nearest(raw, choices) if isinstance(raw, str) else "")
            return _BAD
        return value

    def _params(self, raw: Any, loose: Mapping[str, Any], here: str) -> Mapping[str, Value]:
        """Parameters stand beside the table's own keys; `params = {...}` is for names that collide with those."""
        if not isinstance(raw, Mapping):
            self.note(f"{here}params", raw, "a table of parameters")
            raw = {}
        out: dict[str, Value] = {}
        for key, value in {**loose, **raw}.items():
            made = _param(value)
            if made is None:
                self.note(here + key, value, "number, true or false, or a list of 2 to 4 numbers")
            else:
                out[key] = made
        return out


def _number(raw: Any) -> bool:
    return isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw)


def _param(raw: Any) -> Value | None:
    if isinstance(raw, bool):
        return raw
    if _number(raw):
        return float(raw)
    if isinstance(raw, list) and 2 <= len(raw) <= 4 and all(map(_number, raw)):
        return tuple(float(x) for x in raw)
    return None


def convert(hint: Any, raw: Any) -> Any:
    """raw as the type `hint`, or _BAD. A whole number is a number; nothing else is converted."""
    if hint is bool or hint is str:
        return raw if isinstance(raw, hint) else _BAD
    if hint is int:
        return raw if isinstance(raw, int) and not isinstance(raw, bool) else _BAD
    if hint is float:
        return float(raw) if _number(raw) else _BAD
    args = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and isinstance(raw, list):
        inner = [args[0]] * len(raw) if args[-1] is Ellipsis else list(args)
        made = [convert(h, r) for h, r in zip(inner, raw, strict=False)]
        return tuple(made) if len(inner) == len(raw) and _BAD not in made else _BAD
    return _BAD


def _flat(value: Any) -> list[Any]:
    return [x for item in value for x in _flat(item)] if isinstance(value, tuple) else [value]


def _allowed(cls: type, name: str, value: Any) -> bool:
    if (cls, name) in CHOICES:
        return value in CHOICES[cls, name]
    lo, hi = RANGES.get((cls, name), (-math.inf, math.inf))
    return all(lo <= x <= hi for x in _flat(value) if not isinstance(x, str))
