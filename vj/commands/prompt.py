"""`vj prompt`: what the house model makes of words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from vj.options import Json

EXAMPLE = 'Example: `vj prompt "slow violet tunnel of wet stone" -o preview.png`'


def command(
    text: Annotated[str, typer.Argument(help="A prompt", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A PNG of four pictures that it gives")] = None,
    as_json: Json = False,
) -> None:
    """Show which words the house model knows, what it reads in the others, and a preview."""
    from vj.studio.prompt import preview, read

    found = read(text)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        console = Console()
        table = Table("word", "known", "nearest known words")
        for row in found["words"]:
            near = ", ".join(f"{name} ({score:.2f})" for name, score in row["nearest"])
            table.add_row(row["word"], "yes" if row["known"] else "no", near)
        console.print(table)
        said = ", ".join(f"{name} {value:+.2f}" for name, value in found["attributes"].items())
        console.print(f"Read as: {said or 'nothing in particular'}", markup=False, soft_wrap=True)
    if out is not None:
        preview(text, out)
        Console(stderr=True).print(f"{out}: four seeds", soft_wrap=True)
