"""Clips with everything that is known of them, and shards of clips on disk. numpy and the standard library only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames uint8 [T, H, W, 3], the phase of the motion in each (turns, 0-1) and what the clip is."""

    frames: Frames
    phases: tuple[float, ...]
    caption: str = ""
    attributes: Mapping[str, float] = field(default_factory=dict)
    """`family/tunnel`: weight, `palette/3`: weight, `scale`: -1 to 1 ...; the world names them"""
    palette: tuple[str, ...] = ()
    """main colours as #rrggbb"""
    audio: NDArray[np.float32] | None = None
    """[T, 8], see engine.diffusion.contracts.AUDIO; None: the picture heard nothing"""
    depth: NDArray[np.uint8] | None = None
    """[T, H / 16, W / 16], nearness 0-255; None: the picture is flat"""
    reference: Frames | None = None
    """uint8 [T, H, W, 3], a relative of the clip (its forms in other colours, or another of its kind); not on disk"""
    closeness: float = 0.0
    """of the relative, see engine.diffusion.contracts"""


def save_shard(path: Path, clips: Sequence[Clip]) -> None:
    """Write clips of one shape as PATH.npy and PATH.json; the JSON comes last, so nobody meets half a shard."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path.with_suffix(".npy"), np.stack([c.frames for c in clips]))
    records = [
        {
            "phases": c.phases,
            "caption": c.caption,
            "attributes": dict(c.attributes),
            "palette": c.palette,
            "audio": None if c.audio is None else c.audio.tolist(),
            "depth": None if c.depth is None else c.depth.tolist(),
        }
        for c in clips
    ]
    part = path.with_suffix(".part")
    part.write_text(json.dumps(records))
    os.replace(part, path.with_suffix(".json"))


def load_shard(path: Path) -> list[Clip]:
    """Clips of a shard; their frames stay on disk, memory-mapped, until they are used."""
    frames = np.load(path.with_suffix(".npy"), mmap_mode="r")
    records = json.loads(path.with_suffix(".json").read_text())
    return [_clip(frames[i], record) for i, record in enumerate(records)]


def _clip(frames: Frames, record: Mapping[str, Any]) -> Clip:
    audio, depth = record.get("audio"), record.get("depth")
    return Clip(
        frames,
        tuple(record["phases"]),
        record["caption"],
        record["attributes"],
        tuple(record["palette"]),
        None if audio is None else np.array(audio, np.float32),
        None if depth is None else np.array(depth, np.uint8),
    )


def shards(folder: Path) -> list[Path]:
    """Whole shards in a folder, in the order of their names."""
    return sorted(folder.glob("*.json"))


def clips_of(folder: Path) -> Iterator[Clip]:
    for path in shards(folder):
        yield from load_shard(path)
