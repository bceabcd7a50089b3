"""A picture in which one area moves for ever."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

from vj.core.errors import VjError
from vj.core.policy import permitted
from vj.files import video as film
from vj.files.video import Frame
from vj.studio.consent import consented
from vj.studio.house import house_of
from vj.studio.output import Made, Options, Writing, plainly, write

FPS, SECONDS = 24.0, 4.0
MOST = (1920, 1080)
"""of the size where none is said: the picture's own shape, within this"""
STILLS = (*film.STILLS, ".gif")
OWN = "own"
"""the motion of a video"""
WRITTEN = "rect:x,y,w,h or polygon:x,y;x,y;x,y in pixels or in shares of the picture (0-1), or a picture file"


@dataclass(frozen=True, slots=True)
class Move:
    """motion: ripple, flow, sway, drift, own (of a video), or a prompt; "": own for a video, ripple for a picture."""

    motion: str = ""
    strength: float = 1.0
    """how far things move, 0-4; of a prompt: how far it goes over into the dream, 0-1"""
    direction: float = 0.0
    """degrees to which `flow` flows: 0 right, 90 up"""
    feather: float = 0.03
    """width of the soft edge inside the mask, as a share of the picture's shorter side"""


def cinemagraph(
    source: Path | str,
    out: Path | str,
    options: Options = Options(),
    mask: str = "",
    move: Move = Move(),
) -> Made:
    """A loop of 4 s at 24 fps, as large as the picture (at most 1920x1080). Outside the mask nothing ever changes.

    Raises VjError for a mask, motion or number that is none, MediaError for files that cannot be read.
    Example: `cinemagraph("lake.jpg", "lake.mp4", mask="rect:0,0.6,1,0.4", move=Move("ripple"))`"""
    source = Path(source)
    if not 0 <= move.feather <= 0.5:
        raise VjError(f"feather {move.feather:g}", "0 to 0.5")
    if not 0 <= move.strength <= 4:
        raise VjError(f"strength {move.strength:g}", "0 to 4")
    permitted(move.motion, what="motion")
    consented([source], options.consent, quiet=options.quiet)
    still = source.suffix.lower() in STILLS
    motion = _motion(move.motion or ("ripple" if still else OWN), still)
    info = None if still else film.probe(source)
    first = film.picture(source) if info is None else next(iter(film.frames(source)))
    whole = region(mask, (first.shape[1], first.shape[0]))
    size = options.size or shape(first)
    options = options.known(size=size, seconds=SECONDS, fps=FPS if info is None or motion != OWN else info.fps)
    total = max(1, round(options.seconds * options.fps))
    label = {"pipeline": "cinemagraph", "source": source.name, "motion": motion, "mask": mask}
    label |= {"seed": str(options.seed), "move": f"{move.strength:g} {move.direction:g} {move.feather:g}"}
    with plainly():
        from engine.pipelines import cinemagraph as pipeline

        area = film.filled(np.repeat((whole * 255 + 0.5).astype(np.uint8)[..., None], 3, 2), size)[..., 0]
        soft = pipeline.feathered(np.asarray(area / 255, np.float32), move.feather * min(size))
        if motion == OWN and info is not None:
            total = max(3, min(total, pipeline.longest(int(info.seconds * options.fps))))

            def frames(start: int) -> Iterator[Frame]:
                shown = film.frames(source, options.fps, size)
                return islice(pipeline.from_video(shown, soft, total), start, None)

            how = Writing(size, options.fps, options, label, "looping", inputs=(source,), loop=True)
            return write(frames, total, Path(out), how)
        loop, more = _loop(film.filled(first, size), soft, motion, move, (options, total))
        how = Writing(size, options.fps, options, label | more, "looping", inputs=(source,), loop=True)
        return write(loop, total, Path(out), how)


def _loop(
    picture: Frame, soft: NDArray[np.float32], motion: str, move: Move, job: tuple[Options, int]
) -> tuple[Any, dict[str, str]]:
    from engine.pipelines import cinemagraph as pipeline
    from engine.vision.organic import MOTIONS

    options, total = job
    strength = move.strength
    if motion in MOTIONS:
        made = pipeline.Job(motion, total, strength, move.direction, options.seed)
        return pipeline.loop(picture, soft, made), {}
    from engine.pipelines.image2video import Dreamer
    from engine.pipelines.image2video import Job as Dream

    house = house_of(options.threads)
    dream = Dream(prompt=motion, seed=options.seed, steps=options.steps or 1, guidance=options.guidance)
    dreamer, level = Dreamer.of(picture, house, dream), min(1.0, strength)
    made = pipeline.Job("drift", total, 1.0, 0.0, options.seed)
    label = {"model": "house", "prompt": motion} | {name: sha[:12] for name, sha in house.sha.items()}
    return pipeline.loop(picture, soft, made, lambda frame, turn: dreamer(frame, level, turn)), label


def _motion(text: str, still: bool) -> str:
    """A name, or a prompt. Raises VjError for what is nearly a name, and for `own` of a picture."""
    from engine.vision.organic import MOTIONS

    name = text.strip().lower()
    if name in (*MOTIONS, OWN):
        if name == OWN and still:
            raise VjError("motion own: a picture has none", f"take {', '.join(MOTIONS)}, or a prompt")
        return name
    near = difflib.get_close_matches(name, (*MOTIONS, OWN), n=1, cutoff=0.7)
    if near or not name:
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise VjError(f"motion {text!r}: no such motion", f"{', '.join(MOTIONS)}, or a prompt in plain words{hint}")
    return text.strip()


def region(text: str, size: tuple[int, int]) -> NDArray[np.float32]:
    """`rect:...`, `polygon:...` or a picture file as a mask [H, W], 0-1, for a picture of size (W, H).

    Raises VjError for what is written wrong or lies outside, MediaError for a file that cannot be read or has another
    shape."""
    kind, _, rest = text.partition(":")
    kind = kind.strip().lower()
    if kind not in ("rect", "polygon"):
        if not text.strip():
            raise VjError("no mask", f"say what shall move: {WRITTEN}")
        return film.mask(text, size)
    try:
        numbers = np.array([[float(n) for n in part.split(",")] for part in rest.strip().strip(";").split(";")])
    except ValueError:
        numbers = np.zeros(0)
    wanted = (1, 4) if kind == "rect" else (max(3, len(numbers)), 2)
    if numbers.shape != wanted or not np.isfinite(numbers).all():
        raise VjError(f"mask {text!r}: not numbers as they should be", f"write it as {WRITTEN}")
    pixels = numbers * np.resize(size, numbers.shape[1]) if numbers.max() <= 1.0 else numbers
    out = np.zeros((size[1], size[0]), np.uint8)
    if kind == "rect":
        x, y, w, h = pixels[0]
        left, right, top, bottom = (max(0, round(v)) for v in (x, x + w, y, y + h))
        out[top:bottom, left:right] = 255
    else:
        columns, rows = (np.clip(pixels, 0, size) - 0.5).T  # scikit-image counts from the centres of pixels
        out[polygon(rows, columns, out.shape)] = 255
    if not out.any():
        raise VjError(f"mask {text!r}: nothing of it lies in the picture of {size[0]}x{size[1]}", WRITTEN)
    return np.asarray(out / 255, np.float32)


def shape(picture: Frame) -> tuple[int, int]:
    """The picture's size (W, H) as even numbers, made smaller to lie within MOST (either way up)."""
    h, w = picture.shape[:2]
    most = MOST if w >= h else MOST[::-1]
    scale = min(1.0, most[0] / w, most[1] / h)
    return max(16, round(w * scale / 2) * 2), max(16, round(h * scale / 2) * 2)
