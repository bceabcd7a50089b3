"""The part of the worker that knows torch: model, pools, steps. engine.worker loads it after its first heartbeat."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import EngineError, PoolError
from engine.model.house import load_house
from engine.pools import pool as pools
from engine.runtimes.runtime import Shapes, best_dtype, choose, default_threads
from engine.types import Chunk, Request

if TYPE_CHECKING:
    from engine.worker import Paths

CHUNK = 4


class Studio:
    """Turns requests into chunks; opens pools and pipelines as they are asked for."""

    def __init__(self, paths: Paths, say: Callable[..., None]) -> None:
        """Raises WeightsError when there is no autoencoder to work with."""
        threads = paths.threads or default_threads()
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.paths, self.say = paths, say
        self.house = load_house(paths.assets, best_dtype())
        self.warning = self.house.missing
        self._steps: dict[tuple[str, str], Callable[[Request, Sequence[float]], Chunk]] = {}
        say(state="starting", threads=threads, device="cpu")

    def step(self, request: Request, times: Sequence[float]) -> Chunk:
        """Raises EngineError for a pool or pipeline that cannot be used."""
        return self.ready(request)(request, times)

    def ready(self, request: Request) -> Callable[[Request, Sequence[float]], Chunk]:
        """The step for a request, opened when it is asked for the first time. Raises EngineError."""
        key = (request.pipeline, request.pool)
        if key not in self._steps:
            self._steps[key] = self._open(*key)
        return self._steps[key]

    def _open(self, pipeline: str, name: str) -> Callable[[Request, Sequence[float]], Chunk]:
        pool = pools.load(self._folder(name))
        warning = pools.mismatch(pool, self.house.sha["autoencoder"], self.house.autoencoder.config.latent)
        c, h, w = pool.latents.shape[2:]
        runtime = choose(self.paths.runtime, self.house, Shapes(CHUNK, (c, h, w)), self.paths.cache)
        self.warning = "; ".join(text for text in (self.house.missing, warning, runtime.note) if text)
        self.say(runtime=f"{runtime.name} {str(runtime.dtype).removeprefix('torch.')}")
        try:
            module: Any = importlib.import_module(f"engine.pipelines.{pipeline}")
        except ModuleNotFoundError:
            known = ", ".join(sorted(p.stem for p in (Path(__file__).parent / "pipelines").glob("[a-z]*.py")))
            raise EngineError(f'no pipeline "{pipeline}"', f"there are: {known}") from None
        step: Callable[[Request, Sequence[float]], Chunk] = module.open(pool, self.house, runtime)
        return step

    def _folder(self, name: str) -> Path:
        """A pool by its name in the pool folders, or by its path."""
        for place in (self.paths.pools / name, Path(name)):
            if (place / "pool.toml").is_file():
                return place
        raise PoolError(f'no pool "{name}" in {self.paths.pools}', f"make it: python -m vj.studio.prerender {name}")
