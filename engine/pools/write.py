"""Safetensors files larger than memory: every tensor in pieces, the sha256 first, the file whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TYPES = {torch.int64: "I64", torch.float32: "F32", torch.float16: "F16", torch.uint8: "U8", torch.int8: "I8"}


@dataclass(frozen=True, slots=True)
class Column:
    """A tensor as `parts` along its first axis; they are asked for twice, and come the same both times."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    parts: Callable[[], Iterable[Tensor]]

    @classmethod
    def of(cls, whole: Tensor) -> Column:
        return cls(tuple(whole.shape), whole.dtype, lambda: (whole,))

    @property
    def size(self) -> int:
        """In bytes."""
        count = 1
        for side in self.shape:
            count *= side
        return count * torch.empty(0, dtype=self.dtype).element_size()


def write(path: Path, columns: Mapping[str, Column], meta: Mapping[str, Any]) -> str:
    """Returns the sha256 of all (as engine.model.weights.digest has it), which is stored too. Synced before renaming,
    so that a machine that goes down leaves the old file or the new one."""
    sha = _digest(columns)
    head: dict[str, Any] = {"__metadata__": {"house": json.dumps({**meta, "sha256": sha})}}
    ordered = sorted(columns, key=lambda name: (-columns[name].dtype.itemsize, name))
    at = 0
    for name in ordered:
        column = columns[name]
        end = at + column.size
        head[name] = {"dtype": TYPES[column.dtype], "shape": list(column.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    part = path.with_name(f"{path.stem}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for name in ordered:
                for piece in columns[name].parts():
                    file.write(_bytes(piece))
            if file.tell() != 8 + len(text) + at:
                raise ValueError(f"{path}: {file.tell()} bytes came, {8 + len(text) + at} were said")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return sha


def _digest(columns: Mapping[str, Column]) -> str:
    sha = hashlib.sha256()
    for name in sorted(columns):
        sha.update(f"{name} {columns[name].shape} {columns[name].dtype}".encode())
        for piece in columns[name].parts():
            sha.update(_bytes(piece))
    return sha.hexdigest()


def _bytes(piece: Tensor) -> memoryview:
    if piece.numel() == 0:
        return memoryview(b"")
    eight: NDArray[np.uint8] = piece.detach().contiguous().reshape(-1).view(torch.uint8).numpy()
    return eight.data
