"""Inputs for examples, benches and the gallery: a photograph that a dependency brings, clips that we make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vj.core.errors import VjError


def photo(folder: Path, name: str = "coffee") -> Path:
    """A photograph of scikit-image as a PNG in `folder`. Raises VjError without scikit-image."""
    try:
        from skimage import data
    except ModuleNotFoundError:
        raise VjError("scikit-image is not installed", "pip install 'vj[studio]'") from None
    path = folder / f"{name}.png"
    if not path.is_file():
        picture = np.asarray(getattr(data, name)())
        Image.fromarray(picture).convert("RGB").save(path)
    return path


BADGE = (60, 90, 52, 52)
"""x, y, width, height of the badge in the first frame of `badged`"""


def badged(folder: Path, frames: int = 48) -> Path:
    """A camera that pans over the coffee cup while a striped badge flies across: 512x288, 24 fps."""
    import cv2

    from vj.files.media import MovieSettings, MovieWriter

    path = folder / "badged.mp4"
    if path.is_file():
        return path
    picture = np.asarray(Image.open(photo(folder)).convert("RGB"))
    x, y, side, _ = BADGE
    writer = MovieWriter(path, MovieSettings((512, 288), 24.0, 0, crf=14, preset="medium"))
    for n in range(frames):
        left, top = round(80 * n / frames), round(30 + 60 * n / frames)
        frame = np.ascontiguousarray(picture[top : top + 288, left : left + 512])
        at = (x + side // 2 + round(330 * n / frames), y + side // 2 + round(20 * np.sin(n / 6)))
        cv2.circle(frame, at, side // 2 - 3, (30, 60, 200), -1, cv2.LINE_AA)
        cv2.circle(frame, at, side // 3, (250, 230, 90), 5, cv2.LINE_AA)
        writer.video(frame, n / 24.0)
    writer.close()
    return path
