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
