"""What every key of a setlist may be: one row per key, for the loader, the messages and docs/setlist.md."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Mapping
from typing import Any

from vj.control.lfo import SHAPES
from vj.control.mapping import CURVES, TAKEOVERS
from vj.core.types import Binding
from vj.setlist.schema import (
    AudioSpec,
    EffectSpec,
    EngineShow,
    EngineSpec,
    LayerSpec,
    LfoSpec,
    PoolSpec,
    Scene,
    Setlist,
    ShowSpec,
    TransitionSpec,
)
from vj.setlist.timing import BEATS

KEYS: Mapping[str, str] = {"scenes": "scene", "layers": "layer", "binds": "bind", "lfos": "lfo", "pools": "pool"}
"""Fields whose TOML key is another word: `[[scene]]` is one of the `scenes`."""

RANGES: Mapping[tuple[type, str], tuple[float, float]] = {
    (ShowSpec, "size"): (16, 8192),
    (ShowSpec, "fps"): (1, 240),
    (ShowSpec, "seed"): (0, 2**31 - 1),
    (ShowSpec, "latency_ms"): (0, 500),
    (AudioSpec, "channels"): (1, 256),
    (AudioSpec, "gain_db"): (-60, 60),
    (AudioSpec, "bpm"): (30, 300),
    (EngineShow, "size"): (64, 2048),
    (EngineShow, "threads"): (0, 256),
    (EngineShow, "fps"): (0, 120),
    (PoolSpec, "count"): (1, 1000),
    (PoolSpec, "frames"): (2, 64),
    (PoolSpec, "size"): (64, 2048),
    (PoolSpec, "seed"): (0, 2**31 - 1),
    (Scene, "bars"): (0, 4096),
    (LayerSpec, "opacity"): (0, 1),
    (TransitionSpec, "beats"): (0, 256),
    (EngineSpec, "strength"): (0, 1),
    (EngineSpec, "steps"): (1, 16),
    (EngineSpec, "hold"): (0, 256),
    (EngineSpec, "morph"): (0, 256),
    (EngineSpec, "motion"): (0.25, 256),
    (EngineSpec, "closeness"): (0, 1),
    (EngineSpec, "prompts"): (-10, 10),
    (EngineSpec, "attr"): (-1.5, 1.5),
    (LfoSpec, "beats"): (0.03125, 4096),
    (LfoSpec, "phase"): (-1, 1),
    (Binding, "lo"): (-1e6, 1e6),
    (Binding, "hi"): (-1e6, 1e6),
    (Binding, "attack_s"): (0, 60),
    (Binding, "release_s"): (0, 60),
}
"""Smallest and largest number, both allowed; of a list: of each of its numbers."""

CHOICES: Mapping[tuple[type, str], tuple[str | int, ...]] = {
    (AudioSpec, "hop"): (128, 256),
    (EngineShow, "runtime"): ("auto", "eager", "compiled"),
    (EngineSpec, "mode"): ("morph", "drift", "cut", "loop", "nearest", "stream"),
    (TransitionSpec, "quantise"): tuple(BEATS),
    (LfoSpec, "shape"): tuple(SHAPES),
    (Binding, "curve"): tuple(CURVES),
    (Binding, "takeover"): TAKEOVERS,
}

HIDDEN = ((Setlist, "path"), (Setlist, "digest"))
"""Fields that are not keys of the file."""

PARTS = (
    *(ShowSpec, AudioSpec, EngineShow, PoolSpec, LfoSpec, Binding),
    *(Scene, LayerSpec, EffectSpec, TransitionSpec, EngineSpec),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One key of a table of the file."""

    name: str
    """of the field"""
    key: str
    """in the file"""
    hint: Any
    """the field's type"""
    required: bool
    default: Any


def rows(cls: type) -> tuple[Row, ...]:
    """The keys a dataclass takes from the file, in order."""
    hints = typing.get_type_hints(cls)
    out = []
    for f in dataclasses.fields(cls):
        if (cls, f.name) in HIDDEN:
            continue
        made = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
        if made is dataclasses.MISSING and dataclasses.is_dataclass(hints[f.name]):
            made = hints[f.name]()  # a table that is left out is one without keys
        required = made is dataclasses.MISSING
        out.append(Row(f.name, KEYS.get(f.name, f.name), hints[f.name], required, None if required else made))
    return tuple(out)


def number(value: float) -> str:
    """A bound as people write it: 1, 0.25."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e10 else f"{value:g}"


def within(cls: type, name: str) -> str:
    """What is allowed for a field, beside its type: a range, choices, or nothing."""
    if (cls, name) in RANGES:
        lo, hi = RANGES[cls, name]
        return f"{number(lo)} to {number(hi)}" if math.isfinite(hi) else f"at least {number(lo)}"
    return ", ".join(str(c) for c in CHOICES.get((cls, name), ()))


_WORDS: Mapping[Any, str] = {
    str: "text",
    float: "number",
    int: "whole number",
    bool: "true or false",
    tuple[str, ...]: "list of texts",
    tuple[int, ...]: "list of whole numbers",
    tuple[int, int]: "[width, height], whole numbers",
    tuple[float, float]: "[lowest, highest], numbers",
    tuple[tuple[str, float], ...]: "list of [text, weight]",
}


def words(hint: Any) -> str:
    """A field's type in the words of the messages and the docs."""
    if hint in _WORDS:
        return _WORDS[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and dataclasses.is_dataclass(args[0]):
        return "list of tables"
    return "table"


def written(value: Any) -> str:
    """A default as the file would say it; empty for an empty list, table or text."""
    if dataclasses.is_dataclass(value) or value is None or value in ((), {}, ""):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return number(value) if isinstance(value, (int, float)) else f'"{value}"'


def table(cls: type) -> list[str]:
    """How the rows of a part's table in docs/setlist.md begin: key, type, allowed, default; what it means follows."""
    out = []
    for row in rows(cls):
        default = "required" if row.required else f"`{written(row.default)}`" if written(row.default) else ""
        cells = (f"`{row.key}`", words(row.hint), within(cls, row.name), default)
        out.append("| " + " | ".join(cells) + " |")
    return out
