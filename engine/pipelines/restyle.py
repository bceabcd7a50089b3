"""Dream over a picture: encode it, dream it in the colours of the prompt while it is shown, hold it steady in time.

The strength says how far the picture goes over into the dream. Noising it to the strength, the usual way, was tried:
what is left of its colours holds against the prompt, and what is left of the noise lies over the picture and flickers.

The latents of the frame before are moved along with the picture's own motion and mixed in where the picture did not
change, and the noise stands still: without both the dream would flicker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.diffusion.conditioning import nothing
from engine.diffusion.contracts import Conditioning
from engine.diffusion.guidance import BAKED, tinted
from engine.diffusion.samplers import flowmap
from engine.diffusion.schedule import TEMPERATURE, levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import heard, knobs_of
from engine.motion import flow, warp
from engine.pipelines.poolwalk import STEPS, Step, closeness, guidance_of, level_of, to_frames
from engine.pools.interpolate import settled
from engine.runtimes.runtime import Runtime
from engine.types import Chunk, Request

Frame = NDArray[np.uint8]
Picture = Callable[[], Frame | None]
"""the newest picture of the layer, uint8 [H, W, 3]; None before there is one"""
STEADY = 0.6
"""most of the frame before that is kept where the picture stands still"""
MOVED = 0.06
"""a change of brightness (0-1) at which nothing of it is kept"""
SMALL = (36, 64)
"""rows and columns at which motion is looked for"""


@dataclass(slots=True)
class Memory:
    """Of the frame before."""

    grey: Tensor | None = None
    latents: Tensor | None = None


def open(picture: Picture, model: House, runtime: Runtime) -> Step:
    """Raises EngineError without a denoiser, or when a step is asked for before there is a picture."""
    if model.denoiser is None:
        raise EngineError("restyle needs the denoiser", model.missing)
    memory = Memory()
    label = {"model": "house", "pool": "restyle"} | {name: sha[:12] for name, sha in model.sha.items()}

    def step(request: Request, times: Sequence[float]) -> Chunk:
        frame = picture()
        if frame is None:
            raise EngineError("no picture to restyle yet", "the layer sends one with its next frame")
        started = time.perf_counter()
        with torch.inference_mode():
            x = to_input(frame, request.size).to(runtime.dtype)
            source = runtime.encode(x).float()
            encoded = time.perf_counter()
            memory.latents = out = steadied(memory, dreamed(source, request, model, runtime), brightness(frame))
            refined = time.perf_counter()
            frames = to_frames(runtime.decode(out.to(runtime.dtype)), request.size)
        ended = time.perf_counter()
        spent = {"encode": encoded - started, "denoise": refined - encoded, "decode": ended - refined}
        prompt = ", ".join(text for text, _ in request.prompts)[:300]
        ms = {name: round(1000 * value, 2) for name, value in {**spent, "all": ended - started}.items()}
        return Chunk(request.epoch, request.seq, frames, tuple(times[:1]), label | {"prompt": prompt}, ms)

    return step


def to_input(frame: Frame, size: tuple[int, int]) -> Tensor:
    """uint8 [H, W, 3] -> [1, 3, H', W'], -1 to 1: scaled to `size`, its borders repeated up to a multiple of 32."""
    x = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 127.5 - 1.0
    if (frame.shape[1], frame.shape[0]) != size:
        x = F.interpolate(x, (size[1], size[0]), mode="area" if frame.shape[1] > size[0] else "bilinear")
    down, right = -size[1] % 32, -size[0] % 32
    return F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2), mode="replicate")


def brightness(frame: Frame) -> Tensor:
    """[1, 1, 36, 64], 0-1: small enough to find motion in, in a millisecond."""
    x = torch.from_numpy(np.ascontiguousarray(frame[::2, ::2])).float().mean(-1)[None, None] / 255.0
    return F.interpolate(x, SMALL, mode="area")


def steadied(memory: Memory, dream: Tensor, grey: Tensor) -> Tensor:
    """The dream with as much of the last one as stands still, moved along; remembers the brightness of the picture."""
    before, memory.grey = memory.grey, grey
    if before is None or memory.latents is None or memory.latents.shape != dream.shape:
        return dream
    motion = flow(grey, before, levels=2, rounds=2)
    change = (warp(before, motion) - grey).abs()
    h, w = dream.shape[-2:]
    cells = F.interpolate(motion, (h, w), mode="area")
    cells = cells * torch.tensor([w / SMALL[1], h / SMALL[0]]).view(1, 2, 1, 1)
    keep = STEADY * (1 - F.interpolate(change, (h, w), mode="area") / MOVED).clamp(0, 1)
    return torch.lerp(dream, warp(memory.latents, cells), keep)


def dreamed(base: Tensor, request: Request, model: House, runtime: Runtime) -> Tensor:
    """base [1, C, h, w] as far towards the dream of it, with the request's prompts and knobs, as its strength says."""
    strength = level_of(request)
    steps = min(STEPS, request.steps)
    if strength < 0.01 or steps < 1:
        return base
    noise = torch.randn(base.shape, generator=torch.Generator().manual_seed(request.seed & 0xFFFFFFFF))
    level, x = torch.ones(1, 1), (TEMPERATURE * noise[:, :, None]).to(runtime.dtype)
    cond = replace(told(request, model), reference=base[:, :, None], closeness=torch.tensor([closeness(request)]))
    scale = guidance_of(request) / BAKED
    denoise = tinted(runtime.denoise, scale) if scale > 1 else runtime.denoise
    dream = flowmap.sample(denoise, x, levels(level, steps), cond)[:, :, 0].float()
    return torch.lerp(base, settled(dream, base), strength)


def told(request: Request, model: House) -> Conditioning:
    assert model.denoiser is not None
    config = model.denoiser.config
    one = heard(model, request.prompts, knobs_of(request.controls))
    return replace(
        nothing(1, 1, config.text, config.attributes),
        text=one.text[None],
        text_known=one.text_known[None],
        attributes=one.attributes[None],
        attributes_known=one.attributes_known[None],
        guidance=torch.full((1,), BAKED),
    )
