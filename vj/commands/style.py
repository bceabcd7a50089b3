"""`vj style`: a video in another manner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common
from vj.studio.options import Made, Options

EXAMPLE = "Examples: `vj style clip.mp4 --reference painting.jpg` · `vj style clip.mp4 --prompt 'molten gold'`"


@common()
def command(
    video: Annotated[Path, typer.Argument(help="A video file", show_default=False)],
    out: Path,
    options: Options,
    prompt: Annotated[str, typer.Option(help="What the house model shall dream over it", show_default=False)] = "",
    reference: Annotated[
        Path | None, typer.Option(help="A picture whose colours and strokes it shall have", show_default=False)
    ] = None,
    strength: Annotated[float, typer.Option(min=0, max=1, help="0: the source; 1: bold")] = 0.7,
) -> Made:
    """Draw a video in the manner of a picture, or dream over it after words, without flicker."""
    from vj.studio.jobs.style import style

    return style(video, out, options, prompt, reference, strength)
