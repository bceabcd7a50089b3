"""The part of the worker that knows torch: model, pools, steps. engine.worker loads it after its first heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch

from engine.errors import EngineError, PoolError
from engine.frames import FrameSlots
from engine.model.house import House, load_house
from engine.pipelines import poolwalk, restyle, stream
from engine.pipelines.poolwalk import Step
from engine.pipelines.restyle import Frame
from engine.pools import half
from engine.pools import pool as pools
from engine.pools.pool import LatentPool
from engine.runtimes import tiers
from engine.runtimes.device import best_device, to_device
from engine.runtimes.runtime import Runtime, Shapes, best_dtype, choose, default_threads, place_of
from engine.types import Chunk, Request

if TYPE_CHECKING:
    from engine.worker import Paths

CHUNK = 4
T = TypeVar("T")


class Studio:
    """Turns requests into chunks; opens pools and pipelines as they are asked for."""

    def __init__(self, paths: Paths, say: Callable[..., None]) -> None:
        """Raises WeightsError when there is no autoencoder to work with."""
        threads = paths.threads or default_threads()
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.paths, self.say = paths, say
        device = best_device()
        dtype = best_dtype() if device == "cpu" else torch.bfloat16 if device == "cuda" else torch.float16
        self.house = to_device(load_house(paths.assets, dtype), device)
        self.warning = self.house.missing
        self._steps: dict[object, Step] = {}
        self._tiers: dict[str, int] = {}
        """place -> 1 whole pictures, 2 half as large"""
        self._short = False
        """memory ran out once: everything is half as large from then on"""
        self._pictures = FrameSlots(paths.picture, paths.largest)
        self._seen = 0
        self._picture: Frame | None = None
        say(state="starting", threads=threads, device=device)

    def step(self, request: Request, times: Sequence[float]) -> Chunk:
        """Raises EngineError for a pool or pipeline that cannot be used. Short of memory it goes on with small
        pictures, and says so."""
        return self._sparing(lambda: self._opened(self._fitted(request))(self._fitted(request), times))

    def ready(self, request: Request) -> None:
        """Open what the request needs, so that its first step takes no longer than any other. Raises EngineError."""
        self._sparing(lambda: self._opened(self._fitted(request)))

    def _sparing(self, job: Callable[[], T]) -> T:
        try:
            return job()
        except (MemoryError, RuntimeError) as error:
            if not tiers.out_of_memory(error) or self._short:
                raise
        self._short = True
        self._steps.clear()
        return job()

    def _fitted(self, request: Request) -> Request:
        """The picture below is dreamed over at the size that fits."""
        if not self._short or request.pipeline != "restyle":
            return request
        return replace(request, size=(max(32, request.size[0] // 2), max(32, request.size[1] // 2)))

    def _opened(self, request: Request) -> Step:
        key = (request.pipeline, request.pool, request.size if request.pipeline == "restyle" else (0, 0))
        if key not in self._steps:
            opened = {"poolwalk": self._poolwalk, "stream": self._stream, "restyle": self._restyle}
            if request.pipeline not in opened:
                raise EngineError(f'no pipeline "{request.pipeline}"', f"there are: {', '.join(opened)}")
            self._steps[key] = opened[request.pipeline](request)
        return self._steps[key]

    def picture(self) -> Frame | None:
        """The newest picture that the stage gave."""
        self._seen, chunks = self._pictures.read_after(self._seen)
        if chunks:
            self._picture = chunks[-1].frames[0]
        return self._picture

    def _poolwalk(self, request: Request) -> Step:
        return self._pooled(request, poolwalk.open)

    def _stream(self, request: Request) -> Step:
        return self._pooled(request, stream.open)

    def _pooled(self, request: Request, opened: Callable[[LatentPool, House, Runtime], Step]) -> Step:
        """A pipeline on a pool at the size that this machine can dream in time."""
        pool = pools.load(self._folder(request.pool))
        warning = pools.mismatch(pool, self.house.sha["autoencoder"], self.house.autoencoder.config.latent)
        c, h, w = pool.latents.shape[2:]
        shapes = Shapes(CHUNK, (c, h, w))
        place = place_of(self.house, shapes)
        tier = 2 if self._short else self._tiers.get(place) or tiers.known(self.paths.cache, place)
        if tier != 2:
            step = opened(pool, self.house, self._runtime(shapes, warning))
            if tier == 0:
                tier = tiers.fitting(lambda: self._frame_ms(step, request))
                tiers.remember(self.paths.cache, place, tier)
            self._tiers[place] = tier
            if tier == 1:
                return step
        small, sharp = half.halved(self._folder(request.pool), pool)
        why = "out of memory" if self._short else f"{pool.size[0]}x{pool.size[1]} is too much for this machine"
        shown = "half-size pictures" if sharp else f"half-size pictures, blurred until: vj pool halve {request.pool}"
        warning = "; ".join(text for text in (warning, f"{why}: {shown}") if text)
        c, h, w = small.latents.shape[2:]
        return opened(small, self.house, self._runtime(Shapes(CHUNK, (c, h, w)), warning))

    def _frame_ms(self, step: Step, request: Request) -> float:
        """What a frame takes on the live path, the denoiser at work."""
        wish = replace(request, strength=1.0, walk=replace(request.walk, hold=0.0, morph=4.0, mode="drift"))
        return step(wish, [0.1 * i for i in range(CHUNK)]).ms["all"] / CHUNK

    def _restyle(self, request: Request) -> Step:
        h, w = (2 * -(-side // 32) for side in (request.size[1], request.size[0]))
        shapes = Shapes(1, (self.house.autoencoder.config.latent, h, w))
        warning = "out of memory: half-size pictures" if self._short else ""
        return restyle.open(self.picture, self.house, self._runtime(shapes, warning))

    def _runtime(self, shapes: Shapes, warning: str = "") -> Runtime:
        runtime = choose(self.paths.runtime, self.house, shapes, self.paths.cache)
        self.warning = "; ".join(text for text in (self.house.missing, warning, runtime.note) if text)
        self.say(runtime=f"{runtime.name} {str(runtime.dtype).removeprefix('torch.')}")
        return runtime

    def _folder(self, name: str) -> Path:
        """A pool by its name in the pool folders, or by its path."""
        for place in (self.paths.pools / name, Path(name)):
            if (place / "pool.toml").is_file():
                return place
        raise PoolError(
            f'no pool "{name}" in {self.paths.pools}',
            f"make it: vj prerender SETLIST --only {name}; those here: vj pool ls",
        )
