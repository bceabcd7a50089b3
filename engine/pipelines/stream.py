"""An endless dream of the prompts: every few frames go on from the last ones, and prompts may change on the way.

It goes by the loops of a pool: those that come nearest to the prompts, else one entry of the walk after another.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning
from engine.diffusion.samplers import flowmap
from engine.diffusion.schedule import TEMPERATURE, add_noise, levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import heard, knobs_of
from engine.pipelines.poolwalk import STEPS, Step, chosen_of, closeness, fit, guidance_of, own_colours, to_frames
from engine.pipelines.text2video import SHARED, Job, Scene
from engine.pools.interpolate import settled, walk_at
from engine.pools.memory import Memory, Recalled
from engine.pools.pool import LatentPool
from engine.runtimes.runtime import Runtime
from engine.types import Chunk, Request

GIVEN = 2
"""frames that the next ones go on from"""
SLIGHT = 0.3
"""noise on them, or their faults would add up"""


@dataclass(slots=True)
class Last:
    """The last frames [1, C, GIVEN, h, w] of the dream that runs, and its seed."""

    seed: int | None = None
    frames: Tensor | None = None


def open(pool: LatentPool, model: House, runtime: Runtime) -> Step:
    """Raises EngineError without a denoiser."""
    if model.denoiser is None:
        raise EngineError("stream needs the denoiser", model.missing)
    last, memory, channels = Last(), Memory(model, pool), model.denoiser.config.latent
    h, w = pool.latents.shape[3:]
    cells = (int(h), int(w))
    label = {"model": "house"} | {name: sha[:12] for name, sha in model.sha.items()}

    def step(request: Request, times: Sequence[float]) -> Chunk:
        started = time.perf_counter()
        if last.seed != request.seed:
            last.seed, last.frames = request.seed, None
        with torch.inference_mode():
            given = 0 if last.frames is None else GIVEN
            count = given + len(times)
            generator = torch.Generator().manual_seed((request.seed * 1_000_003 + request.seq) & 0x7FFFFFFFFFFFFFFF)
            common = torch.randn(channels, 1, *cells, generator=torch.Generator().manual_seed(request.seed))
            own = torch.randn(channels, count, *cells, generator=generator)
            x = TEMPERATURE * (SHARED**0.5 * common + (1 - SHARED) ** 0.5 * own)[None].to(runtime.dtype)
            strength = torch.where(torch.arange(count) >= given, 1.0, SLIGHT)[None]
            if last.frames is not None:
                x[:, :, :given] = add_noise(last.frames, common[None].to(x), strength[:, :given])
            steps = min(STEPS, max(1, request.steps))
            cond = told(request, times, given, memory)
            assert cond.reference is not None  # it always goes by a loop
            x = flowmap.sample(runtime.denoise, x, levels(strength, steps), cond)
            x[:, :, given:] = settled(x[:, :, given:], cond.reference[:, :, given:])
            last.frames = x[:, :, -GIVEN:]
            refined = time.perf_counter()
            frames = to_frames(runtime.decode(x[0, :, given:].transpose(0, 1)), fit(pool.size, request.size))
        ended = time.perf_counter()
        ms = {"denoise": refined - started, "decode": ended - refined, "all": ended - started}
        more = {"pool": request.pool, "prompt": ", ".join(text for text, _ in request.prompts)[:300]}
        rounded = {name: round(1000 * value, 2) for name, value in ms.items()}
        return Chunk(request.epoch, request.seq, frames, tuple(times), label | more, rounded)

    return step


def told(request: Request, times: Sequence[float], given: int, memory: Memory) -> Conditioning:
    """The motion turns once in the walk's `motion` beats, so the dream keeps time."""
    walk, knobs = request.walk, knobs_of(request.controls)
    gap = times[1] - times[0] if len(times) > 1 else 0.05
    moments = [times[0] - gap * (given - i) for i in range(given)] + list(times)
    beats = [request.tempo.beats_at(t) for t in moments]
    if request.prompts:
        prompts, found = request.prompts, memory.recall(request.prompts, knobs, request.seed)
    else:
        chosen = chosen_of(memory.pool, walk.entries)
        place = walk_at(walk, len(chosen), beats[-1])
        a, b = chosen[place.a], chosen[place.b]
        prompts = tuple((memory.pool.entries[i].caption, w) for i, w in ((a, 1 - place.mix), (b, place.mix)))
        loops = ((a, 1 - place.mix), (b, place.mix)) if place.mix > 0 else ((a, 1.0),)
        found = Recalled(loops, 0.0, request.seed + place.segment)
    scene = Scene.of(heard(memory.house, prompts, knobs), memory, found)
    job = Job("", guidance=guidance_of(request), closeness=closeness(request))
    turns = torch.tensor(beats) / max(0.25, walk.motion)
    h, w = memory.pool.latents.shape[3:]
    cond = scene.conditioning(turns, (int(h), int(w)), job)
    return cond if request.prompts else own_colours(cond, memory.house, knobs)
