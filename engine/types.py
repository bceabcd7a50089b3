"""What the stage asks of the generator and what comes back. numpy and the standard library only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tempo:
    """Beat `beat` (counted with its fraction) falls at `t` (s, perf_counter); `bpm` > 0."""

    t: float = 0.0
    beat: float = 0.0
    bpm: float = 120.0

    def beats_at(self, t: float) -> float:
        return self.beat + (t - self.t) * self.bpm / 60.0


@dataclass(frozen=True, slots=True)
class Walk:
    """A path through a pool as a pure function of the beat: hold an entry, morph to the next, hold ...

    The order of entries is a seeded shuffle of `entries` (all when empty); entry number k of the walk begins at
    beat k * (hold + morph). Within an entry the clip's loop turns once in `motion` beats.
    """

    seed: int = 0
    hold: float = 4.0
    """beats an entry is held"""
    morph: float = 4.0
    """beats a morph takes"""
    motion: float = 8.0
    """beats in which an entry's loop turns once"""
    entries: tuple[str, ...] = ()
    mode: str = "morph"
    """one of MODES"""
    onsets: int = 0
    """kicks heard so far, for `cut`"""


MODES = ("morph", "drift", "cut", "loop", "nearest")
"""morph: hold, then morph. drift: always on the way. cut: another entry with every kick. loop: the first entry only.
nearest: as morph, but each next entry is the one that the music asks for (controls `pick/energy`, `pick/brightness`)"""


@dataclass(frozen=True, slots=True)
class Request:
    """The newest wish; it replaces the one before."""

    epoch: int = 0
    """goes up when what was made so far is no longer wanted (another pool, seed or scene)"""
    seq: int = 0
    pipeline: str = "poolwalk"
    prompts: tuple[tuple[str, float], ...] = ()
    seed: int = 0
    strength: float = 0.3
    """0: plain interpolation; 1: from pure noise"""
    steps: int = 1
    size: tuple[int, int] = (256, 144)
    """width, height of the frames in pixels"""
    pool: str = "house"
    walk: Walk = field(default_factory=Walk)
    tempo: Tempo = field(default_factory=Tempo)
    controls: Mapping[str, float] = field(default_factory=dict)
    t_seen: float = 0.0
    """when the first frame made for this request will be on the screen (s); 0: as soon as possible"""
    running: bool = True
    """False: nothing is shown that needs frames; the engine rests"""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Request:
        raw: dict[str, Any] = json.loads(text)
        known = {f.name for f in fields(cls)}
        kept = {k: v for k, v in raw.items() if k in known}
        walk, tempo = dict(kept.pop("walk", {})), dict(kept.pop("tempo", {}))
        walk["entries"] = tuple(walk.get("entries", ()))
        kept["prompts"] = tuple((str(p), float(w)) for p, w in kept.get("prompts", ()))
        kept["size"] = tuple(kept.get("size", (256, 144)))
        return cls(walk=Walk(**walk), tempo=Tempo(**tempo), **kept)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames that were made together: uint8 [T, H, W, 3] sRGB, top row first, and when each is due."""

    epoch: int
    seq: int
    frames: NDArray[np.uint8]
    times: tuple[float, ...]
    """T times (s) at which the frames are to be seen"""
    label: Mapping[str, str] = field(default_factory=dict)
    """model, weights sha256, pool, seed, prompt: what an honest caption needs"""
    ms: Mapping[str, float] = field(default_factory=dict)
    """milliseconds per stage of the pipeline"""


@dataclass(frozen=True, slots=True)
class Status:
    """What the worker says of itself, several times a second."""

    t: float = 0.0
    """heartbeat (s)"""
    state: str = "starting"
    """starting, running, resting, failed"""
    frames: int = 0
    """frames made since the worker started"""
    fps: float = 0.0
    ran_s: float = 0.0
    """seconds spent making frames or waiting for the next to be due, without rests"""
    p50_ms: float = 0.0
    """time for one new frame"""
    p95_ms: float = 0.0
    runtime: str = ""
    device: str = ""
    threads: int = 0
    size: tuple[int, int] = (0, 0)
    error: str = ""
    pid: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Status:
        raw: dict[str, Any] = json.loads(text)
        known = {f.name for f in fields(cls)}
        kept = {k: v for k, v in raw.items() if k in known}
        kept["size"] = tuple(kept.get("size", (0, 0)))
        return cls(**kept)
