"""What a setlist may name: shaders and their parameters, blend modes, pools, kinds of sources."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vj.core.errors import ShaderError
from vj.core.paths import data_dir
from vj.core.types import Param

Shaders = Mapping[str, tuple[Param, ...]]

SOURCES: Mapping[str, str] = {
    "shader": "a generator",
    "neural": "a pool",
    "restyle": "another source",
    "image": "a file",
    "video": "a file",
    "camera": "a camera's number, name or address",
    "feedback": "nothing: the last picture",
}
"""Kinds of sources and what follows the colon."""


def _unread(path: Path) -> tuple[Param, ...] | None:
    return None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Names to parameters. `read` looks into a shader file that the setlist names by its path.

    It returns None when it does not know the parameters (then any are allowed) and raises ShaderError.
    """

    generators: Shaders
    effects: Shaders
    transitions: Shaders
    blends: tuple[str, ...] = ("normal",)
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """pool -> names of its entries; no names: not known, any are allowed"""
    sources: Mapping[str, tuple[Param, ...] | None] = field(default_factory=lambda: dict.fromkeys(SOURCES))
    """kinds of sources -> their parameters; None: not known, any are allowed"""
    read: Callable[[Path], tuple[Param, ...] | None] = _unread


def _shaders(folder: str) -> Shaders:
    """Every shader of a folder that can be read; one that cannot is left out and is then an unknown name."""
    from vj.render import isf

    out: dict[str, tuple[Param, ...]] = {}
    for path in sorted((data_dir("shaders") / folder).glob("*.fs")):
        try:
            out[path.stem] = isf.load(path).params
        except ShaderError:
            continue
    return out


def _entries(path: Path) -> tuple[str, ...]:
    """Names of a pool's entries, as pool.toml lists them."""
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("entries", [])
    except (OSError, ValueError):
        return ()
    names = [row.get("name") if isinstance(row, dict) else row for row in rows] if isinstance(rows, list) else []
    return tuple(name for name in names if isinstance(name, str))


def _sources() -> dict[str, tuple[Param, ...] | None]:
    from vj.render.fit import PARAMS
    from vj.sources import camera
    from vj.sources.load import kinds
    from vj.sources.neural import Neural
    from vj.sources.video import SPEED

    known: dict[str, tuple[Param, ...]] = {
        "feedback": (),
        "image": PARAMS,
        "video": (*PARAMS, SPEED),
        "camera": camera.PARAMS,
        "neural": Neural.params,
    }
    return {**dict.fromkeys(kinds()), **known}


def catalog() -> Catalog:
    """What is here: shaders/, latent_pools/ and the blend modes. Needs no OpenGL context."""
    from vj.render import isf
    from vj.render.blend import MODES

    pools = {path.parent.name: _entries(path) for path in sorted(data_dir("latent_pools").glob("*/pool.toml"))}
    return Catalog(
        generators=_shaders("generators"),
        effects=_shaders("effects"),
        transitions=_shaders("transitions"),
        blends=tuple(MODES),
        pools=pools,
        sources=_sources(),
        read=lambda path: isf.load(path).params,
    )
