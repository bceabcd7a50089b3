"""Small files of each form, and their labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vj.files.media import MovieSettings, MovieWriter
from vj.labels.about import About
from vj.labels.seal import label

FORMS = ("png", "jpg", "mp4")
DREAM = About("generated", {"pipeline": "text2video", "model": "house", "prompt": "ein Wald, grün", "seed": "3"})


def movie(path: Path, seconds: float = 1.0, comment: str = "", size: tuple[int, int] = (64, 48)) -> Path:
    rng = np.random.default_rng(5)
    writer = MovieWriter(path, MovieSettings(size, 12, 48000, comment=comment, gop_s=0.5))
    for n in range(round(12 * seconds)):
        writer.video(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8), n / 12)
        writer.audio(np.zeros((4000, 2), np.float32))
    writer.close()
    return path


def plain(folder: Path, form: str, name: str = "plain") -> Path:
    """Not labelled."""
    path = folder / f"{name}.{form}"
    if form == "mp4":
        return movie(path)
    rng = np.random.default_rng(4)
    Image.fromarray(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8)).save(path)
    return path


def sealed(folder: Path, form: str, about: About = DREAM) -> Path:
    path = plain(folder, form, "sealed")
    label(path, about)
    return path
