"""The Ken Burns effect: a camera that finds its own way over a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vj.core.errors import VjError
from vj.files import video as film
from vj.studio.consent import consented
from vj.studio.output import Made, Options, Writing, plainly, write

SIZE, FPS, SECONDS = (1920, 1080), 24.0, 8.0
MOST_ZOOM = 8.0


@dataclass(frozen=True, slots=True)
class Eye:
    """Where the camera goes, and how."""

    points: int = 3
    """points of interest that it visits, 1-8"""
    zoom: float = 0.0
    """from the widest to the closest view, 1-8; 0: as suits the length"""
    parallax: float = 1.0
    """0: flat, 1: usual, 2: strong"""
    depth: Path | str | None = None
    """a picture of what is near (white) and far (black), of the same shape; None: estimated"""


def kenburns(image: Path | str, out: Path | str, options: Options = Options(), eye: Eye = Eye()) -> Made:
    """8 s, 24 fps, 1920x1080 by default; each seed is another way.

    Raises VjError for numbers out of range, MediaError for pictures that cannot be read.
    Example: `kenburns("photo.jpg", "photo.mp4", Options(seconds=12), Eye(points=2))`"""
    from engine.pipelines.kenburns import Job, shot

    if not 1 <= eye.points <= 8:
        raise VjError(f"points {eye.points}", "1 to 8")
    if eye.zoom and not 1 <= eye.zoom <= MOST_ZOOM:
        raise VjError(f"zoom {eye.zoom:g}", f"1 to {MOST_ZOOM:g}")
    if not 0 <= eye.parallax <= 2:
        raise VjError(f"parallax {eye.parallax:g}", "0 to 2")
    consented([Path(image)], options.consent, quiet=options.quiet)
    options = options.known(size=SIZE, fps=FPS, seconds=SECONDS)
    assert options.size is not None
    total = max(1, round(options.seconds * options.fps))
    picture = film.picture(image)
    near = None if eye.depth is None else film.mask(eye.depth, (picture.shape[1], picture.shape[0]))
    label = {"pipeline": "kenburns", "source": Path(image).name, "seed": str(options.seed)}
    label |= {"points": str(eye.points), "zoom": f"{eye.zoom:g}", "parallax": f"{eye.parallax:g}"}
    label |= {"depth": Path(eye.depth).name} if eye.depth else {}
    with plainly():
        job = Job(options.size, total, options.fps, options.seed, eye.points, eye.zoom, eye.parallax)
        made = shot(picture, job, near)
        return write(
            made,
            total,
            Path(out),
            Writing(options.size, options.fps, options, label, "moving", None, (image, eye.depth)),
        )
