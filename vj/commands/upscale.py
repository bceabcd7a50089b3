"""`vj upscale`: a video at twice or four times its size, or at any."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Examples: `vj upscale clip.mp4 -o large.mp4` · `vj upscale clip.mp4 --size 3840x2160 --radius 1`"


@common(seed=None, steps=None, guidance=None)
def command(
    video: Annotated[Path, typer.Argument(help="A video file", show_default=False)],
    out: Path,
    options: Options,
    factor: Annotated[int, typer.Option(help="2 or 4; --size makes any size")] = 2,
    radius: Annotated[int, typer.Option(min=0, max=4, help="Neighbours to take detail from; 0: fast")] = 2,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Of back-projection")] = 5,
) -> Made:
    """Make a video larger, with detail that the frames around each frame saw."""
    from vj.studio.jobs.upscale import upscale

    return upscale(video, out, options, factor, radius, rounds)
