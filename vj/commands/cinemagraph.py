"""`vj cinemagraph`: a picture in which one area moves for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Example: `vj cinemagraph lake.jpg --mask rect:0,0.6,1,0.4 --motion ripple -o lake.mp4`"


@common()
def command(
    source: Annotated[Path, typer.Argument(help="A picture or a video", show_default=False)],
    out: Path,
    options: Options,
    mask: Annotated[
        str,
        typer.Option(help="rect:x,y,w,h, polygon:x,y;x,y;x,y (shares or pixels), or a mask.png", show_default=False),
    ],
    motion: Annotated[
        str, typer.Option(help="ripple, flow, sway, drift, own (of a video), or a prompt", show_default=False)
    ] = "",
    strength: Annotated[float, typer.Option(min=0, max=4, help="How far things move")] = 1.0,
    direction: Annotated[float, typer.Option(help="Degrees to which flow flows: 0 right, 90 up")] = 0.0,
    feather: Annotated[float, typer.Option(min=0, max=0.5, help="Soft edge, as a share of the shorter side")] = 0.03,
) -> Made:
    """Let one area of a still picture move in a loop; all else stays as it is, bit for bit."""
    from vj.studio.jobs.cinemagraph import Move, cinemagraph

    return cinemagraph(source, out, options, mask, Move(motion, strength, direction, feather))
