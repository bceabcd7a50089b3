"""Which shaders there are, without OpenGL: for the setlist's check, menus and `vj list`."""

from __future__ import annotations

from pathlib import Path

from vj.core.errors import ShaderError, nearest
from vj.core.paths import data_dir

KINDS = ("generators", "effects", "transitions")
_WANTED = {"generators": "generator", "effects": "filter", "transitions": "transition"}


def names(kind: str, root: Path | None = None) -> tuple[str, ...]:
    """Names of the shaders in shaders/KIND, sorted; KIND is one of KINDS."""
    folder = (root or data_dir("shaders")) / kind
    return tuple(sorted(path.stem for path in folder.glob("*.fs")))


def find(kind: str, name: str, base: Path | None = None, root: Path | None = None) -> Path:
    """The file of `name`: a name in shaders/KIND, or a path (ends in .fs) relative to `base`, the setlist's folder.

    Raises ShaderError with the nearest name.
    """
    if name.endswith(".fs"):
        path = (base or Path()) / name
        if path.is_file():
            return path
        raise ShaderError(f"{path}: no such shader file")
    path = (root or data_dir("shaders")) / kind / f"{name}.fs"
    if path.is_file():
        return path
    known = names(kind, root)
    raise ShaderError(
        f'no shader "{name}" in shaders/{kind}{nearest(name, known)}; there are: {", ".join(known) or "none"}',
        f"or put it there as {name}.fs",
    )


def wanted(kind: str) -> str:
    """What IsfFile.kind a file of shaders/KIND should have."""
    return _WANTED[kind]
