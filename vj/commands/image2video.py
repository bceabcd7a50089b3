"""`vj image2video`: a video out of one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = (
    "Examples: `vj image2video photo.jpg --motion 'zoom(in,1.5)'` · `vj image2video photo.jpg --motion 'blue ink'`"
)


@common()
def command(
    image: Annotated[Path, typer.Argument(help="A picture file", show_default=False)],
    out: Path,
    options: Options,
    motion: Annotated[
        str,
        typer.Option(
            help="zoom(in|out,1.3), pan(left|right|up|down,0.2), rotate(15), parallax(3), natural, or a prompt"
        ),
    ] = "natural",
    strength: Annotated[float, typer.Option(min=0, max=1, help="Of parallax and of dreams")] = 0.7,
) -> Made:
    """Set a picture in motion: with a camera, with parallax, or by dreaming on from it."""
    from vj.studio.jobs.image2video import image2video

    return image2video(image, out, options, motion, strength)
