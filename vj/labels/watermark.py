"""The invisible watermark: 7 bytes in the brightness of a picture, spread over all of it.

The picture is divided into cells, as many at any size, so that scaling only scales the cells. A cell of two by two
squares, bright and dark as on a chessboard, says one code bit by its sign: natural pictures have little there, and
slopes cancel. About 12 cells say the same bit. Squares are 1 of 255 brighter or darker; where the picture is smooth,
only every sixth cell: there the mark is easily found, easily seen, and costs the encoder most. Small pictures
get twice as much.
Additive spread spectrum as Cox, Kilian, Leighton, Shamoon 1997, with soft decisions.

Embedding needs numpy only and adds one table of bytes; reading takes PyAV and Pillow too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import av
import numpy as np
from numpy.typing import NDArray

from vj.labels.convolution import coded_length, crc24, encode

LENGTH = 7
"""bytes of a payload"""
PILOTS = 42
"""code bits that are always 1: they say where the cells lie"""
GRIDS = {
    "fine": ((80, 45), (60, 60), (45, 80)),
    "coarse": ((64, 36), (48, 48), (36, 64)),
}
"""cells across and down of wide, square and tall pictures; coarse where the short side has less than FINE pixels.
80x45 are the encoder's own blocks of 16x16 at 720p: that costs it least"""
THIN = 6
"""in smooth parts of fine pictures one cell in so many is marked"""
FINE = 540
LEAST = 128
"""pixels of the short side; smaller pictures are not marked: their squares would be less than 2 pixels wide"""
BEND, BUSY_SHARE = 3, 0.5
"""a cell is busy when this share of its samples bends from its neighbours' line by so much of 255"""
LAYOUTS = 16
"""a payload turns the signs of its cells in one of so many ways, so that a film made from a marked film carries both"""
EVERY = 30
"""frames between two looks at where the picture is busy"""
SAMPLES = 4
"""per cell and direction, to see whether it is busy"""


@dataclass(frozen=True, slots=True)
class Grid:
    """How bits lie in a picture: sign [gh, gw] of each cell (-1, 1) and the code bit [gh, gw] that it says."""

    size: tuple[int, int]
    """cells across, cells down"""
    sign: NDArray[np.int8]
    bit: NDArray[np.intp]
    thin: NDArray[np.int8]
    """1 for the cells [gh, gw] that are marked in smooth parts too: as many for each bit"""
    turns: NDArray[np.int8]
    """[LAYOUTS, gh, gw] -1 or 1: times `sign`; 1 for pilots, which all films share"""


@cache
def grid(across: int, down: int) -> Grid:
    """Signs and bits shuffled by SHAKE-256, which is the same everywhere and always."""
    count, bits = across * down, PILOTS + coded_length(LENGTH)
    stream = hashlib.shake_256(f"vj watermark 1 {across}x{down}".encode()).digest((9 + LAYOUTS) * count)
    signs = np.where(np.frombuffer(stream, np.uint8) & 1, 1, -1).astype(np.int8)
    order = np.argsort(np.frombuffer(stream[count : 9 * count], "<u8"), kind="stable")
    bit, thin = np.empty(count, np.intp), np.empty(count, np.int8)
    bit[order] = np.arange(count) % bits
    thin[order] = np.arange(count) // bits % THIN == 0
    shape = down, across
    turns = np.where(bit < PILOTS, 1, signs[9 * count :].reshape(LAYOUTS, count)).astype(np.int8)
    sign = signs[:count].reshape(shape)
    return Grid((across, down), sign, bit.reshape(shape), thin.reshape(shape), turns.reshape(LAYOUTS, *shape))


def layout_of(payload: bytes) -> int:
    """Which of the LAYOUTS it is written in."""
    return crc24(payload) % LAYOUTS


def grids_of(size: tuple[int, int]) -> tuple[Grid, ...]:
    """Those that a picture of `size` may have been marked with: fine, then coarse."""
    width, height = size
    shape = 0 if width > 1.25 * height else 2 if height > 1.25 * width else 1
    return tuple(grid(*row[shape]) for row in GRIDS.values())


class Marker:
    """Marks the frames of one film. payload: LENGTH bytes; size: W, H in pixels.

    Raises ValueError for a payload of another length."""

    def __init__(self, payload: bytes, size: tuple[int, int]) -> None:
        if len(payload) != LENGTH:
            raise ValueError(f"a watermark carries {LENGTH} bytes, not {len(payload)}")
        self.size, self._seen = size, 0
        self.off = min(size) < LEAST
        width, height = size
        fine = min(size) >= FINE
        place = grids_of(size)[0 if fine else 1]
        across, down = place.size
        code = np.concatenate([np.ones(PILOTS, np.uint8), encode(payload)])
        cells = place.sign * place.turns[layout_of(payload)] * np.where(code[place.bit], 1, -1).astype(np.int8)
        at_x, at_y = ((np.arange(full) + 0.5) / full * n for full, n in ((width, across), (height, down)))
        self._x, self._y = at_x.astype(np.intp), at_y.astype(np.intp)
        self._flip_x, self._flip_y = at_x % 1 >= 0.5, at_y % 1 >= 0.5
        self._smooth: NDArray[np.int8]
        self._smooth, self._busy = (cells * place.thin, cells) if fine else (cells, 2 * cells)
        samples = (np.arange(n * SAMPLES) * full // (n * SAMPLES) for n, full in ((down, height), (across, width)))
        self._samples = np.ix_(*samples)

    def mark(self, frame: av.VideoFrame) -> None:
        """Mark the brightness of a planar 8-bit YUV frame of `size` in place. In limited range (16-235) nothing is cut:
        black becomes 15 to 17."""
        if self.off:
            return
        frame.make_writable()
        plane = frame.planes[0]
        luma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        np.add(luma, self.pattern(luma), out=luma)  # bytes wrap around: 255 is -1

    def pattern(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What is added, modulo 256, [H, W]; where luma [H, W] is busy is looked at now and then."""
        if self._seen % EVERY == 0:
            cells = np.where(busy(luma[self._samples]), self._busy, self._smooth)
            upper = np.where(self._flip_x, -cells[:, self._x], cells[:, self._x]).view(np.uint8)
            both = np.stack([upper, -upper], 1).reshape(-1, upper.shape[1])  # each row of cells is two rows of squares
            self._pattern = both[2 * self._y + self._flip_y]
        self._seen += 1
        return self._pattern


def busy(samples: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """samples [gh * SAMPLES, gw * SAMPLES] -> the cells [gh, gw] that are not smooth: no slope, no single edge."""
    down, across = (side // SAMPLES for side in samples.shape)
    cells = samples.reshape(down, SAMPLES, across, SAMPLES).astype(np.int16)
    least = BUSY_SHARE * SAMPLES * (SAMPLES - 2)
    bent = [abs(np.diff(cells, 2, axis)) >= BEND for axis in (1, 3)]
    counts = [way.view(np.uint8).sum(3, dtype=np.uint8).sum(1, dtype=np.uint8) for way in bent]
    return np.asarray(np.maximum(*counts) >= least)


def mark_picture(picture: NDArray[np.uint8], payload: bytes) -> NDArray[np.uint8]:
    """A marked copy of a still [H, W, 3] sRGB; values stay within 0-255. Raises ValueError as Marker does."""
    height, width = picture.shape[:2]
    marker = Marker(payload, (width, height))
    if marker.off:
        return picture.copy()
    luma = (picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    added = marker.pattern(luma).view(np.int8)
    return np.asarray(np.clip(picture.astype(np.int16) + added[..., None], 0, 255), np.uint8)
