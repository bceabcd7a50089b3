"""Reading pictures and video for offline work: any size, upright, at a constant rate, alpha over black."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vj.core.errors import MediaError

Frame = NDArray[np.uint8]
"""[H, W, 3] sRGB, top row first"""
MEND_VIDEO = "give an mp4, mov, mkv or webm that plays elsewhere"
MEND_PICTURE = "give a png, jpg, webp or tiff that opens elsewhere"
STILLS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
"""endings of files that are one picture"""
USUAL_FPS = 25.0
"""where a file does not say"""


@dataclass(frozen=True, slots=True)
class Info:
    """What a video file says of itself. `size` = (W, H) as it is seen; `frames` is an estimate at `fps`."""

    path: Path
    size: tuple[int, int]
    fps: float
    frames: int
    seconds: float
    sound: bool
    alpha: bool


def probe(path: Path | str) -> Info:
    """Raises MediaError for what is missing, empty, or has no picture."""
    path = Path(path)
    with _opened(path) as container:
        stream = container.streams.video[0]
        first = next(_decoded(path, container), None)
        if first is None:
            raise MediaError(f"{path}: no frame in it", MEND_VIDEO)
        fps = float(stream.average_rate or stream.guessed_rate or USUAL_FPS)
        if not 0.1 <= fps <= 1000:
            fps = USUAL_FPS
        base = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        seconds = base or float(container.duration or 0) / 1e6 or 1 / fps
        height, width = _upright(first).shape[:2]
        sound, alpha = bool(container.streams.audio), _has_alpha(first)
    return Info(path, (width, height), fps, max(1, round(seconds * fps)), seconds, sound, alpha)


def frames(path: Path | str, fps: float = 0.0, size: tuple[int, int] | None = None) -> Iterator[Frame]:
    """At a constant rate: its own, or `fps`. Frame k is the newest one at k / fps: a variable rate is evened out.

    size: scaled to fill (W, H), what sticks out is cut. Raises MediaError for what cannot be read, at the start or
    where the file breaks."""
    path = Path(path)
    rate = Fraction(fps or probe(path).fps).limit_denominator(100_000)
    with _opened(path) as container:
        start: float | None = None
        number, shown = 0, None
        gap = float(1 / (container.streams.video[0].average_rate or rate))
        end = 0.0
        for count, frame in enumerate(_decoded(path, container)):
            at = float(frame.time) if frame.time is not None else count * gap
            start = at if start is None else start
            # half a millisecond: times in files are rounded
            while shown is not None and float(number / rate) < at - start - 0.0005:
                yield _fitted(shown, size)
                number += 1
            shown = frame
            last = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else gap
            end = at - start + min(max(last, 0.0), 1.0)
        if shown is None:
            raise MediaError(f"{path}: no frame in it", MEND_VIDEO)
        while float(number / rate) < end - 0.0005 or number == 0:
            yield _fitted(shown, size)
            number += 1


def timed(path: Path | str, most: int = 0) -> Iterator[tuple[Fraction, Frame]]:
    """Frames with their own times (s), from 0; those that do not come after the one before are left out.

    most: pixels; larger frames are made smaller in their own shape as they are decoded."""
    path = Path(path)
    with _opened(path) as container:
        stream = container.streams.video[0]
        rate = Fraction(stream.average_rate or stream.guessed_rate or USUAL_FPS)
        start: Fraction | None = None
        last = Fraction(-1)
        for number, frame in enumerate(_decoded(path, container)):
            known = frame.pts is not None and frame.time_base
            at = Fraction(frame.pts * frame.time_base) if known else number / rate
            start = at if start is None else start
            if at - start > last:
                last = at - start
                yield last, _upright(frame, most)


def spread(path: Path | str, count: int) -> Iterator[tuple[float, Frame]]:
    """At most `count` key frames with their times (s), spread over the whole video; nothing else is decoded, so that an
    hour takes no longer than a minute. Damaged places are passed over. Raises MediaError at the start only."""
    path = Path(path)
    shown = set[float]()
    seconds = probe(path).seconds
    with _opened(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        start = float((stream.start_time or 0) * (stream.time_base or 0))
        for number in range(count):
            try:
                container.seek(round((start + seconds * (number + 0.5) / count) * av.time_base))
                frame = next(container.decode(stream), None)
            except (FFmpegError, OSError):
                continue
            if frame is not None and frame.time is not None and frame.time not in shown:
                shown.add(frame.time)
                yield frame.time - start, _upright(frame)


def picture(path: Path | str, size: tuple[int, int] | None = None) -> Frame:
    """A still, turned as its EXIF says, alpha over black. Raises MediaError."""
    image = _still(Path(path))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image)
    whole = np.asarray(image.convert("RGB"))
    return filled(whole, size) if size else np.ascontiguousarray(whole)


def mask(path: Path | str, size: tuple[int, int]) -> NDArray[np.float32]:
    """A still as a mask [H, W], 0-1: its alpha where it has one, else its brightness. Scaled to `size` when it has the
    same shape; raises MediaError when it has another."""
    image = _still(Path(path))
    grey = image.getchannel("A") if "A" in image.getbands() else image.convert("L")
    same_shape(Path(path), grey.size, size)
    out = np.asarray(grey, np.float32) / 255.0
    return out if grey.size == size else np.asarray(cv2.resize(out, size, interpolation=cv2.INTER_AREA), np.float32)


def same_shape(path: Path, found: tuple[int, int], wanted: tuple[int, int]) -> None:
    """Raises MediaError when a picture of `found` cannot be laid over one of `wanted` without being stretched."""
    if abs(found[0] * wanted[1] - found[1] * wanted[0]) > 0.02 * found[1] * wanted[1]:
        raise MediaError(
            f"{path}: {found[0]}x{found[1]}, but the picture is {wanted[0]}x{wanted[1]}",
            "make the mask as large as the picture, or of the same shape",
        )


def filled(frame: Frame, size: tuple[int, int]) -> Frame:
    """Scaled to fill `size` = (W, H); what sticks out on two sides is cut."""
    height, width = frame.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    w, h = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    y, x = (height - h) // 2, (width - w) // 2
    part = frame[y : y + h, x : x + w]
    if (w, h) == size:
        return np.ascontiguousarray(part)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, size, interpolation=how), np.uint8)


def _still(path: Path) -> Image.Image:
    if not path.is_file():
        raise MediaError(f"{path}: no such picture", "check the name")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file is empty", MEND_PICTURE)
    try:
        with Image.open(path) as image:
            turned = ImageOps.exif_transpose(image)
            turned.load()
            return turned.copy() if turned is image else turned
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError(f"{path}: not a picture that can be read ({error})", MEND_PICTURE) from None


def _opened(path: Path) -> av.container.InputContainer:
    if not path.is_file():
        raise MediaError(f"{path}: no such video", "check the name")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file is empty", MEND_VIDEO)
    try:
        container = av.open(str(path))
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{path}: not a video that can be read ({error})", MEND_VIDEO) from None
    if not container.streams.video:
        container.close()
        raise MediaError(f"{path}: there is no picture in it", MEND_VIDEO)
    return container


def _decoded(path: Path, container: av.container.InputContainer) -> Iterator[av.VideoFrame]:
    stream, count = container.streams.video[0], 0
    stream.thread_type = "AUTO"
    try:
        for frame in container.decode(stream):
            count += 1
            yield frame
    except (FFmpegError, OSError) as error:
        raise MediaError(f"{path}: breaks off after {count} frames ({error})", MEND_VIDEO) from None


def _has_alpha(frame: av.VideoFrame) -> bool:
    return any(part.is_alpha for part in frame.format.components)


def _upright(frame: av.VideoFrame, most: int = 0) -> Frame:
    turns = round(frame.rotation / 90) % 4  # counter-clockwise, as np.rot90 turns
    scale = (most / (frame.width * frame.height)) ** 0.5
    if 0 < scale < 1:
        sides = (max(16, round(side * scale)) for side in (frame.width, frame.height))
        frame = frame.reformat(*sides, interpolation="AREA")
    if _has_alpha(frame):
        rgba = frame.to_ndarray(format="rgba")
        share = rgba[..., 3:].astype(np.uint16)
        pixels = ((rgba[..., :3] * share + 127) // 255).astype(np.uint8)
    else:
        pixels = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def _fitted(frame: av.VideoFrame, size: tuple[int, int] | None) -> Frame:
    upright = _upright(frame)
    return filled(upright, size) if size else upright
