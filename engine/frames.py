"""Frames and short texts shared with the stage through memory-mapped files. numpy and the standard library only.

`Note`: one text, newest wins (Request one way, Status the other). `FrameSlots`: the last three chunks.
Both under a seqlock (the writer makes the number odd while it writes): nobody ever waits for anybody.
"""

from __future__ import annotations

import json
import mmap
import struct
from pathlib import Path

import numpy as np

from engine.types import Chunk

MAX_FRAMES = 8
"""frames a chunk may hold"""
_SLOTS = 3
_NOTE_BYTES = 65536
_HEAD = np.dtype(
    [
        ("number", "<u8"),
        ("epoch", "<i8"),
        ("seq", "<i8"),
        ("count", "<i8"),
        ("width", "<i8"),
        ("height", "<i8"),
        ("times", "<f8", (MAX_FRAMES,)),
        ("meta", "S2048"),
    ]
)


def _open(path: Path, size: int, create: bool) -> mmap.mmap:
    if create:
        with open(path, "wb") as f:
            f.truncate(size)
    with open(path, "r+b") as f:
        return mmap.mmap(f.fileno(), size)


class Note:
    """One UTF-8 text of at most 64 KiB; one writer, any number of readers."""

    def __init__(self, path: Path, create: bool = False) -> None:
        self._map = _open(path, 16 + _NOTE_BYTES, create)

    def write(self, text: str) -> None:
        """Raises ValueError when the text is too long."""
        data = text.encode()
        if len(data) > _NOTE_BYTES:
            raise ValueError(f"note of {len(data)} bytes, at most {_NOTE_BYTES}")
        number = self.number + 1
        struct.pack_into("<Q", self._map, 0, number)
        struct.pack_into("<Q", self._map, 8, len(data))
        self._map[16 : 16 + len(data)] = data
        struct.pack_into("<Q", self._map, 0, number + 1)

    def read(self, tries: int = 50) -> str:
        """The newest whole text; empty before the first write, or when the writer died half-way."""
        for _ in range(tries):
            (before,) = struct.unpack_from("<Q", self._map, 0)
            if before & 1:
                continue
            (length,) = struct.unpack_from("<Q", self._map, 8)
            data = bytes(self._map[16 : 16 + min(length, _NOTE_BYTES)])
            if struct.unpack_from("<Q", self._map, 0)[0] == before:
                return data.decode(errors="replace")
        return ""

    @property
    def number(self) -> int:
        """Goes up by two with every write; 0 before the first."""
        value: int = struct.unpack_from("<Q", self._map, 0)[0]
        return value & ~1


class FrameSlots:
    """The last three chunks of frames of at most `width` x `height`."""

    def __init__(self, path: Path, size: tuple[int, int], create: bool = False) -> None:
        self.size = size
        self._frame_bytes = size[0] * size[1] * 3
        stride = _HEAD.itemsize + MAX_FRAMES * self._frame_bytes
        self._map = _open(path, _SLOTS * stride, create)
        self._heads = [np.frombuffer(self._map, _HEAD, count=1, offset=i * stride) for i in range(_SLOTS)]
        self._data = [
            np.frombuffer(self._map, np.uint8, count=MAX_FRAMES * self._frame_bytes, offset=i * stride + _HEAD.itemsize)
            for i in range(_SLOTS)
        ]

    def write(self, chunk: Chunk) -> None:
        """Put a chunk into the oldest slot. Raises ValueError when it is larger than the slot."""
        count, height, width, _ = chunk.frames.shape
        nbytes = chunk.frames.nbytes
        if count > MAX_FRAMES or nbytes > self._data[0].nbytes:
            raise ValueError(f"chunk of {count} frames {width}x{height} does not fit {MAX_FRAMES} of {self.size}")
        numbers = [int(h["number"][0]) for h in self._heads]
        at = numbers.index(min(numbers))
        head = self._heads[at]
        head["number"][0] = 0  # 0: being written
        head["epoch"][0], head["seq"][0], head["count"][0] = chunk.epoch, chunk.seq, count
        head["width"][0], head["height"][0] = width, height
        head["times"][0, :count] = chunk.times
        head["meta"][0] = json.dumps({"label": dict(chunk.label), "ms": dict(chunk.ms)}).encode()[:2047]
        self._data[at][:nbytes] = chunk.frames.reshape(-1)
        head["number"][0] = max(numbers) + 1

    def read_after(self, number: int) -> tuple[int, list[Chunk]]:
        """Chunks newer than `number`, oldest first, copied; and the newest number seen. Torn ones are left out."""
        found: list[tuple[int, Chunk]] = []
        for head, data in zip(self._heads, self._data, strict=True):
            before = int(head["number"][0])
            if before <= number:
                continue
            count, width, height = int(head["count"][0]), int(head["width"][0]), int(head["height"][0])
            nbytes = count * width * height * 3
            if not 0 < nbytes <= data.nbytes:
                continue
            copied = head.copy()
            frames = data[:nbytes].copy().reshape(count, height, width, 3)
            if int(head["number"][0]) != before:
                continue
            meta = _meta(bytes(copied["meta"][0]))
            times = tuple(float(t) for t in copied["times"][0, :count])
            chunk = Chunk(int(copied["epoch"][0]), int(copied["seq"][0]), frames, times, meta[0], meta[1])
            found.append((before, chunk))
        found.sort(key=lambda item: item[0])
        return (found[-1][0] if found else number), [chunk for _, chunk in found]


def _meta(raw: bytes) -> tuple[dict[str, str], dict[str, float]]:
    try:
        value = json.loads(raw.rstrip(b"\0") or b"{}")
    except ValueError:  # cut off at the slot's end: the picture still counts
        return {}, {}
    return value.get("label", {}), value.get("ms", {})
