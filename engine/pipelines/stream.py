"""An endless dream of the prompts: every few frames go on from the last ones, and prompts may change on the way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.diffusion.conditioning import nothing
from engine.diffusion.contracts import Conditioning
from engine.diffusion.denoisers import keeping_clean
from engine.diffusion.samplers import flowmap
from engine.diffusion.schedule import levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import heard, knobs_of
from engine.pipelines.poolwalk import STEPS, Step, fit, to_frames
from engine.pipelines.text2video import SHARED
from engine.runtimes.runtime import Runtime
from engine.types import Chunk, Request

GIVEN = 2
"""frames that the next ones go on from"""
NOTHING_ASKED = (("kaleidoscope", 1.0),)
"""what is dreamed of when there is no prompt"""


@dataclass(slots=True)
class Memory:
    """The last frames [1, C, GIVEN, h, w] of the dream that runs."""

    key: object = None
    last: Tensor | None = None


def open(cells: tuple[int, int], model: House, runtime: Runtime) -> Step:
    """cells: rows and columns of the latents. Raises EngineError without a denoiser."""
    if model.denoiser is None:
        raise EngineError("stream needs the denoiser", model.missing)
    memory, channels = Memory(), model.denoiser.config.latent
    label = {"model": "house"} | {name: sha[:12] for name, sha in model.sha.items()}
    size = (cells[1] * 16, cells[0] * 16)

    def step(request: Request, times: Sequence[float]) -> Chunk:
        started = time.perf_counter()
        if memory.key != (request.seed, request.pool):
            memory.key, memory.last = (request.seed, request.pool), None
        with torch.inference_mode():
            given = 0 if memory.last is None else GIVEN
            count = given + len(times)
            generator = torch.Generator().manual_seed((request.seed * 1_000_003 + request.seq) & 0x7FFFFFFFFFFFFFFF)
            common = torch.randn(channels, 1, *cells, generator=torch.Generator().manual_seed(request.seed))
            own = torch.randn(channels, count, *cells, generator=generator)
            x = (SHARED**0.5 * common + (1 - SHARED) ** 0.5 * own)[None].to(runtime.dtype)
            if memory.last is not None:
                x[:, :, :given] = memory.last
            strength = (torch.arange(count) >= given).float()[None]
            steps = min(STEPS, max(1, request.steps))
            denoise = keeping_clean(runtime.denoise)
            x = flowmap.sample(denoise, x, levels(strength, steps), told(request, times, given, model))
            memory.last = x[:, :, -GIVEN:]
            refined = time.perf_counter()
            frames = to_frames(runtime.decode(x[0, :, given:].transpose(0, 1)), fit(size, request.size))
        ended = time.perf_counter()
        ms = {"denoise": refined - started, "decode": ended - refined, "all": ended - started}
        more = {"pool": request.pool, "prompt": ", ".join(text for text, _ in request.prompts)[:300]}
        rounded = {name: round(1000 * value, 2) for name, value in ms.items()}
        return Chunk(request.epoch, request.seq, frames, tuple(times), label | more, rounded)

    return step


def told(request: Request, times: Sequence[float], given: int, model: House) -> Conditioning:
    """The motion turns once in the walk's `motion` beats, so the dream keeps time."""
    assert model.denoiser is not None
    config, motion = model.denoiser.config, max(0.25, request.walk.motion)
    one = heard(model, request.prompts or NOTHING_ASKED, knobs_of(request.controls))
    gap = times[1] - times[0] if len(times) > 1 else 0.05
    moments = [times[0] - gap * (given - i) for i in range(given)] + list(times)
    phases = torch.tensor([[request.tempo.beats_at(t) / motion % 1.0 for t in moments]])
    return replace(
        nothing(1, len(moments), config.text, config.attributes),
        text=one.text[None],
        text_known=one.text_known[None],
        attributes=one.attributes[None],
        attributes_known=one.attributes_known[None],
        phases=phases,
        phases_known=torch.ones(1),
        guidance=torch.full((1,), float(request.controls.get("guidance", 2.5))),
    )
