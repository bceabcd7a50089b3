"""`vj prerender`: the pools of a setlist, before doors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vj.commands.pool import halved
from vj.options import Json, SetlistArg

if TYPE_CHECKING:
    from vj.setlist.schema import PoolSpec, Setlist
    from vj.studio.pools import How, PoolMade

EXAMPLE = "Examples: `vj prerender setlist.toml` · `vj prerender setlist.toml --count 200 --ray auto`"
console = Console(stderr=True)
MOST_HALVED = 1000
"""entries of a pool that is made at half the size as well; of larger ones by `vj pool halve`"""


def command(
    setlist: SetlistArg,
    only: Annotated[list[str] | None, typer.Option(help="Only the pool of this name")] = None,
    count: Annotated[int, typer.Option(min=0, help="Entries per pool; 0: as the setlist says, else 100")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The folder for the pools; latent_pools")] = None,
    ray: Annotated[str, typer.Option(help="Spread over a Ray cluster: auto, or its address")] = "",
    workers: Annotated[int, typer.Option(min=0, help="Processes or actors; 0: one per core or GPU")] = 0,
    qc: Annotated[str, typer.Option(help="Check entries: off, warn, retry (another seed), fail")] = "off",
    retries: Annotated[int, typer.Option(min=1, max=20, help="How often --qc retry makes one again")] = 3,
    consent: Annotated[str, typer.Option(help='Of people in your media: "who, what for, date"')] = "",
    as_json: Json = False,
) -> None:
    """Make or complete all pools that a setlist names: dreamed from words, drawn, or from your own images and videos.

    Every entry is kept as soon as it is made. What is there already is not made again.
    """
    from vj.core.errors import VjError
    from vj.setlist.catalog import catalog
    from vj.setlist.load import load
    from vj.studio import pools

    loaded = load(setlist, catalog())
    specs = pools.wanted(loaded)
    if unknown := sorted(set(only or ()) - {spec.name for spec in specs}):
        there = ", ".join(spec.name for spec in specs) or "none"
        raise VjError(f"--only {unknown[0]}: the setlist makes no such pool", f"it makes {there}")
    specs = [spec for spec in specs if not only or spec.name in only]
    specs = [replace(spec, count=count or spec.count, consent=consent or spec.consent) for spec in specs]
    if not specs:
        _say("Nothing to make: every pool that the setlist names is here.")
    for spec in specs:  # all of them, before the first one is made
        pools.allowed(spec, loaded.path.parent)
    how = pools.How(ray, workers, out, say=_say, qc=qc, retries=retries)
    made = [_made(loaded, spec, how, as_json) for spec in specs]
    if as_json:
        print(json.dumps([one.as_dict() for one in made]))


def _made(setlist: Setlist, spec: PoolSpec, how: How, quiet: bool) -> PoolMade:
    from vj.studio import pools

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    there = 0
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet) as progress:
        task = progress.add_task(spec.name, total=spec.count)

        def done(count: int) -> None:
            nonlocal there
            there = count
            progress.update(task, completed=count)

        try:
            made = pools.make(setlist, spec, done, how)
        except KeyboardInterrupt:
            progress.stop()
            _say(
                f"{spec.name}: {there} of {spec.count} entries are made and kept; the same command goes on from there."
            )
            raise
    if made.entries <= MOST_HALVED:
        halved(made.folder, quiet)
    checked = "" if how.qc == "off" else f"; {made.retried} retried, {made.failed} do not pass"
    _say(f"{made.folder}: {made.entries} entries, {made.new} of them new, in {made.took_s:.0f} s{checked}")
    return made


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)
