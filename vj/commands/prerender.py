"""`vj prerender`: the pools of a setlist, before doors."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vj.options import SetlistArg

EXAMPLE = "Example: `vj prerender setlist.toml`"
console = Console(stderr=True)


def command(
    setlist: SetlistArg,
    only: Annotated[list[str] | None, typer.Option(help="Only the pool of this name")] = None,
) -> None:
    """Make all pools that a setlist names: dreamed from words, drawn, or from your own images and videos."""
    from vj.setlist.catalog import catalog
    from vj.setlist.load import load
    from vj.studio import pools

    loaded = load(setlist, catalog())
    specs = [spec for spec in pools.wanted(loaded) if not only or spec.name in only]
    if not specs:
        console.print("Nothing to make: every pool that the setlist names is here.", soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    for spec in specs:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task(spec.name, total=spec.count)
            folder = pools.make(loaded, spec, lambda done, task=task: progress.update(task, completed=done))  # type: ignore[misc]
        console.print(f"{folder}: {spec.count} entries", soft_wrap=True)
