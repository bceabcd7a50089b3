"""A video at twice or four times its size, or at any: the job of `vj upscale`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2

from engine.pipelines.upscale import doublings, upscaled
from vj.audio.file import read
from vj.core.errors import VjError
from vj.files import video as film
from vj.studio.output import MOST_SIDE, RATE, Made, Options, Writing, write

FACTORS = (2, 4)


def upscale(
    video: Path | str,
    out: Path | str,
    options: Options = Options(),
    factor: int = 2,
    radius: int = 2,
    rounds: int = 5,
) -> Made:
    """The video `factor` (2 or 4) times as large, or at `options.size`: filled, what sticks out is cut.

    radius: neighbours on either side that detail is taken from, 0-4; 0 is quick, each frame alone. rounds: of
    back-projection, 1-20. The sound is kept. Raises VjError for what is out of range, MediaError for a broken file.
    """
    _check(factor, radius, rounds)
    info = film.probe(video)
    cv2.setNumThreads(options.threads or -1)
    size = options.size or (factor * info.size[0], factor * info.size[1])
    if max(size) > MOST_SIDE:
        raise VjError(
            f"{info.path}: {size[0]}x{size[1]} is too large", f"at most {MOST_SIDE} a side: --size or --factor 2"
        )
    fps = options.fps or info.fps
    seconds = min(info.seconds, options.seconds or info.seconds)
    most = max(1, round(seconds * fps)) if options.seconds else None
    steps = doublings(*info.size, size)

    def frames(skip: int) -> Iterator[film.Frame]:
        # what is gone on with needs the frames before it, as far back as each doubling looks
        before = max(0, skip - steps * radius)
        source = islice(film.frames(info.path, fps), before, most)
        yield from islice(upscaled(source, size, radius, rounds, steps), skip - before, None)

    sound = read(info.path, RATE)[0] if info.sound else None
    label = {"pipeline": "upscale", "source": info.path.name, "radius": str(radius), "rounds": str(rounds)}
    how = Writing(size, fps, options, label, "upscaling", sound, (video,))
    return write(frames, max(1, round(seconds * fps)), Path(out), how)


def _check(factor: int, radius: int, rounds: int) -> None:
    if factor not in FACTORS:
        raise VjError(f"factor {factor}", "2 or 4; --size WxH makes any size")
    if not 0 <= radius <= 4:
        raise VjError(f"radius {radius}", "0 to 4 frames on either side")
    if not 1 <= rounds <= 20:
        raise VjError(f"rounds {rounds}", "1 to 20")
