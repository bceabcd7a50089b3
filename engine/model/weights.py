"""Weights on disk: safetensors with a description in JSON. Nothing else is ever loaded, a pickle least of all."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import EngineError, WeightsError

_REMAKE = "take the file from the repository again, or train it: vj train"


def digest(tensors: Mapping[str, Tensor]) -> str:
    """sha256 over names, shapes, types and bytes, in the order of the names."""
    sha = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].detach().contiguous()
        sha.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        sha.update(value.reshape(-1).view(torch.uint8).numpy().tobytes() if value.numel() else b"")
    return sha.hexdigest()


def save(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> str:
    """Write tensors and description; returns the sha256 of the tensors. Whole or not at all: a full disk is a
    WeightsError."""
    kept = {name: value.detach().contiguous() for name, value in tensors.items()}
    sha = digest(kept)
    part = path.with_suffix(".part")
    try:
        save_file(kept, part, metadata={"house": json.dumps({**meta, "sha256": sha})})
    except SafetensorError as cause:  # its own, not an OSError, for whatever the disk says
        part.unlink(missing_ok=True)
        raise WeightsError(f"{path}: cannot be written ({cause})", "make room on the disk") from None
    part.chmod(0o644)
    os.replace(part, path)
    return sha


def check_header(path: Path, error: type[EngineError], mend: str) -> None:
    """Raise `error` with one clear line when a file is missing, cut off, or not safetensors."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as f:
            first = f.read(9)
    except OSError as cause:
        raise error(f"{path}: {cause.strerror or cause}", mend) from None
    if first[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise error(f"{path}: is a pickle (a torch.save file), which can run code and is never loaded", mend)
    if len(first) < 9 or first[8:9] != b"{":
        raise error(f"{path}: is not a safetensors file ({size} bytes, no JSON header)", mend)
    (length,) = struct.unpack("<Q", first[:8])
    if 8 + length > size:
        raise error(f"{path}: is cut off ({size} bytes, its header alone needs {8 + length})", mend)


def load(path: Path, mend: str = _REMAKE, error: type[EngineError] = WeightsError) -> tuple[dict[str, Tensor], Any]:
    """Tensors (memory-mapped) and description. Raises `error`; the sha256 is not computed here, see `verify`."""
    check_header(path, error, mend)
    try:
        with safe_open(path, framework="pt") as f:
            meta = json.loads((f.metadata() or {}).get("house", "{}"))
            tensors = {name: f.get_tensor(name) for name in f.keys()}  # noqa: SIM118  # not a mapping
    except (SafetensorError, OSError, ValueError) as cause:
        size = path.stat().st_size
        raise error(f"{path}: is damaged or cut off ({size} bytes: {cause})", mend) from None
    return tensors, meta


def verify(path: Path) -> str:
    """Read everything and compare the sha256 with the stored one. Returns it; raises WeightsError."""
    tensors, meta = load(path)
    found = digest(tensors)
    if meta.get("sha256") != found:
        raise WeightsError(
            f"{path}: its contents have sha256 {found[:12]}, {str(meta.get('sha256'))[:12]} is stored", _REMAKE
        )
    return found
