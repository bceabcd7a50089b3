"""pool.mp4: the loops of a pool as a stage without an engine shows them, one after another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vj.core.errors import MediaError

Frames = NDArray[np.uint8]
LARGEST = 6_000_000
"""bytes that a new file may have; finer than that only costs disk"""
LARGEST_JOINED = 24_000_000
FPS = 12


def encode(path: Path, frames: Callable[[], Iterator[Frames]], size: tuple[int, int]) -> None:
    """H.264 of frames uint8 [H, W, 3] of `size`, as fine as fits into LARGEST bytes; they may be asked for again.

    Stitchable: files of one size can be joined without coding them again."""
    part = path.with_name(f"{path.stem}.{os.getpid()}.part.mp4")
    try:
        for quality in ("27", "30", "33", "36", "40"):
            with av.open(str(part), "w", options={"movflags": "faststart"}) as container:
                stream = container.add_stream("libx264", rate=FPS)
                stream.width, stream.height = size
                stream.pix_fmt = "yuv420p"
                how = {"crf": quality, "preset": "medium", "threads": "1", "x264-params": "stitchable=1"}
                stream.options = how
                for frame in frames():
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
                container.mux(stream.encode())
            if part.stat().st_size <= LARGEST:
                break
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def join(path: Path, parts: Sequence[Path]) -> None:
    """All loops of `parts` in one file, as long as it stays below LARGEST_JOINED bytes; those not there are left out.

    What fits together is copied, what does not is coded again."""
    there, total = [], 0
    for part in parts:
        size = part.stat().st_size if part.is_file() else 0
        if size and total + size <= LARGEST_JOINED:
            there.append(part)
            total += size
    if not there:
        return
    heads = list(dict.fromkeys(_head(part) for part in there))
    if len(heads) == 1:
        _copied(path, there)
        return
    encode(path, lambda: (frame for part in there for frame in pictures(part)), heads[0][1])


def pictures(path: Path) -> Iterator[Frames]:
    """Its frames uint8 [H, W, 3]. Raises MediaError."""
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="rgb24")
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(f"{path}: not a video that can be read: {error}") from None


def _head(path: Path) -> tuple[bytes, tuple[int, int]]:
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            return bytes(stream.codec_context.extradata or b""), (stream.width, stream.height)
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(f"{path}: not a video that can be read: {error}") from None


def _copied(path: Path, parts: Sequence[Path]) -> None:
    new = path.with_name(f"{path.stem}.{os.getpid()}.part.mp4")
    try:
        with av.open(str(new), "w", options={"movflags": "faststart"}) as out:
            stream, shift = None, 0
            for part in parts:
                with av.open(str(part)) as container:
                    source = container.streams.video[0]
                    stream = stream or out.add_stream_from_template(source)
                    ticks = round(1 / (FPS * source.time_base)) if source.time_base else 1
                    count = 0
                    for packet in container.demux(source):
                        if packet.dts is None or packet.pts is None:
                            continue
                        packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
                        packet.stream = stream
                        out.mux(packet)
                        count += 1
                    shift += count * ticks
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
