"""Latent pools: closed loops of latents with names and everything known about them, memory-mapped from safetensors.

A pool is a folder: pool.toml (for people), pool.safetensors (for the engine), pool.mp4 (for a stage without an engine).
A small pool lists its entries in pool.toml (format 1); a large one has them packed in pool.safetensors (format 2), for
a hundred thousand tables of TOML take half a minute to read.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import PoolError
from engine.model import weights
from engine.pools.features import FEATURES
from engine.pools.index import Entry, Packed, find, packed
from engine.pools.write import Column, write

__all__ = ["Entry", "LatentPool", "load", "mismatch", "quantise", "save", "save_streamed"]
LISTED, PACKED = 1, 2
"""formats: entries in pool.toml, or packed in pool.safetensors"""
MOST_LISTED = 1000
"""entries from which on they are packed"""


@dataclass(frozen=True, slots=True)
class LatentPool:
    """N loops of T frames. Latents are int8; times `scale` they have variance 1 over the world."""

    name: str
    entries: Sequence[Entry]
    latents: Tensor
    """int8 [N, T, C, h, w]"""
    scale: Tensor
    """float32 [C], or [N, C]: of each entry, so that entries can be added and merged as they are"""
    attributes: Tensor
    """float32 [N, A]"""
    known: Tensor
    """float32 [N, A], 1 where an attribute counts"""
    phases: Tensor
    """float32 [N, T], turns of the motion"""
    names: tuple[str, ...]
    """of the attributes, in order"""
    size: tuple[int, int]
    """width, height of the picture in pixels: the middle of what the latents decode to"""
    autoencoder: str
    """sha256 of the weights that encoded it"""
    features: Tensor | None = None
    """float32 [N, 5], see engine.pools.features; None: an old pool, they are worked out when asked for"""

    @property
    def frames(self) -> int:
        return int(self.latents.shape[1])

    def index(self, name: str) -> int:
        """Raises PoolError for a name that is not in the pool."""
        if (at := find(self.entries, name)) >= 0:
            return at
        known = ", ".join(entry.name for entry in self.entries[:8])
        raise PoolError(f'pool "{self.name}" has no entry "{name}"', f"it has {known} ...")

    def frame(self, entry: int, t: int) -> Tensor:
        """float32 [C, h, w]"""
        scale = self.scale if self.scale.dim() == 1 else self.scale[entry]
        return self.latents[entry, t % self.frames].float() * scale[:, None, None]


def remade(name: str) -> str:
    """What mends a pool that cannot be used."""
    return f"make it again: vj prerender SETLIST --only {name}, or reinstall if it came along"


def load(folder: Path) -> LatentPool:
    """Read a pool. Raises PoolError in one line: the file, what is wrong with it, what mends it."""
    mend = remade(folder.name)
    about = _about(folder / "pool.toml", mend)
    path = folder / "pool.safetensors"
    tensors, meta = weights.load(path, mend, PoolError)
    entries = _entries(folder / "pool.toml", about, path, tensors, mend)
    names = tuple(meta.get("names", ()))
    _check(path, tensors, len(entries), len(names), mend)
    size = about.get("size", ())
    h, w = tensors["latents"].shape[-2:]
    if len(size) != 2 or size[0] > w * 16 or size[1] > h * 16:
        raise PoolError(f"{folder / 'pool.toml'}: size = {size} with latents for {w * 16}x{h * 16}", mend)
    return LatentPool(
        name=str(about.get("name", folder.name)),
        entries=entries,
        latents=tensors["latents"],
        scale=tensors["scale"].float(),
        attributes=tensors["attributes"].float(),
        known=tensors["known"].float(),
        phases=tensors["phases"].float(),
        names=names,
        size=(int(size[0]), int(size[1])),
        autoencoder=str(meta.get("autoencoder", "")),
        features=tensors["features"].float() if "features" in tensors else None,
    )


def save(folder: Path, pool: LatentPool, comment: str = "") -> str:
    """Write pool.toml and pool.safetensors; the toml comes last, so a half-written pool is seen as none.

    Returns the sha256 of the tensors."""
    latents = Column(tuple(pool.latents.shape), torch.int8, lambda: torch.split(pool.latents, 64))
    return save_streamed(folder, pool, latents, comment)


def save_streamed(folder: Path, pool: LatentPool, latents: Column, comment: str = "") -> str:
    """As `save`, but for latents that come piece by piece and are never all in memory; those of `pool` are not read."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "scale": pool.scale.float(),
        "attributes": pool.attributes.half(),
        "known": pool.known.half(),
        "phases": pool.phases.float(),
    }
    if pool.features is not None:
        tensors["features"] = pool.features.float()
    if len(pool.entries) > MOST_LISTED:
        tensors["lines"], tensors["ends"] = packed(pool.entries)
    columns = {name: Column.of(value) for name, value in tensors.items()} | {"latents": latents}
    meta = {"kind": "pool", "names": list(pool.names), "autoencoder": pool.autoencoder, "features": list(FEATURES)}
    sha = write(folder / "pool.safetensors", columns, meta)
    part = folder / f"pool.{os.getpid()}.part"
    part.write_text(to_toml(pool, comment), "utf-8")
    os.replace(part, folder / "pool.toml")
    return sha


def to_toml(pool: LatentPool, comment: str = "") -> str:
    large = len(pool.entries) > MOST_LISTED
    head = [f"# {line}" for line in comment.splitlines()]
    head += [f"format = {PACKED if large else LISTED}", f"name = {json.dumps(pool.name)}"]
    head += [f"size = [{pool.size[0]}, {pool.size[1]}]", f"frames = {pool.frames}"]
    head += [f"autoencoder = {json.dumps(pool.autoencoder)}", ""]
    if large:
        return "\n".join([*head[:-1], f"count = {len(pool.entries)}", "# the entries: vj pool show", ""])
    for entry in pool.entries:
        head += ["[[entries]]", f"name = {json.dumps(entry.name)}", f"caption = {json.dumps(entry.caption)}"]
        head += [f"palette = {json.dumps(list(entry.palette))}", f"source = {json.dumps(entry.source)}"]
        head += [f"tags = {json.dumps(list(entry.tags))}", ""] if entry.tags else [""]
    return "\n".join(head)


def quantise(latents: Tensor) -> tuple[Tensor, Tensor]:
    """float [N, T, C, h, w] -> int8 and scale [C]. The rarest thousandth is clipped at 4.5 times the spread."""
    spread = latents.transpose(0, 2).flatten(1).std(1)
    scale = (4.5 * spread / 127.0).clamp(min=1e-6)
    return (latents / scale[:, None, None]).round().clamp(-127, 127).to(torch.int8), scale


def mismatch(pool: LatentPool, sha: str, channels: int) -> str:
    """A warning when the pool was encoded by another autoencoder. Raises PoolError when it cannot be decoded at all."""
    if pool.latents.shape[2] != channels:
        raise PoolError(
            f'pool "{pool.name}": {pool.latents.shape[2]} latent channels, the model has {channels}',
            remade(pool.name),
        )
    if pool.autoencoder and pool.autoencoder != sha:
        return f'pool "{pool.name}" was encoded by other weights ({pool.autoencoder[:8]}, not {sha[:8]}): make it again'
    return ""


def _about(path: Path, mend: str) -> Mapping[str, Any]:
    try:
        about = tomllib.loads(path.read_text())
    except OSError as cause:
        raise PoolError(f"{path}: {cause.strerror or cause}", mend) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise PoolError(f"{path}: {cause}", mend) from None
    if about.get("format") not in (LISTED, PACKED):
        raise PoolError(f"{path}: format = {about.get('format')!r}, this program reads {LISTED} and {PACKED}", mend)
    return about


def _entries(
    toml: Path, about: Mapping[str, Any], path: Path, tensors: Mapping[str, Tensor], mend: str
) -> Sequence[Entry]:
    if about["format"] == LISTED:
        return tuple(_entry(toml, row, mend) for row in about.get("entries", ()))
    lines, ends = tensors.get("lines"), tensors.get("ends")
    if lines is None or ends is None or len(ends) < 2 or int(ends[0]) != 0 or int(ends[-1]) != len(lines):
        raise PoolError(f"{path}: its list of entries is not there or damaged", mend)
    return Packed(lines, ends)


def _entry(path: Path, row: Any, mend: str) -> Entry:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        raise PoolError(f"{path}: an entry without a name", mend)
    colours = tuple(str(c) for c in row.get("palette", ()))
    tags = tuple(str(tag) for tag in row.get("tags", ()))
    return Entry(row["name"], str(row.get("caption", "")), colours, str(row.get("source", "")), tags)


def _check(path: Path, tensors: Mapping[str, Tensor], entries: int, names: int, mend: str) -> None:
    missing = {"latents", "scale", "attributes", "known", "phases"} - set(tensors)
    if missing:
        raise PoolError(f"{path}: lacks {', '.join(sorted(missing))}", mend)
    latents = tensors["latents"]
    if latents.dtype != torch.int8 or latents.dim() != 5:
        raise PoolError(
            f"{path}: latents are {latents.dtype} {tuple(latents.shape)}, int8 [N, T, C, h, w] wanted", mend
        )
    n, t, c = latents.shape[:3]
    wanted: dict[str, Sequence[int]]
    scale = (c,) if tensors["scale"].dim() == 1 else (n, c)
    wanted = {"scale": scale, "attributes": (n, names), "known": (n, names), "phases": (n, t)}
    if "features" in tensors:
        wanted["features"] = (n, len(FEATURES))
    for name, shape in wanted.items():
        if tuple(tensors[name].shape) != tuple(shape):
            raise PoolError(f"{path}: {name} is {tuple(tensors[name].shape)}, {tuple(shape)} wanted", mend)
    if n != entries or n == 0:
        raise PoolError(f"{path}: holds {n} loops, pool.toml names {entries}", mend)
