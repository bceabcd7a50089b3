"""`vj label`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from vj.core.errors import VjError, nearest
from vj.labels.about import SOURCES, About

EXAMPLE = "Examples: `vj label show.mp4` · `vj label picture.png --kind generated`"


def command(
    files: Annotated[list[Path], typer.Argument(help="mp4, png or jpg", show_default=False)],
    kind: Annotated[
        str, typer.Option(help=f"How it was made: {', '.join(SOURCES)}; files of vj say it themselves")
    ] = "",
) -> None:
    """Label files, or label them anew: XMP and a signed C2PA manifest.

    A manifest that is there already becomes the parent of the new one."""
    from vj.labels.seal import label
    from vj.labels.verify import about_of

    if kind and kind not in SOURCES:
        raise VjError(f"--kind {kind}{nearest(kind, SOURCES)}", f"one of {', '.join(SOURCES)}")
    for path in files:
        found = about_of(path)
        if found is None and not kind:
            raise VjError(f"{path}: does not say how it was made", f"say it: --kind {', '.join(SOURCES)}")
        about = replace(found, kind=kind or found.kind) if found else About(kind)
        try:
            label(path, about)
        except OSError as error:
            raise VjError(f"{path}: {error.strerror or error}", "make room, or write to another folder") from None
        Console(stderr=True).print(f"{path}: {SOURCES[about.kind]}", markup=False, highlight=False, soft_wrap=True)
