"""`vj verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from vj.labels.verify import SAME, Report
from vj.labels.verify import verify as verified
from vj.options import Json

EXAMPLE = "Examples: `vj verify out.mp4` · `vj verify latent_pools/house --json`"
COLOURS = {0: "green", 3: "yellow", 4: "red"}


def command(
    files: Annotated[list[Path], typer.Argument(help="mp4, png, jpg, or the folder of a pool", show_default=False)],
    as_json: Json = False,
) -> None:
    """Say what files say of themselves, who signed that, and whether they were changed since.

    Ends with 0 when all are labelled and unchanged, 3 when one is not labelled, 4 when one was changed."""
    console = Console(stderr=True)
    with console.status("looking"):
        reports = [verified(path) for path in files]
    if as_json:
        print(json.dumps([report.as_dict() for report in reports], indent=2))
    else:
        for report in reports:
            _show(report)
    raise typer.Exit(max(report.verdict for report in reports))


def _show(report: Report) -> None:
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"{report.path}: {report.word}", style=COLOURS[report.verdict], markup=False)
    if report.reason:
        out.print(f"  {report.reason}", markup=False)
    if report.signer:
        known = "a root that is trusted here" if report.trusted else "not trusted here"
        out.print(f"  signed by {report.signer} ({known})", markup=False)
    table = Table("layer", "state", "what it says", box=None, padding=(0, 1), pad_edge=False)
    for layer in report.layers:
        told = [
            f"{name}: {_short(value)}" for name, value in layer.said.items() if name not in ("source_type", "whole")
        ]
        told = [] if layer.note == SAME else told
        table.add_row(layer.name, layer.state, "\n".join(filter(None, (layer.source_type, layer.note, *told))))
    for name, state in report.files.items():
        table.add_row(name, state, "")
    Console(highlight=False, markup=False).print(Padding(table, (0, 0, 0, 2)))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
