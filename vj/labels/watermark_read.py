"""Finding the watermark: frames are sharpened, added up, divided into cells, and the cells vote.

What moves averages out, the mark stays. A picture that was cut off at its edges is found by its pilots: their pattern
is correlated with the picture at several scales.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image

from vj.core.errors import MediaError
from vj.labels.convolution import decode, encode
from vj.labels.watermark import LAYOUTS, LENGTH, PILOTS, Grid, grid, grids_of, layout_of

STILLS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
LONG_SIDE = 768
"""pixels: larger pictures are looked at scaled down"""
PLACES = (0.5, 0.1, 0.9, 0.3, 0.7)
"""of a film's length: where is looked, one place after another"""
STEP, AT_A_PLACE = 4, 8
"""every 4th frame, 8 at each place"""
PATIENCE_S = 1.5
"""after this long no more frames are looked at"""
CLIP = 8.0
"""of 255: what stands out more than this is the picture, not the mark"""
AGREE = 2.5
"""standard deviations that the pilots must agree by"""
CROPS = np.arange(1.0, 1.1001, 0.0033)
"""how much larger the cells may be after a crop"""
BEST = 4
"""of the crops that are tried: so many are decoded"""

Field = NDArray[np.float32]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """ber: share of the code bits that were wrong before correction; confidence: 0-1, how far the picture agrees with
    the code; seconds: of the film that were looked at (0 for a still); took_s: how long that took."""

    payload: bytes
    ber: float
    confidence: float
    seconds: float
    took_s: float


def read(path: Path | str) -> Found | None:
    """The watermark of a video or a still, None where there is none. Takes at most about 3 s.

    Raises MediaError for what cannot be read."""
    began, path = time.perf_counter(), Path(path)
    look, seconds = _Look(), 0.0
    for number, (luma, length) in enumerate(_pictures(path), 1):
        look.add(luma)
        seconds += length
        late = time.perf_counter() - began > PATIENCE_S
        if (number in (1, 4) or number % AT_A_PLACE == 0 or late) and (got := look.decoded()):
            return Found(*got, seconds, time.perf_counter() - began)
        if late:
            break
    if not look.count:
        raise MediaError(f"{path}: no picture in it", "give a video or a still that opens elsewhere")
    if got := look.searched():
        return Found(*got, seconds, time.perf_counter() - began)
    return None


Told = tuple[bytes, float, float]


class _Look:
    """What all frames so far have in common."""

    def __init__(self) -> None:
        self.count = 0
        self._sum: Field = np.zeros((0, 0), np.float32)
        self._size = (0, 0)

    def add(self, luma: NDArray[np.uint8]) -> None:
        """luma [H, W]; of another size than those before: left out."""
        height, width = luma.shape
        if self.count == 0:
            self._size = (width, height)
        if self._size != (width, height) or min(width, height) < 16:
            return
        image = Image.fromarray(luma).convert("F")
        shrink = LONG_SIDE / max(width, height)
        if shrink < 1:
            image = image.resize((round(width * shrink), round(height * shrink)), Image.Resampling.BOX)
        field = np.asarray(image, np.float32)
        sharp = np.clip(field - blurred(field, 5), -CLIP, CLIP)
        self._sum = sharp if self.count == 0 else self._sum + sharp
        self.count += 1

    def decoded(self) -> Told | None:
        """Uncropped."""
        if not self.count:
            return None
        height, width = self._sum.shape
        for place in grids_of(self._size):
            if told := votes(self._sum, place, (0.0, 0.0, width, height)):
                return told
        return None

    def searched(self) -> Told | None:
        """Cropped by a few percent, the shape kept."""
        room = CROPS[-1] - 1.0
        down, across = (round(side * room) + 1 for side in self._sum.shape)
        wide = np.pad(self._sum, ((down, down), (across, across)))
        tried = [crop for place in grids_of(self._size) for size in CROPS for crop in _crops(self._sum, place, size)]
        for _, place, (left, top, right, bottom) in sorted(tried, key=lambda crop: -crop[0])[:BEST]:
            if told := votes(wide, place, (left + across, top + down, right + across, bottom + down)):
                return told
        return None


def _crops(field: Field, place: Grid, larger: float) -> Iterator[tuple[float, Grid, Box]]:
    """Where the pilots agree best with field [H, W] when its cells are so much larger: how well, the grid, and where
    all of it lies (partly outside). All shifts at once by the Fourier transform."""
    (across, down), (high, wide) = place.size, field.shape
    small = round(4 * across / larger), round(4 * down / larger)  # 4 x 4 samples for a cell
    seen = np.asarray(Image.fromarray(field).resize(small, Image.Resampling.BOX))
    even = seen / np.sqrt(blurred(seen * seen, 6) + 1e-3)
    spectrum = np.fft.rfft2(even, (4 * down, 4 * across))
    agree = np.fft.irfft2(np.conj(spectrum) * _pilots(place.size), (4 * down, 4 * across))
    agree = agree[: 4 * down - small[1] + 1, : 4 * across - small[0] + 1]
    y, x = (int(i) for i in np.unravel_index(int(agree.argmax()), agree.shape))
    left, top = -x * wide / small[0], -y * high / small[1]
    box = left, top, left + 4 * across * wide / small[0], top + 4 * down * high / small[1]
    yield float(agree[y, x] / (np.sqrt((even * even).sum()) + 1e-9)), place, box


@cache
def _pilots(size: tuple[int, int]) -> NDArray[np.complex128]:
    """The spectrum of the pilots alone, 4 x 4 samples for a cell."""
    place, board = grid(*size), np.array([1, 1, -1, -1])
    signs = np.where(place.bit < PILOTS, place.sign, 0)
    return np.asarray(np.fft.rfft2(np.kron(signs, np.outer(board, board))))


def votes(field: Field, place: Grid, box: Box) -> Told | None:
    """field [H, W]: a sharpened picture; box: where in it the cells lie (left, top, right, bottom; pixels). Of several
    films that went into one another the last one's mark: it is the strongest."""
    across, down = place.size
    squares = np.asarray(Image.fromarray(field).resize((2 * across, 2 * down), Image.Resampling.BOX, box=box))
    cells = squares[::2, ::2] - squares[::2, 1::2] - squares[1::2, ::2] + squares[1::2, 1::2]
    noise = blurred(cells * cells, 2)
    heard = cells * place.sign / (noise + 0.05 * noise.mean() + 1e-6)
    bits = place.bit.ravel()
    size = np.sqrt(np.bincount(bits, (heard * heard).ravel()) + 1e-12)
    pilots = (np.bincount(bits, heard.ravel()) / size)[:PILOTS]
    if pilots.sum() < AGREE * np.sqrt(PILOTS):
        return None
    told = []
    for layout in range(LAYOUTS):
        code = (np.bincount(bits, (heard * place.turns[layout]).ravel()) / size)[PILOTS:]
        if (payload := decode(code, LENGTH)) is not None and layout_of(payload) == layout:
            known = code * np.where(encode(payload), 1.0, -1.0)
            told.append((float(known.mean()), payload, float((known < 0).mean()), float(abs(code).mean())))
    if not told:
        return None
    loud, payload, wrong, whole = max(told)
    return payload, wrong, loud / (whole + 1e-9)


def blurred(field: Field, reach: int) -> Field:
    """The mean of 2 reach + 1 pixels a side."""
    out: NDArray[np.floating] = field
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (reach + 1, reach)
        sums = np.cumsum(np.pad(out, pad, mode="edge"), axis, np.float64)
        wide, size = 2 * reach + 1, field.shape[axis]
        out = (sums.take(range(wide, wide + size), axis) - sums.take(range(size), axis)) / wide
    return np.asarray(out, np.float32)


def _pictures(path: Path) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Brightness [H, W] and the seconds that it stands for."""
    if not path.is_file():
        raise MediaError(f"{path}: no such file", "check the name")
    if path.suffix.lower() in STILLS:
        yield _still(path), 0.0
        return
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise MediaError(f"{path}: there is no picture in it", "give a video or a still")
            yield from _film(container)
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{path}: cannot be read ({error})", "give a video or a still that opens elsewhere") from None


def _still(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError(f"{path}: cannot be read ({error})", "give a still that opens elsewhere") from None


def _film(container: av.container.InputContainer) -> Iterator[tuple[NDArray[np.uint8], float]]:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    gap = STEP / float(stream.average_rate or 25)
    length = float(container.duration or 0) / 1e6
    one_go = length < 1.5 * len(PLACES) * AT_A_PLACE * gap
    for place in (0.0,) if one_go else PLACES:
        if not one_go:
            container.seek(int(place * length * 1e6))
        taken = 0
        for number, frame in enumerate(container.decode(stream)):
            if number % STEP:
                continue
            yield _luma(frame), gap
            taken += 1
            if not one_go and taken == AT_A_PLACE:
                break


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    if frame.format.name not in ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12", "gray"):
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
