"""`vj camera`: flights through scenes and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vj.options import common, size_of
from vj.studio.options import Made, Options

EXAMPLE = 'Example: `vj camera "golden temple" -o temple.mp4 --path dolly --strength 0.4`'


@common(seconds=8.0, fps=24.0)
def command(
    what: Annotated[
        str, typer.Argument(help="A scene, words (the nearest scene is dressed in them) or a picture file")
    ],
    out: Path,
    options: Options,
    path: Annotated[str, typer.Option(help="orbit, dolly, crane, or a path.toml")] = "orbit",
    strength: Annotated[float, typer.Option(min=0, max=1, help="How much is dreamed; 0: the bare render")] = 0.5,
    style: Annotated[str, typer.Option(help="Words to dress a scene or a picture in")] = "",
    bpm: Annotated[float, typer.Option(help="Tempo of motion, easing and shake")] = 120.0,
    ease: Annotated[str, typer.Option(help="linear, smooth, beat (rests on beats), punch (darts off on beats)")] = "",
    shake: Annotated[float, typer.Option(max=1, help="A hand-held camera, 0 to 1; below 0: the path's own")] = -1.0,
    depth: Annotated[Path | None, typer.Option(help="Depth of a picture, white near; without it: a guess")] = None,
    native: Annotated[str, typer.Option(help="Size it is drawn at before it is scaled up, such as 512x288")] = "",
    radius: Annotated[int, typer.Option(min=0, max=4, help="Neighbouring frames that the upscaler looks at")] = 1,
    supersample: Annotated[int, typer.Option(min=1, max=4, help="Samples per pixel and side of a scene")] = 2,
) -> Made:
    """Fly a camera through a 3D scene of our own or a picture with depth, and dress it in words."""
    from vj.studio.jobs.camera import camera
    from vj.studio.shots import Shot

    size = size_of(native, "--native")
    shot = Shot(path, strength, style, bpm, size, radius, depth, ease, shake, supersample)
    return camera(what, out, options, shot)
