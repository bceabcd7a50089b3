"""`vj pool`: what is in the pools, are they whole, many into one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from vj.options import Json

app = typer.Typer(help="List, show, merge, verify and draw latent pools.", no_args_is_help=True)
NameArg = Annotated[str, typer.Argument(help="A pool of latent_pools, or its folder", show_default=False)]


@app.command("ls", epilog="Example: `vj pool ls`")
def ls(as_json: Json = False) -> None:
    """Every pool: entries, loops, size, and what they were made from."""
    from vj.studio import poolbook

    found = poolbook.ls()
    if as_json:
        print(json.dumps([one.as_dict() for one in found]))
        return
    table = Table("pool", "entries", "frames", "size", "MB", "from", box=None)
    for one in found:
        made = one.wrong or ", ".join(f"{count} {kind}" for kind, count in one.sources)
        figures = (str(one.entries), str(one.frames), f"{one.size[0]}x{one.size[1]}", f"{one.megabytes:.1f}")
        table.add_row(one.name, *(("",) * 4 if one.wrong else figures), made)
    _print(table)


@app.command("show", epilog="Example: `vj pool show house --tag calm`")
def show(
    name: NameArg,
    tag: Annotated[str, typer.Option(help="Only entries with this tag: still, calm, dark, blue, tunnel ...")] = "",
    most: Annotated[int, typer.Option(min=0, help="At most so many entries; 0: all")] = 0,
    as_json: Json = False,
) -> None:
    """The entries of a pool: name, tags, energy, brightness, colours, caption."""
    from vj.studio import poolbook

    found = poolbook.rows(name, most, tag)
    if as_json:
        print(json.dumps(found))
        return
    table = Table("entry", "tags", "energy", "brightness", "colours", "caption", box=None)
    for row in found:
        colours = "".join(f"[{colour}]\u2588\u2588[/]" for colour in row["palette"])
        figures = (f"{row['energy']:.2f}", f"{row['brightness']:.2f}")
        table.add_row(_plain(row["name"]), " ".join(row["tags"]), *figures, colours, _plain(row["caption"]))
    _print(table)


@app.command("verify", epilog="Example: `vj pool verify house`")
def verify(name: NameArg, as_json: Json = False) -> None:
    """Read every byte of a pool and compare it with the sha256 that was stored with it."""
    from vj.studio import poolbook

    said = poolbook.verify(name)
    print(json.dumps({"pool": name, "said": said, "whole": True}) if as_json else f"{name}: {said}")


@app.command("merge", epilog="Example: `vj pool merge night ink -o both`")
def merge(
    names: Annotated[list[str], typer.Argument(help="Pools, or their folders", show_default=False)],
    out: Annotated[str, typer.Option("--out", "-o", help="The new pool: a name, or a path with a / in it")],
    as_json: Json = False,
) -> None:
    """All entries of several pools in one new pool. Latents stay as they are; a name that comes twice is numbered."""
    from vj.studio import poolbook

    made = poolbook.merge(names, out)
    _tell(made.as_dict(), f"{made.name}: {made.entries} entries, {made.megabytes:.1f} MB", as_json)


@app.command("halve", epilog="Example: `vj pool halve night`")
def halve(
    names: Annotated[list[str], typer.Argument(help="Pools, or their folders", show_default=False)],
    as_json: Json = False,
) -> None:
    """Pools for slow machines too: their loops at half the size, sharp. `vj prerender` does it by itself."""
    for name in names:
        new = halved(name, as_json)
        said = "half.safetensors is made" if new else "half.safetensors was there"
        _tell({"pool": name, "new": new}, f"{name}: {said}", as_json)


def halved(name: str, quiet: bool) -> bool:
    """As `poolbook.halve`, with a bar."""
    from vj.studio import poolbook

    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as progress:
        task = progress.add_task(f"{name} at half the size", total=None)
        return poolbook.halve(name, lambda made, of: progress.update(task, completed=made, total=of))


@app.command("sheet", epilog="Example: `vj pool sheet house -o sheet.png`")
def sheet(
    name: NameArg,
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture to write")] = Path("sheet.png"),
    as_json: Json = False,
) -> None:
    """Thumbnails of a pool (120 of a larger one, spread over it) with names and tags."""
    from vj.studio import poolbook

    count = poolbook.sheet(name, out)
    _tell({"path": str(out), "entries": count}, f"{out}: {count} entries", as_json)


def _tell(figures: dict[str, Any], line: str, as_json: bool) -> None:
    print(json.dumps(figures) if as_json else line)


def _print(table: Table) -> None:
    there = Console()
    (there if there.is_terminal else Console(width=240)).print(table)


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
