"""`vj qc`: is a video free of faults, and where are they."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vj.options import Json

if TYPE_CHECKING:
    from vj.studio.qc import Checked, Verdict

EXAMPLE = (
    'Examples: `vj qc clip.mp4 --report out.html` · `vj qc tunnel.mp4 --prompt "slow violet tunnel"` · '
    "`vj qc a.mp4 b.mp4 --only black,cuts`"
)
FAILS = 3
"""exit code when a check fails; 2 is that of errors"""
WORDS = {True: ("ok", "green"), False: ("fails", "bold red"), None: ("not applicable", "dim")}
SPANS = 4
"""places that are told in one row; --json and the report tell all of them"""


def command(
    videos: Annotated[list[Path], typer.Argument(help="Videos, from anywhere", show_default=False)],
    prompt: Annotated[str, typer.Option(help="What should be seen; else as the file's label says")] = "",
    only: Annotated[str, typer.Option(help="Only these checks: black,cuts,...", show_default=False)] = "",
    loop: Annotated[bool, typer.Option("--loop", help="It is meant to be played as a loop")] = False,
    report: Annotated[Path | None, typer.Option(help="Write a page with the places to look at", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Check videos: black, frozen and repeated frames, cuts, flicker, flashes, things that turn into others, and more.

    Exit code 0: nothing is wrong; 3: something is; 2: a file cannot be read.
    """
    from vj.core.errors import VjError
    from vj.files.video import probe
    from vj.studio.qc import Asked, check

    asked = Asked(prompt, tuple(only.split(",")) if only else (), loop)
    if report and not report.resolve().parent.is_dir():
        raise VjError(f"{report}: the folder {report.resolve().parent} is not there", "make it, or choose another")
    for video in videos:
        probe(video)  # better now than after an hour with the others
    found = [check(video, asked, quiet=as_json) for video in videos]
    if as_json:
        print(json.dumps({"ok": all(one.ok for one in found), "files": [one.as_dict() for one in found]}))
    else:
        for one in found:
            _show(one)
    if report:
        from vj.studio.qcreport import page

        report.write_text(page(found), "utf-8")
        Console(stderr=True).print(f"report: {report}", soft_wrap=True, markup=False, highlight=False)
    if not all(one.ok for one in found):
        raise typer.Exit(FAILS)


def _show(one: Checked) -> None:
    said, console = one.as_dict(), Console()
    size = f"{one.info.size[0]}x{one.info.size[1]}"
    head = f"{one.info.path}: {said['frames']} frames {size}, {said['seconds']:.1f} s"
    console.print(head, soft_wrap=True, markup=False, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("check", "score", "", "why, and where"):
        table.add_column(name, no_wrap=name in ("check", "score"), overflow="fold")
    for verdict in one.verdicts:
        word, style = WORDS[verdict.ok]
        reason = Text(verdict.reason, style="dim" if verdict.ok is not False else "")
        if verdict.ok is False and verdict.where:
            reason.append(_where(one, verdict), style="not bold")
        table.add_row(verdict.name, _bar(verdict.score), Text(word, style), reason)
    console.print(table)
    if one.vbench:
        figures = ", ".join(f"{name} {value:.4g}" for name, value in one.vbench.items())
        console.print(f"For comparison with tables: {figures}", soft_wrap=True, markup=False, highlight=False)


def _bar(score: float | None, cells: int = 8) -> str:
    if score is None:
        return ""
    full = int(round(score, 2) * cells)  # only what is flawless is full
    return "█" * full + "░" * (cells - full) + f" {score:.2f}"


def _where(one: Checked, verdict: Verdict) -> str:
    told = []
    for span in verdict.where[:SPANS]:
        first, last = one.seconds(span)
        frames = f"frame {span.first}" if span.first == span.last else f"frames {span.first}-{span.last}"
        told.append(f"\n  {first:.2f}-{last:.2f} s, {frames}")
    more = len(verdict.where) - SPANS
    return "".join(told) + (f"\n  and {more} more places" if more > 0 else "")
