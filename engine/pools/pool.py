"""Latent pools: closed loops of latents with names and everything known about them, memory-mapped from safetensors.

A pool is a folder: pool.toml (for people), pool.safetensors (for the engine), pool.mp4 (for a stage without an engine).
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

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One loop: how it is called, what it shows, its main colours (#rrggbb), what it was made from."""

    name: str
    caption: str = ""
    palette: tuple[str, ...] = ()
    source: str = ""
    """world (a drawn clip, encoded), text (made from its caption), or the name of an image or video"""


@dataclass(frozen=True, slots=True)
class LatentPool:
    """N loops of T frames. Latents are int8; times `scale` they have variance 1 over the world."""

    name: str
    entries: tuple[Entry, ...]
    latents: Tensor
    """int8 [N, T, C, h, w]"""
    scale: Tensor
    """float32 [C]"""
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

    @property
    def frames(self) -> int:
        return int(self.latents.shape[1])

    def index(self, name: str) -> int:
        """Raises PoolError for a name that is not in the pool."""
        for i, entry in enumerate(self.entries):
            if entry.name == name:
                return i
        known = ", ".join(entry.name for entry in self.entries[:8])
        raise PoolError(f'pool "{self.name}" has no entry "{name}"', f"it has {known} ...")

    def frame(self, entry: int, t: int) -> Tensor:
        """float32 [C, h, w]"""
        return self.latents[entry, t % self.frames].float() * self.scale[:, None, None]


def load(folder: Path) -> LatentPool:
    """Read a pool. Raises PoolError in one line: the file, what is wrong with it, what mends it."""
    mend = f"make it again: python -m vj.studio.prerender {folder.name}"
    about = _about(folder / "pool.toml", mend)
    path = folder / "pool.safetensors"
    tensors, meta = weights.load(path, mend, PoolError)
    entries = tuple(_entry(folder / "pool.toml", row, mend) for row in about.get("entries", ()))
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
    )


def save(folder: Path, pool: LatentPool, comment: str = "") -> None:
    """Write pool.toml and pool.safetensors; the toml comes last, so a half-written pool is seen as none."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "latents": pool.latents,
        "scale": pool.scale.float(),
        "attributes": pool.attributes.half(),
        "known": pool.known.half(),
        "phases": pool.phases.float(),
    }
    meta = {"kind": "pool", "names": list(pool.names), "autoencoder": pool.autoencoder}
    weights.save(folder / "pool.safetensors", tensors, meta)
    part = folder / "pool.part"
    part.write_text(to_toml(pool, comment))
    os.replace(part, folder / "pool.toml")


def to_toml(pool: LatentPool, comment: str = "") -> str:
    head = [f"# {line}" for line in comment.splitlines()]
    head += [f"format = {FORMAT}", f"name = {json.dumps(pool.name)}", f"size = [{pool.size[0]}, {pool.size[1]}]"]
    head += [f"frames = {pool.frames}", f"autoencoder = {json.dumps(pool.autoencoder)}", ""]
    for entry in pool.entries:
        head += ["[[entries]]", f"name = {json.dumps(entry.name)}", f"caption = {json.dumps(entry.caption)}"]
        head += [f"palette = {json.dumps(list(entry.palette))}", f"source = {json.dumps(entry.source)}", ""]
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
            f"make it again: python -m vj.studio.prerender {pool.name}",
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
    if about.get("format") != FORMAT:
        raise PoolError(f"{path}: format = {about.get('format')!r}, this program reads {FORMAT}", mend)
    return about


def _entry(path: Path, row: Any, mend: str) -> Entry:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        raise PoolError(f"{path}: an entry without a name", mend)
    colours = tuple(str(c) for c in row.get("palette", ()))
    return Entry(row["name"], str(row.get("caption", "")), colours, str(row.get("source", "")))


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
    wanted = {"scale": (c,), "attributes": (n, names), "known": (n, names), "phases": (n, t)}
    for name, shape in wanted.items():
        if tuple(tensors[name].shape) != tuple(shape):
            raise PoolError(f"{path}: {name} is {tuple(tensors[name].shape)}, {tuple(shape)} wanted", mend)
    if n != entries or n == 0:
        raise PoolError(f"{path}: holds {n} loops, pool.toml names {entries}", mend)
