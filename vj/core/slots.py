"""Latest value wins: records and sound shared between processes without a lock.

A slot is a memory-mapped file under a seqlock (Lamport 1977; Linux seqlock.h): the one writer makes the number
odd, writes, makes it even; a reader copies and tries again when the number changed meanwhile. On processors that
reorder stores a checksum-free seqlock in Python relies on the interpreter's own barriers, so every record also
carries its number at the end; a torn read shows as two different numbers.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Record = np.ndarray[Any, np.dtype[np.void]]


def _map(path: Path, size: int, create: bool) -> mmap.mmap:
    if create:
        with open(path, "wb") as f:
            f.truncate(size)
    with open(path, "r+b") as f:
        return mmap.mmap(f.fileno(), size)


class Slot:
    """One record of a numpy structured dtype; one writer, any number of readers."""

    def __init__(self, path: Path, dtype: np.dtype[np.void], create: bool = False) -> None:
        self._dtype = np.dtype([("begin", "<u8"), ("record", dtype), ("end", "<u8")])
        self._map = _map(path, self._dtype.itemsize, create)
        self._view: Record = np.frombuffer(self._map, self._dtype, count=1)

    def write(self, record: Record) -> None:
        """record: an array of shape [1] or [] of the slot's dtype."""
        number = int(self._view["begin"][0]) | 1
        self._view["begin"][0] = number
        self._view["record"][0] = record if record.ndim == 0 else record[0]
        self._view["end"][0] = number + 1
        self._view["begin"][0] = number + 1

    def read(self, tries: int = 50) -> Record | None:
        """A copy of the newest whole record, shape [1]; None before the first write or after a writer died in one."""
        for _ in range(tries):
            before = int(self._view["begin"][0])
            if before == 0:
                return None
            if before & 1:
                continue
            copy = self._view.copy()
            if int(copy["end"][0]) == before and int(self._view["begin"][0]) == before:
                record: Record = copy["record"]
                return record
        return None

    @property
    def number(self) -> int:
        """Goes up by two with every write; 0 before the first."""
        return int(self._view["begin"][0]) & ~1


class AudioRing:
    """The last seconds of captured sound, float32 [frames, channels], addressed by absolute frame number."""

    _head = np.dtype([("end", "<u8"), ("t_end", "<f8"), ("rate", "<f8"), ("number", "<u8")])

    def __init__(self, path: Path, frames: int, channels: int = 2, create: bool = False) -> None:
        self.frames, self.channels = frames, channels
        size = self._head.itemsize + frames * channels * 4
        self._map = _map(path, size, create)
        self._top: Record = np.frombuffer(self._map, self._head, count=1)
        flat = np.frombuffer(self._map, np.float32, count=frames * channels, offset=self._head.itemsize)
        self._data: NDArray[np.float32] = flat.reshape(frames, channels)

    def write(self, block: NDArray[np.float32], t_end: float, rate: float) -> None:
        """block [N, channels], N <= frames; t_end: when its last sample sounded (s)."""
        end = int(self._top["end"][0])
        n = len(block)
        at = end % self.frames
        first = min(n, self.frames - at)
        self._data[at : at + first] = block[:first]
        self._data[: n - first] = block[first:]
        self._top["t_end"][0] = t_end
        self._top["rate"][0] = rate
        self._top["end"][0] = end + n

    @property
    def end(self) -> int:
        """Number of the first frame that has not been written yet."""
        return int(self._top["end"][0])

    @property
    def rate(self) -> float:
        """Sample rate (Hz), 0 before the first write."""
        return float(self._top["rate"][0])

    @property
    def t_end(self) -> float:
        """When frame `end - 1` sounded (s)."""
        return float(self._top["t_end"][0])

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """A copy of frames start..stop-1; what has already been overwritten or is not there yet is silence."""
        out = np.zeros((max(0, stop - start), self.channels), np.float32)
        lo, hi = max(start, self.end - self.frames, 0), min(stop, self.end)
        if hi <= lo:
            return out
        index = np.arange(lo, hi) % self.frames
        out[lo - start : hi - start] = self._data[index]
        return out
