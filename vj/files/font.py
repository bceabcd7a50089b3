"""Letters from the fonts that a system has."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import ImageFont


def font(names: Sequence[str], points: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The first of these that is installed, else Pillow's own."""
    for name in names:
        try:
            return ImageFont.truetype(name, points)
        except OSError:
            continue
    return ImageFont.load_default(points)
