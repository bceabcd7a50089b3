"""A camera over a flat picture: what it sees, ways that never leave the picture, and rendering without aliasing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""[H, W, 3] sRGB, top row first"""
SMALLEST = 32
"""pixels of the shorter side below which a pyramid ends"""
FINE = 1.3
"""source pixels per pixel from which on four samples are averaged for each pixel"""
SLACK = 1e-6
"""pixels by which a corner may seem to stand outside: rounding"""


@dataclass(frozen=True, slots=True)
class View:
    """x, y: the centre in source pixels, 0 is the edge of the first; scale: source pixels per pixel seen; angle: the
    camera's turn in radians, clockwise."""

    x: float
    y: float
    scale: float
    angle: float = 0.0


def matrix(view: View, size: tuple[int, int]) -> NDArray[np.float64]:
    """[2, 3]: pixel seen -> pixel of the source, both counted from the centre of the first pixel. size = (W, H)."""
    c, s = view.scale * math.cos(view.angle), view.scale * math.sin(view.angle)
    u, v = (size[0] - 1) / 2, (size[1] - 1) / 2
    return np.array([[c, -s, view.x - 0.5 - c * u + s * v], [s, c, view.y - 0.5 - s * u - c * v]])


def corners(view: View, size: tuple[int, int]) -> NDArray[np.float64]:
    """[4, 2]: where the corners of the picture seen lie in the source, in pixels from its edge."""
    w, h = size
    points = np.array([[-0.5, -0.5, 1], [w - 0.5, -0.5, 1], [w - 0.5, h - 0.5, 1], [-0.5, h - 0.5, 1]])
    found: NDArray[np.float64] = points @ matrix(view, size).T + 0.5
    return found


def inside(view: View, size: tuple[int, int], source: tuple[int, int]) -> bool:
    """Whether everything seen is part of the source; sizes are (W, H)."""
    at = corners(view, size)
    slack = SLACK * max(source)
    return bool((at >= -slack).all() and (at <= np.array(source) + slack).all())


def extent(size: tuple[int, int], angle: float) -> tuple[float, float]:
    """Width and height of the box around a picture of `size` turned by `angle`."""
    c, s = abs(math.cos(angle)), abs(math.sin(angle))
    return size[0] * c + size[1] * s, size[0] * s + size[1] * c


def cover(source: tuple[int, int], size: tuple[int, int], angle: float = 0.0) -> float:
    """The largest scale at which a picture of `size` fits into the source."""
    w, h = extent(size, angle)
    return min(source[0] / w, source[1] / h)


def held(view: View, size: tuple[int, int], source: tuple[int, int], inset: float = 0.0) -> View:
    """The nearest view that lies in the source, `inset` source pixels from its edges (as far as there is room)."""
    w, h = extent(size, view.angle)
    inset = min(inset, 0.2 * min(source))
    scale = min(view.scale, (source[0] - 2 * inset) / w, (source[1] - 2 * inset) / h)
    x = _between(view.x, scale * w / 2 + inset, source[0])
    y = _between(view.y, scale * h / 2 + inset, source[1])
    return replace(view, x=x, y=y, scale=scale)


def _between(value: float, margin: float, length: float) -> float:
    return length / 2 if 2 * margin >= length else min(max(value, margin), length - margin)


def eased(u: float, ramp: float = 0.25) -> float:
    """0-1 -> 0-1 with speed 0 at both ends and constant speed between the ramps (C1)."""
    u = min(1.0, max(0.0, u))
    if u > 0.5:
        return 1.0 - eased(1.0 - u, ramp)
    return (u * u / (2 * ramp) if u < ramp else u - ramp / 2) / (1 - ramp)


def pyramid(picture: Frame) -> tuple[Frame, ...]:
    """The picture, and it half as large again and again."""
    levels = [np.ascontiguousarray(picture)]
    while min(levels[-1].shape[:2]) >= 2 * SMALLEST:
        h, w = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], ((w + 1) // 2, (h + 1) // 2), interpolation=cv2.INTER_AREA))
    return tuple(levels)


def seen(levels: Sequence[Frame], view: View, size: tuple[int, int]) -> Frame:
    """The picture that the view shows, uint8 [H, W, 3]: bicubic where it is enlarged, averaged where it is made smaller
    (from the pyramid's level next above, four samples per pixel)."""
    level = min(len(levels) - 1, max(0, math.floor(math.log2(max(view.scale, 1e-9)))))
    source, full = levels[level], levels[0]
    sx, sy = source.shape[1] / full.shape[1], source.shape[0] / full.shape[0]
    scale = view.scale * sx
    fine = min(1.0, max(0.0, (scale - 1.0) / (FINE - 1.0)))
    plain = _warped(source, view, size, (sx, sy)) if fine < 1 else None
    if fine <= 0 and plain is not None:
        return plain
    double = _warped(source, replace(view, scale=view.scale / 2), (2 * size[0], 2 * size[1]), (sx, sy))
    smooth: Frame = cv2.resize(double, size, interpolation=cv2.INTER_AREA)
    return smooth if plain is None else cv2.addWeighted(plain, 1 - fine, smooth, fine, 0.0)


def _warped(source: Frame, view: View, size: tuple[int, int], shrunk: tuple[float, float]) -> Frame:
    back = matrix(view, size)
    back[:, 2] += 0.5
    back *= np.array(shrunk)[:, None]
    back[:, 2] -= 0.5
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    out: Frame = cv2.warpAffine(source, back, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return out


def whole(source: tuple[int, int], size: tuple[int, int]) -> View:
    """The middle of the source, as much of it as fits."""
    return View(source[0] / 2, source[1] / 2, cover(source, size))


def size_of(picture: Frame) -> tuple[int, int]:
    """(W, H)"""
    return picture.shape[1], picture.shape[0]
