"""The entries of a large pool: packed as one line of JSON each, decoded one at a time when somebody asks."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Entry:
    """One loop: how it is called, what it shows, its main colours (#rrggbb), what it was made from."""

    name: str
    caption: str = ""
    palette: tuple[str, ...] = ()
    source: str = ""
    """world (a drawn clip, encoded), text (made from its caption), or the name of an image or video"""
    tags: tuple[str, ...] = ()
    """how it moves, how bright it is, its colours, its family, in words"""


class Packed(Sequence[Entry]):
    """`lines` uint8 [bytes], memory-mapped; entry i lies between `ends` [N + 1] int64."""

    def __init__(self, lines: Tensor, ends: Tensor) -> None:
        self._lines, self._ends = lines, ends

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, at: int | slice) -> Entry | tuple[Entry, ...]:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        i = at + len(self) if at < 0 else at
        if not 0 <= i < len(self):
            raise IndexError(at)
        return _entry(json.loads(self._lines[int(self._ends[i]) : int(self._ends[i + 1])].numpy().tobytes()))

    def __iter__(self) -> Iterator[Entry]:
        whole = self._lines.numpy().tobytes()
        ends = self._ends.tolist()
        for begin, end in itertools.pairwise(ends):
            yield _entry(json.loads(whole[begin:end]))

    def find(self, name: str) -> int:
        """The number of the entry of this name, -1 for none. Looks through the bytes, decodes nothing."""
        whole, wanted = self._lines.numpy().tobytes(), _head(name)
        at = 0 if whole.startswith(wanted) else whole.find(b"\n" + wanted) + 1
        if at == 0 and not whole.startswith(wanted):
            return -1
        return int(torch.searchsorted(self._ends, at))


def packed(entries: Iterable[Entry]) -> tuple[Tensor, Tensor]:
    """`lines` and `ends`, as `Packed` reads them."""
    rows = [(_row(entry) + "\n").encode() for entry in entries]
    ends = torch.tensor([0, *(len(row) for row in rows)]).cumsum(0)
    return torch.frombuffer(bytearray(b"".join(rows)), dtype=torch.uint8), ends


def find(entries: Sequence[Entry], name: str) -> int:
    """The number of the entry of this name, -1 for none."""
    if isinstance(entries, Packed):
        return entries.find(name)
    return next((i for i, entry in enumerate(entries) if entry.name == name), -1)


def _row(entry: Entry) -> str:
    row = [entry.name, entry.caption, entry.palette, entry.source, entry.tags]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _head(name: str) -> bytes:
    return f"[{json.dumps(name, ensure_ascii=False)},".encode()


def _entry(row: list[Any]) -> Entry:
    name, caption, palette, source, tags = row
    return Entry(name, caption, tuple(palette), source, tuple(tags))
