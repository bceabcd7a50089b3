"""The visible sign: a small pill in the lower right corner that says how the picture came about."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vj.files.font import font as font_of

WORDS = {"generated": "AI", "composite": "AI", "drawn": "CG", "edited": "EDITED"}
"""kind of vj.labels.about.SOURCES -> what is written: computer graphics are pictures by shaders alone"""
FONTS = ("DejaVuSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf", "Helvetica.ttc")
HEIGHT, LEAST = 0.05, 18
"""of the picture's short side; pixels at least, so that two letters can be read at 640x360"""
MARGIN = 0.05
"""of each side: the title-safe area of SMPTE ST 2046-1 is the middle 90 %"""
GLASS, RIM = 0.72, 0.8
"""opacity of the dark pill and of its bright rim: read on black as on white"""
FINE = 4
"""drawn so many times larger, then averaged"""
BLACK, WHITE, GREY = 16, 235, 128
"""limited-range YUV"""


@dataclass(frozen=True, slots=True)
class Badge:
    """Ready to be laid over frames of one size."""

    at: tuple[int, int]
    """x, y of its upper left corner, pixels, even"""
    value: NDArray[np.uint16]
    """[h, w] brightness 0-255 (full range)"""
    opacity: NDArray[np.uint16]
    """[h, w] 0-256"""

    def draw(self, frame: av.VideoFrame) -> None:
        """Over a yuv420p frame (limited range) in place."""
        frame.make_writable()
        luma = BLACK + self.value * (WHITE - BLACK) // 255
        half = self.opacity.reshape(len(self.opacity) // 2, 2, -1, 2).sum((1, 3), dtype=np.uint16) // 4
        for number, plane in enumerate(frame.planes):
            pixels = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            x, y = self.at if number == 0 else (self.at[0] // 2, self.at[1] // 2)
            opacity = self.opacity if number == 0 else half
            part = pixels[y : y + opacity.shape[0], x : x + opacity.shape[1]]
            part[:] = _over(part, luma if number == 0 else np.full_like(half, GREY), opacity)

    def on(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A copy of a still [H, W, 3] with the sign."""
        out, (x, y), (high, wide) = picture.copy(), self.at, self.value.shape
        part = out[y : y + high, x : x + wide]
        part[:] = _over(part, self.value[..., None], self.opacity[..., None])
        return out


def badge(kind: str, size: tuple[int, int]) -> Badge:
    """For pictures of `size` = (W, H). Raises ValueError for a kind that has no word."""
    if kind not in WORDS:
        raise ValueError(f"badge {kind}: unknown, one of {', '.join(WORDS)}")
    width, height = size
    high = min(max(LEAST, round(min(size) * HEIGHT)), min(size) // 2) & ~1
    font = font_of(FONTS, round(high * FINE * 0.62))
    left, top, right, bottom = font.getbbox(WORDS[kind])
    wide = min(round((right - left) / FINE + high * 0.9), width) & ~1
    box = (0, 0, wide * FINE - 1, high * FINE - 1)
    glass, ink = (Image.new("L", (wide * FINE, high * FINE)) for _ in range(2))
    radius, line = high * FINE // 3, max(FINE, high * FINE // 16)
    ImageDraw.Draw(glass).rounded_rectangle(box, radius, fill=round(255 * GLASS))
    pen = ImageDraw.Draw(ink)
    pen.rounded_rectangle(box, radius, outline=round(255 * RIM), width=line)
    centre = (wide * FINE - left - right) / 2, (high * FINE - top - bottom) / 2
    pen.text(centre, WORDS[kind], 255, font)
    dark, bright = (np.asarray(i.reduce(FINE), np.float32) / 255 for i in (glass, ink))
    opacity = 1 - (1 - dark) * (1 - bright)  # the white ink lies on the black glass
    value = np.rint(255 * bright / np.maximum(opacity, 1e-6)).astype(np.uint16)
    x, y = (max(0, side - round(side * MARGIN) - own) & ~1 for side, own in ((width, wide), (height, high)))
    return Badge((x, y), value, np.rint(256 * opacity).astype(np.uint16))


def _over(under: NDArray[np.uint8], value: NDArray[np.uint16], opacity: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return np.asarray((under * (256 - opacity) + value * opacity + 128) >> 8, np.uint16)
