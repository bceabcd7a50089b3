"""The stage's end of the engine: posts the newest wish, keeps the newest frames, knows how fresh they are."""

from __future__ import annotations

import json
import sys
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.frames import FrameSlots, Note
from engine.types import MODES, Chunk, Request, Status, Tempo, Walk
from vj.core.paths import ROOT, cache_dir, data_dir
from vj.core.types import Moment
from vj.setlist.schema import EngineShow, EngineSpec

LARGEST = (1024, 576)
"""frames the shared slots can hold (width, height)"""
KEPT = 24
"""frames kept on the stage's side"""
STALE_S = 1.0
"""after so long without a new frame the next rung of the ladder takes over"""


@dataclass(frozen=True, slots=True)
class Dream:
    """What to show now: two neighbouring frames uint8 [H, W, 3], how far between them, and how old the newest is."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    mix: float
    """0 is `before`, 1 is `after`"""
    stale_s: float
    """0 while there are frames for this moment, else the time since the last one was due"""
    number: int
    """goes up whenever `before` or `after` is another frame"""


class Engine(Protocol):
    """The engine as the stage sees it: the live link, or one that is waited for when rendering offline."""

    def post(self, request: Request) -> None: ...
    def poll(self) -> None: ...
    def dream_at(self, t: float, pool: str) -> Dream | None: ...
    def show(self, picture: NDArray[np.uint8]) -> None: ...


class FrameQueue:
    """Frames in the order in which they are due; older epochs are forgotten as soon as a newer one has frames."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, NDArray[np.uint8]]] = deque(maxlen=KEPT)
        self._epoch = -1
        self._shown: tuple[float, float] = (0.0, 0.0)
        self._number = 0

    def add(self, chunk: Chunk) -> None:
        if chunk.epoch < self._epoch:
            return
        if chunk.epoch > self._epoch:
            self._epoch = chunk.epoch
            # what is on the screen stays until the first frame of the new epoch is due
            last = [f for f in self._frames if f[0] <= chunk.times[0]][-1:]
            self._frames.clear()
            self._frames.extend(last)
        for t, frame in zip(chunk.times, chunk.frames, strict=True):
            if not self._frames or t > self._frames[-1][0]:
                self._frames.append((t, frame))

    def at(self, t: float) -> Dream | None:
        """The two frames around time t (s); None before there is any."""
        if not self._frames:
            return None
        after = next((i for i, f in enumerate(self._frames) if f[0] > t), len(self._frames))
        a = self._frames[max(0, after - 1)]
        b = self._frames[min(after, len(self._frames) - 1)]
        if (a[0], b[0]) != self._shown:
            self._shown = (a[0], b[0])
            self._number += 1
        mix = (t - a[0]) / (b[0] - a[0]) if b[0] > a[0] else 1.0
        return Dream(a[1], b[1], min(1.0, max(0.0, mix)), max(0.0, t - self._frames[-1][0]), self._number)


class EngineLink:
    """Shared memory with the engine process. Nothing here waits for it."""

    def __init__(self, folder: Path, settings: EngineShow) -> None:
        paths = {name: folder / f"engine.{name}" for name in ("request", "status", "frames", "picture")}
        self._request = Note(paths["request"], create=True)
        self._status = Note(paths["status"], create=True)
        self._slots = FrameSlots(paths["frames"], LARGEST, create=True)
        self._pictures = FrameSlots(paths["picture"], LARGEST, create=True)
        self._settings = {
            **{name: str(path) for name, path in paths.items()},
            "largest": LARGEST,
            "pools": str(data_dir("latent_pools")),
            "assets": str(ROOT / "engine" / "assets"),
            "cache": str(cache_dir()),
            "runtime": settings.runtime,
            "threads": settings.threads,
            "fps": settings.fps,
        }
        self._seen = 0
        self._queues: dict[str, FrameQueue] = {}
        self._last = Request()
        self._restarts = 0
        self.status = Status()

    @property
    def argv(self) -> list[str]:
        """The command that runs the worker."""
        return [sys.executable, "-m", "engine.worker", json.dumps(self._settings)]

    def heartbeat(self) -> float:
        """The worker's last sign of life (s, perf_counter)."""
        text = self._status.read()
        return Status.from_json(text).t if text else 0.0

    def post(self, request: Request) -> None:
        """Replace the wish by a newer one; the epoch goes up when the picture asked for is another one."""
        last = self._last
        epoch = last.epoch if _picture(request) == _picture(last) else last.epoch + 1
        self._last = replace(request, epoch=epoch, seq=last.seq + 1)
        self._request.write(self._last.to_json())

    def poll(self) -> None:
        """Take over new frames and the newest status; called once per frame of the stage."""
        self._seen, chunks = self._slots.read_after(self._seen)
        for chunk in chunks:
            self._queues.setdefault(chunk.label.get("pool", ""), FrameQueue()).add(chunk)
        text = self._status.read()
        if text:
            self.status = Status.from_json(text)

    def show(self, picture: NDArray[np.uint8]) -> None:
        """The picture to dream over, uint8 [H, W, 3]; the newest one counts."""
        self._pictures.write(Chunk(0, 0, picture[None], (0.0,)))

    def dream_at(self, t: float, pool: str) -> Dream | None:
        """Frames for time t (s) of a walk through `pool`; they get stale when the engine has gone on to another."""
        queue = self._queues.get(pool or self._last.pool)
        return queue.at(t) if queue is not None else None

    def rung(self, t: float) -> str:
        """Which rung of the ladder the picture stands on: engine, or pool when it is late or gone."""
        dream = self.dream_at(t, "")
        return "engine" if dream is not None and dream.stale_s < STALE_S else "pool"


def _picture(r: Request) -> tuple[object, ...]:
    """What makes frames of an older wish useless when it changes."""
    walk = r.walk
    return (r.pipeline, r.pool, r.seed, r.size, r.prompts, walk.entries, walk.seed, walk.mode, walk.onsets)


def request_for(spec: EngineSpec, moment: Moment, size: tuple[int, int], seed: int) -> Request:
    """The engine's wish for a scene at a moment of the music."""
    mode = spec.mode if spec.mode in MODES else "morph"
    onsets = moment.audio.kicks if mode == "cut" else 0
    walk = Walk(seed, spec.hold, spec.morph, spec.motion, spec.entries, mode, onsets)
    controls = {f"attr/{name}": value for name, value in spec.attr}
    if spec.closeness < 1.0:
        controls["closeness"] = spec.closeness
    if mode == "nearest":
        controls |= picking(moment)
    return Request(
        pipeline="stream" if spec.mode == "stream" else "poolwalk",
        prompts=spec.prompts,
        seed=seed,
        strength=spec.strength,
        steps=spec.steps,
        size=size,
        pool=spec.pool,
        walk=walk,
        tempo=Tempo(moment.beat.t, moment.beat.beats, moment.beat.bpm),
        controls={**controls, **(sound_of(moment) if spec.listen else {})},
    )


def sound_of(moment: Moment) -> dict[str, float]:
    """What the model is told of the sound: levels 0-1 of three bands and three drums."""
    a, t = moment.audio, moment.t
    thirds = {"bass": a.bands[:2], "mid": a.bands[2:5], "high": a.bands[5:]}
    drums = {"kick": a.kick_t, "snare": a.snare_t, "hat": a.hat_t}
    levels = {name: float(np.mean(bands)) for name, bands in thirds.items()}
    hits = {name: float(np.exp(-5.0 * max(0.0, t - at))) for name, at in drums.items()}
    return {f"audio/{name}": round(value, 3) for name, value in {**levels, **hits}.items()}


def picking(moment: Moment) -> dict[str, float]:
    """What the music asks of a pool that is walked in mode `nearest`: energy and brightness, 0-1."""
    sound = sound_of(moment)
    bass, mid, high = (sound[f"audio/{name}"] for name in ("bass", "mid", "high"))
    energy, brightness = min(1.0, bass + 0.5 * mid), min(1.0, 0.3 * mid + high)
    return {"pick/energy": round(energy, 3), "pick/brightness": round(brightness, 3)}
