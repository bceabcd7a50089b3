"""A video at another rate, slower, or closed to a loop: the job of `vj interpolate`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2

from engine.pipelines import interpolate as between
from vj.audio.file import read
from vj.core.errors import VjError
from vj.files import video as film
from vj.studio.output import RATE, Made, Options, Writing, write

SPEEDS = (0.01, 100.0)


def interpolate(
    video: Path | str, out: Path | str, options: Options = Options(), speed: float = 1.0, loop: bool = False
) -> Made:
    """The video at `options.fps` (0: twice its own, or its own when slower), `speed` times as fast, 0.01-100.

    Frames that fall on one of the source are that one, bit for bit (before H.264; at the source's size); the source's
    own times count, so that an uneven rate becomes even. loop: the last frame flows into the first. The sound is kept
    at speed 1. Raises VjError for a speed that is none, MediaError for a video that cannot be read."""
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise VjError(f"speed {speed:g}", f"{SPEEDS[0]:g} to {SPEEDS[1]:g}; 0.25 is four times slower")
    info = film.probe(video)
    cv2.setNumThreads(options.threads or -1)
    fps = _fraction(options.fps or info.fps * (2 if speed == 1 else 1))
    pace = Fraction(speed).limit_denominator(10_000)
    total = max(1, round(Fraction(info.seconds) / pace * fps))
    most = max(1, round(options.seconds * float(fps))) if options.seconds else total + int(fps) + 2

    def frames(skip: int) -> Iterator[film.Frame]:
        made = between.interpolate(film.timed(info.path), fps, pace, loop, skip)
        for _, frame in zip(range(max(0, most - skip)), made, strict=False):
            yield frame

    sound = read(info.path, RATE)[0] if info.sound and speed == 1 else None
    label = {"pipeline": "interpolate", "source": info.path.name, "speed": str(pace), "loop": str(loop)}
    how = Writing(options.size or info.size, float(fps), options, label, "interpolating", sound, (video,))
    return write(frames, min(total, most), Path(out), how)


def _fraction(fps: float) -> Fraction:
    """29.97002997 as 30000/1001."""
    return Fraction(fps).limit_denominator(1001)
