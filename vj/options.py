"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.core.errors import VjError

SetlistArg = Annotated[Path, typer.Argument(help="A setlist, such as setlist.example.toml", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print figures as JSON")]


def size_of(text: str, option: str = "--size") -> tuple[int, int] | None:
    """`1280x720` as even numbers; None when empty. Raises VjError."""
    if not text:
        return None
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(p.isdigit() and 16 <= int(p) <= 16384 for p in parts):
        raise VjError(f"{option} {text}: not a size", "write it as 1280x720 (16 to 16384)")
    return int(parts[0]) & ~1, int(parts[1]) & ~1
