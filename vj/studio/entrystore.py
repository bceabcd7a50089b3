"""Entries on disk, each a file of its own under the name of what it was made from: whole, or not there."""

from __future__ import annotations

import io
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vj.core.paths import cache_dir

if TYPE_CHECKING:
    from torch import Tensor

ABANDONED_S = 3600.0
"""a part that nobody wrote to for so long was left by a process that was killed"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it was made: see `vj.studio.entries.packed`."""

    caption: str
    palette: tuple[str, ...]
    source: str
    tags: tuple[str, ...]
    tensors: dict[str, Tensor]
    """latents int8 [T, C, h, w], scale [C], attributes, known [A], phases [T], features [5], pictures, cuts"""
    tries: int = 1
    """which one of several it is, where those before it did not pass their checks"""

    def picture(self, t: int) -> NDArray[np.uint8]:
        """uint8 [H, W, 3]: what frame t decodes to."""
        begin, end = self.tensors["cuts"][t : t + 2].tolist()
        data = self.tensors["pictures"][begin:end].numpy().tobytes()
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def folder_of(cache: Path | None = None) -> Path:
    return (cache or cache_dir()) / "entries"


def path_of(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key[2:]}.safetensors"


def keep(path: Path, whole: bytes) -> None:
    """Write, sync, rename: whoever comes second replaces the file by the same bytes. Raises OSError (a full disk)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def read(path: Path, check: bool = True) -> Kept:
    """Raises PoolError for a file that is missing, cut off, or with `check` not what was written."""
    from engine.errors import PoolError
    from engine.model import weights

    tensors, said = weights.load(path, "it is made again", PoolError)
    if check and weights.digest(tensors) != said.get("sha256"):
        raise PoolError(f"{path}: is damaged (its sha256 is another)", "it is made again")
    return _kept(said, tensors)


def sweep(folder: Path) -> int:
    """Remove what killed processes left half-written. Returns how many."""
    old = [part for part in folder.glob("*/*.part") if time.time() - _written(part) > ABANDONED_S]
    for part in old:
        part.unlink(missing_ok=True)
    return len(old)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time writes the pool of this name; the system lets go of it when a process is killed."""
    folder = cache_dir() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        try:
            import fcntl
        except ImportError:  # Windows has none; there two at once may write the pool twice
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def unpacked(whole: bytes) -> Kept:
    """An entry that was never on disk."""
    from safetensors.torch import load

    length = int.from_bytes(whole[:8], "little")
    said = json.loads(json.loads(whole[8 : 8 + length])["__metadata__"]["house"])
    return _kept(said, load(whole))


def _kept(said: Mapping[str, Any], tensors: dict[str, Tensor]) -> Kept:
    caption, source, tries = said["caption"], said["source"], said.get("tries", 1)
    return Kept(caption, tuple(said["palette"]), source, tuple(said["tags"]), tensors, tries)
