"""`vj engine`: the runtimes of the dreaming engine on this machine."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from vj.options import Json

app = typer.Typer(help="Build, compare and clear what the engine compiles for this machine.", no_args_is_help=True)
console = Console(stderr=True)

Pool = Annotated[str, typer.Option(help="The pool whose size of latents to build for")]
Threads = Annotated[int, typer.Option(min=0, help="As in the setlist; 0: what the engine takes by itself")]


@app.command(epilog="Example: `vj engine build`")
def build(
    runtime: Annotated[str, typer.Option(help="compiled, tensorrt, or auto: all that this machine can have")] = "auto",
    pool: Pool = "house",
    threads: Threads = 0,
) -> None:
    """Compile the model for this machine. Half a minute or more, once; shows run without it."""
    from vj.studio import runtimes

    with Status("", console=console) as status:
        for line in runtimes.build(runtime, pool, threads, status.update):
            console.print(line, soft_wrap=True)


@app.command("list", epilog="Example: `vj engine list`")
def list_(as_json: Json = False) -> None:
    """What is compiled, and which runtime won where."""
    from vj.studio import runtimes

    found = runtimes.artefacts()
    if as_json:
        print(json.dumps(found, indent=2))
        return
    table = Table("runtime", "file", "MB", "made", "difference from fp32")
    for row in found["artefacts"]:
        table.add_row(row["runtime"], row["file"], f"{row['mb']:.1f}", row["made"], str(row["error"]))
    Console().print(table)
    for place, name in found["winners"].items():
        Console().print(f"{name} is fastest on {place}", soft_wrap=True, markup=False)


@app.command(epilog="Example: `vj engine bench --json`")
def bench(pool: Pool = "house", threads: Threads = 0, as_json: Json = False) -> None:
    """Measure every runtime that is here on the live path, and remember the fastest for this machine."""
    from vj.studio import runtimes

    with Status("measuring", console=console) as status:
        found = runtimes.bench(pool, threads, status.update)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for name, row in found["runtimes"].items():
        print(f"{name}: " + (row if isinstance(row, str) else ", ".join(f"{k} {v}" for k, v in row.items())))
    print(f"fastest: {found['winner']}")


@app.command(epilog="Example: `vj engine clear`")
def clear() -> None:
    """Delete everything that was compiled; `vj engine build` makes it again."""
    from vj.studio import runtimes

    count, size = runtimes.clear()
    console.print(f"{count} files, {size / 1e6:.1f} MB")
