"""The engine inside this process, waited for: every frame is there before it is asked for, and always the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.types import Chunk, Request
from vj.core.paths import ROOT, cache_dir, data_dir
from vj.engine_link import Dream, FrameQueue

ASSETS = ROOT / "engine" / "assets"
DREAM_FPS = 15.0
"""dreamed frames per second of an offline render; the stage blends between them"""
CHUNK = 4


@dataclass(slots=True)
class _Pool:
    step: Callable[[Request, Sequence[float]], Chunk]
    queue: FrameQueue
    next: int = 0


class WaitedEngine:
    """Answers `dream_at` for any time by making the frames first. fp32 and eager: the same on every run."""

    def __init__(self, threads: int = 2) -> None:
        import torch

        from engine.model.house import load_house

        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        self._house = load_house(ASSETS, torch.float32)
        self._pools: dict[str, _Pool] = {}
        self._request = Request()
        self._picture: NDArray[np.uint8] | None = None

    def post(self, request: Request) -> None:
        self._request = request

    def poll(self) -> None:
        """Nothing to take over: frames are made when they are asked for."""

    def show(self, picture: NDArray[np.uint8]) -> None:
        """The picture to dream over."""
        self._picture = picture

    def dream_at(self, t: float, pool: str) -> Dream | None:
        """The frames around time t (s); times must not go back."""
        if pool == "restyle":
            return self._restyled(t)
        name = pool or self._request.pool
        key = f"{self._request.pipeline} {name}"
        made = self._pools.get(key) or self._open(key, name)
        if made.next == 0 or made.next / DREAM_FPS < t - 1.0:  # the first frame, or the first after a rest
            made.next = max(0, int(t * DREAM_FPS))
        while made.next / DREAM_FPS <= t + 1.0 / DREAM_FPS:
            times = [(made.next + i) / DREAM_FPS for i in range(CHUNK)]
            made.queue.add(made.step(self._request, times))
            made.next += CHUNK
        return made.queue.at(t)

    def _restyled(self, t: float) -> Dream | None:
        """The picture that was shown last, dreamed over at once, DREAM_FPS times a second."""
        from engine.pipelines import restyle
        from engine.runtimes.runtime import Shapes, choose

        if self._picture is None or self._request.pipeline != "restyle":
            return None
        made = self._pools.get("restyle")
        if made is None:
            runtime = choose("eager", self._house, Shapes(1, (1, 1, 1)), cache_dir())
            made = _Pool(restyle.open(lambda: self._picture, self._house, runtime), FrameQueue())
            self._pools["restyle"] = made
        if t * DREAM_FPS >= made.next:
            made.queue.add(made.step(self._request, (t,)))
            made.next = int(t * DREAM_FPS) + 1
        return made.queue.at(t)

    def _open(self, key: str, name: str) -> _Pool:
        from engine.pipelines import poolwalk, stream
        from engine.pools.pool import load
        from engine.runtimes.runtime import Shapes, choose

        pool = load(data_dir("latent_pools") / name)
        shape: Any = tuple(pool.latents.shape[2:])
        runtime = choose("eager", self._house, Shapes(CHUNK, shape), cache_dir())
        opened = stream.open if self._request.pipeline == "stream" else poolwalk.open
        self._pools[key] = _Pool(opened(pool, self._house, runtime), FrameQueue())
        return self._pools[key]


class NoEngine:
    """A render without dreams: neural layers play their pool's loop."""

    def post(self, request: Request) -> None:
        pass

    def poll(self) -> None:
        pass

    def dream_at(self, t: float, pool: str) -> Dream | None:
        return None

    def show(self, picture: NDArray[np.uint8]) -> None:
        pass
