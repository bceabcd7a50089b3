"""Nine moments of a recorded show in one picture: `python tools/gallery.py show.mp4 docs/img/demo.jpg [s s s ...]`;
or, to a .webp, the show itself, small and moving: `python tools/gallery.py show.mp4 demo.webp 2 16`, from s to s.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
from PIL import Image

CELL = (420, 236)
GAP = 6
COLUMNS = 3
MOVING, RATE, QUALITY = (384, 216), 10, 55
"""size, pictures per second and quality of the moving one: under a megabyte for a quarter of a minute"""


def frames_at(path: Path, times: list[float]) -> list[Image.Image]:
    """The frames shown at `times` (s, rising)."""
    found: list[Image.Image] = []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            while len(found) < len(times) and frame.time is not None and frame.time >= times[len(found)]:
                found.append(frame.to_image())
    return found


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """Rows of three, black between them."""
    rows = -(-len(pictures) // COLUMNS)
    width, height = CELL
    whole = Image.new("RGB", (COLUMNS * (width + GAP) - GAP, rows * (height + GAP) - GAP))
    for n, picture in enumerate(pictures):
        place = ((n % COLUMNS) * (width + GAP), (n // COLUMNS) * (height + GAP))
        whole.paste(picture.resize(CELL, Image.Resampling.LANCZOS), place)
    return whole


def moving(pictures: list[Image.Image], target: Path) -> None:
    first, *rest = [picture.resize(MOVING, Image.Resampling.LANCZOS) for picture in pictures]
    duration = 1000 // RATE
    first.save(target, save_all=True, append_images=rest, duration=duration, loop=0, quality=QUALITY, method=6)


def main() -> None:
    """Times may be given; else nine spread over the whole show, or all of it."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    times = [float(t) for t in sys.argv[3:]]
    with av.open(str(source)) as file:
        length = float(file.duration or 0) / av.time_base
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".webp":
        start, end = times or (0.0, length)
        moving(frames_at(source, [start + n / RATE for n in range(int((end - start) * RATE))]), target)
        return
    sheet(frames_at(source, times or [length * (n + 0.6) / 9 for n in range(9)])).save(target, quality=88)


if __name__ == "__main__":
    main()
