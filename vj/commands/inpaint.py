"""`vj inpaint`: a video without something that is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.core.errors import VjError
from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Examples: `vj inpaint clip.mp4 --box 20,20,120,40` · `vj inpaint clip.mp4 --track 300,120,80,160`"


@common()
def command(
    video: Annotated[Path, typer.Argument(help="A video file", show_default=False)],
    out: Path,
    options: Options,
    mask: Annotated[Path | None, typer.Option(help="A picture or a video; white goes", show_default=False)] = None,
    box: Annotated[str, typer.Option(help="x,y,w,h in pixels: the same place throughout", show_default=False)] = "",
    track: Annotated[str, typer.Option(help="x,y,w,h in the first frame: followed", show_default=False)] = "",
    grow: Annotated[int, typer.Option(min=0, max=200, help="Pixels that the mask is made larger by; 0: h/180")] = 0,
    feather: Annotated[int, typer.Option(min=0, max=200, help="Pixels over which its edge fades")] = 4,
    prompt: Annotated[str, typer.Option(help="What to dream where no frame shows anything", show_default=False)] = "",
) -> Made:
    """Take something out of a video; what is behind it comes from the frames before and after."""
    from vj.studio.jobs.inpaint import Area, Edge, taken_out

    area = Area(mask, box_of(box, "--box"), box_of(track, "--track"))
    return taken_out(video, out, options, area, Edge(grow, feather, prompt))


def box_of(text: str, option: str) -> tuple[float, float, float, float] | None:
    """`x,y,w,h` as numbers; None when empty. Raises VjError."""
    if not text:
        return None
    try:
        x, y, w, h = (float(part) for part in text.split(","))
    except ValueError:
        raise VjError(f"{option} {text}: not a box", "write it as x,y,w,h in pixels, such as 20,20,120,40") from None
    return x, y, w, h
