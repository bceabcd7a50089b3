"""`vj multiview`: one scene from several cameras."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common, size_of
from vj.studio.options import Made, Options

EXAMPLE = "Example: `vj multiview crystals --layout stereo -o gems.mp4`"


@common(seconds=4.0, fps=24.0, resume=None)
def command(
    what: Annotated[str, typer.Argument(help="A scene, or words (the nearest scene is dressed in them)")],
    out: Path,
    options: Options,
    views: Annotated[int, typer.Option(min=0, max=16, help="How many; 0: as the layout has")] = 0,
    layout: Annotated[str, typer.Option(help="stereo (2), quad (4) or 360 (a ring of 3 to 16)")] = "",
    path: Annotated[str, typer.Option(help="orbit, dolly, crane, or a path.toml")] = "orbit",
    strength: Annotated[float, typer.Option(min=0, max=1, help="How much is dreamed; 0: the bare render")] = 0.5,
    style: Annotated[str, typer.Option(help="Words to dress a scene in")] = "",
    bpm: Annotated[float, typer.Option(help="Tempo of motion, easing and shake")] = 120.0,
    apart: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Of the cameras, as a share of the way to the target")
    ] = 0.045,
    native: Annotated[str, typer.Option(help="Size it is drawn at before it is scaled up, such as 512x288")] = "",
    supersample: Annotated[int, typer.Option(min=1, max=4, help="Samples per pixel and side")] = 2,
) -> Made:
    """Film one scene from several cameras at once: a video for each, and one with all of them side by side."""
    from vj.studio.jobs.multiview import Rig, multiview
    from vj.studio.shots import Shot

    shot = Shot(path, strength, style, bpm, size_of(native, "--native"), supersample=supersample)
    return multiview(what, out, options, shot, Rig(layout, views, apart))
