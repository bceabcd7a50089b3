"""Sources by name: `kind:argument` opens vj/sources/KIND.py. A new kind is a file with `open(argument, context)`."""

from __future__ import annotations

import importlib
from pathlib import Path

from vj.core.errors import VjError, nearest
from vj.core.types import FrameSource
from vj.sources.context import SourceContext

_NOT_KINDS = ("__init__", "context", "load")


def kinds() -> tuple[str, ...]:
    """The kinds there are, sorted."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in _NOT_KINDS))


def open_source(text: str, context: SourceContext) -> FrameSource:
    """text: `shader:tunnel`, `video:clip.mp4`. Raises VjError for an unknown kind, or what the source's `open` says."""
    kind, _, argument = text.partition(":")
    known = kinds()
    if kind not in known:
        allowed = ", ".join(f"{k}:" for k in (*known, "feedback"))
        raise VjError(f'source "{text}": unknown kind "{kind}"{nearest(kind, known)}; there are: {allowed}')
    try:
        module = importlib.import_module(f"vj.sources.{kind}")
    except ImportError as error:
        package = error.name or "it"
        raise VjError(f'source "{text}" needs the Python package {package}', f"pip install {package}") from error
    source: FrameSource = module.open(argument, context)
    return source
