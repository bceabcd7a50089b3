"""`vj kenburns`: a camera that finds its own way over a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Examples: `vj kenburns photo.jpg --seconds 12` · `vj kenburns photo.jpg --depth near.png --points 1`"


@common(steps=None, guidance=None)
def command(
    image: Annotated[Path, typer.Argument(help="A picture file", show_default=False)],
    out: Path,
    options: Options,
    points: Annotated[int, typer.Option(min=1, max=8, help="Points of interest to visit")] = 3,
    zoom: Annotated[float, typer.Option(min=0, max=8, help="From widest to closest; 0: as suits the length")] = 0.0,
    parallax: Annotated[float, typer.Option(min=0, max=2, help="0: flat; 2: strong")] = 1.0,
    depth: Annotated[
        Path | None, typer.Option(help="A picture of what is near (white) and far (black)", show_default=False)
    ] = None,
) -> Made:
    """Move over a picture from one point of interest to the next, with parallax."""
    from vj.studio.jobs.kenburns import Eye, kenburns

    return kenburns(image, out, options, Eye(points, zoom, parallax, depth))
