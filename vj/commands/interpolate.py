"""`vj interpolate`: a video at another rate, slower, or closed to a loop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Examples: `vj interpolate clip.mp4 --fps 60` · `vj interpolate clip.mp4 --speed 0.25 --loop -o slow.mp4`"


@common(seed=None, steps=None, guidance=None)
def command(
    video: Annotated[Path, typer.Argument(help="A video file", show_default=False)],
    out: Path,
    options: Options,
    speed: Annotated[float, typer.Option(help="0.25: four times slower; the sound is kept at 1")] = 1.0,
    loop: Annotated[bool, typer.Option("--loop", help="Let the last frame flow into the first")] = False,
) -> Made:
    """Put frames between frames: any rate (default: twice as many), slow motion; those that were there stay."""
    from vj.studio.jobs.interpolate import interpolate

    return interpolate(video, out, options, speed, loop)
