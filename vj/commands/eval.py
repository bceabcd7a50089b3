"""`vj eval`: what the house model is worth, in figures and in pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from vj.options import Json

app = typer.Typer(help="Measure the house model.", no_args_is_help=True)


@app.command(epilog="Example: `vj eval model --json --only obedience`")
def model(
    only: Annotated[list[str] | None, typer.Option(help="A section: autoencoder, speed, distance, ...")] = None,
    clips: Annotated[int, typer.Option(min=64, help="Held-out pictures for the distances")] = 2048,
    threads: Annotated[int, typer.Option(min=0, help="Of the processor; 0: all")] = 0,
    as_json: Json = False,
) -> None:
    """Measure the model on clips and captions that it never saw. All of it takes about half an hour."""
    from vj.studio.evaluate import evaluate

    console = Console(stderr=True)
    with Status("", console=console) as status:
        found = evaluate(only or [], clips, threads, lambda text: status.update(text))
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for section, figures in found.items():
        print(section)
        for name, value in figures.items():
            print(f"  {name}: {value}")


@app.command(epilog="Example: `vj eval sheets -o docs`")
def sheets(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pictures")] = Path("docs"),
    threads: Annotated[int, typer.Option(min=0, help="Of the processor; 0: all")] = 0,
) -> None:
    """Draw contact sheets: samples with their prompts, a blend of two prompts, an unlabelled sheet and its key."""
    from vj.studio.sheets import draw_all

    console = Console(stderr=True)
    with Status("", console=console) as status:
        for path in draw_all(out, threads, lambda text: status.update(text)):
            console.print(str(path), soft_wrap=True)
