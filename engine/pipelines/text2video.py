"""Text to video, offline: clips of any length, made a few frames at a time, each going on from the last."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.conditioning import nothing
from engine.diffusion.contracts import Conditioning, Sampler
from engine.diffusion.denoisers import keeping_clean
from engine.diffusion.guidance import led
from engine.diffusion.schedule import TEMPERATURE, levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import Told, heard
from engine.pools.interpolate import settled
from engine.pools.memory import Memory, Recalled

SAMPLERS = ("flowmap", "euler", "heun", "dpmpp_2m", "ddpm")
WINDOW, CONTEXT = 8, 3
"""frames made in one go, and how many of them are the last ones of the window before"""
DOUBT = 0.75
"""how much less is told in the middle between two things: the mixed picture leads there, or the
model would decide for one of the two at once"""
SHARED = 0.85
"""share of the noise (its power) that all frames have in common: less of it boils"""


@dataclass(frozen=True, slots=True)
class Job:
    """What to make. `size` = (W, H) in pixels, any; `frames` in all; `turns`: of the motion in all."""

    prompt: str
    negative: str = ""
    frames: int = 96
    size: tuple[int, int] = (512, 288)
    steps: int = 1
    sampler: str = "flowmap"
    guidance: float = 2.0
    seed: int = 0
    turns: float = 1.0
    closeness: float = 1.0
    """how much of the forms that are remembered is kept, 0-1; 0: from words alone"""
    temperature: float = TEMPERATURE
    """loudness of the noise that all begins with, 0-1; from words alone it is 1"""
    knobs: Mapping[str, float] = field(default_factory=dict)
    """attributes by name, see engine.model.prompt"""


def sampler(name: str) -> Sampler:
    """Raises EngineError for a name that is none."""
    if name not in SAMPLERS:
        raise EngineError(f'no sampler "{name}"', f"there are: {', '.join(SAMPLERS)}")
    found: Sampler = importlib.import_module(f"engine.diffusion.samplers.{name}").sample
    return found


def cells(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of latents that cover a picture of `size`; both even, for the patches."""
    return 2 * -(-size[1] // 32), 2 * -(-size[0] // 32)


@torch.inference_mode()
def latents(job: Job, house: House, memory: Memory | None = None) -> Iterator[Tensor]:
    """float32 [C, h, w] per frame. With a memory each goes by a frame of what is remembered, the noise standing still:
    the motion is the loop's, and nothing adds up however long the clip is. Without one, each goes on from the last.

    Raises EngineError without a denoiser or for a sampler that is none."""
    if house.denoiser is None:
        raise EngineError("no denoiser", house.missing)
    run = sampler(job.sampler)
    prompts = ((job.prompt, 1.0),)
    found = None if memory is None or job.closeness <= 0 else memory.recall(prompts, job.knobs, job.seed)
    scene = Scene.of(heard(house, prompts, job.knobs), memory, found)
    away = heard(house, ((job.negative, 1.0),))
    h, w = cells(job.size)
    generator = torch.Generator().manual_seed(job.seed)
    shape = (house.denoiser.config.latent, 1, h, w)
    common = torch.randn(shape, generator=generator)
    last: Tensor | None = None
    for start, given, count in windows(job, WINDOW if found is None else 1):
        if found is None:
            own = torch.randn(shape[0], count, h, w, generator=generator)
            noise = SHARED**0.5 * common + (1 - SHARED) ** 0.5 * own
        else:
            noise = common
            generator.manual_seed(job.seed + 1)  # of samplers that add noise on the way
        strength = (torch.arange(count) >= given).float()[None]
        x = (1.0 if found is None else job.temperature) * noise[None].to(house.dtype)
        if last is not None and given:
            x[:, :, :given] = last[:, :, -given:]
        turns = (torch.arange(count) + start - given) * (job.turns / job.frames)
        cond = scene.conditioning(turns, (h, w), job)
        words = {"text": away.text[None], "text_known": away.text_known[None]}
        known = {"attributes": away.attributes[None], "attributes_known": away.attributes_known[None]}
        negative = replace(cond, guidance=None, **words, **known) if job.negative else None
        baked = house.denoiser.leaps or job.sampler == "flowmap"
        denoise, cond = led(house.denoiser, baked, job.guidance, cond, negative)
        x = run(keeping_clean(denoise), x, levels(strength, job.steps), cond, generator)
        last = x = x if cond.reference is None else settled(x, cond.reference)
        yield from x[0, :, given:].float().transpose(0, 1)


def windows(job: Job, most: int = WINDOW) -> Iterator[tuple[int, int, int]]:
    """(first new frame, frames given before it, frames in the window)."""
    start = 0
    while start < job.frames:
        given = CONTEXT if start and most > CONTEXT else 0
        count = min(most - given, job.frames - start)
        yield start, given, count + given
        start += count


@dataclass(frozen=True, slots=True)
class Scene:
    """What a clip is to show: words and attributes, and what is remembered of such."""

    told: Told
    memory: Memory | None = None
    found: Recalled | None = None

    @classmethod
    def of(cls, told: Told, memory: Memory | None, found: Recalled | None) -> Scene:
        if memory is None or found is None:
            return cls(told)
        values, known = memory.forms(told, found)
        most = max(weight for _, weight in found.loops)
        sure = 1 - DOUBT * 4 * most * (1 - most)
        told, known = replace(told, text_known=sure * told.text_known), sure * known
        return cls(replace(told, attributes=values, attributes_known=known), memory, found)

    def conditioning(self, turns: Tensor, size: tuple[int, int], job: Job) -> Conditioning:
        """For one clip: turns [F] of the motion, size in cells."""
        told, count = self.told, len(turns)
        cond = replace(
            nothing(1, count, len(told.text), len(told.attributes)),
            text=told.text[None],
            text_known=told.text_known[None],
            attributes=told.attributes[None],
            attributes_known=told.attributes_known[None],
            phases=turns[None] % 1.0,
            phases_known=torch.ones(1),
            guidance=torch.tensor([job.guidance]),
        )
        if self.memory is None or self.found is None:
            return cond
        reference = self.memory.reference(self.found, turns, size).transpose(0, 1)[None]
        phases = self.memory.phases(self.found, turns)[None]
        return replace(cond, phases=phases, reference=reference, closeness=torch.tensor([job.closeness]))


@torch.inference_mode()
def pictures(made: Sequence[Tensor], house: House, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Latents [C, h, w] -> uint8 [N, H, W, 3], the middle cut out."""
    from engine.pipelines.poolwalk import to_frames

    decoded = house.autoencoder.decode(torch.stack(list(made)).to(house.dtype))
    y, x = (decoded.shape[2] - size[1]) // 2, (decoded.shape[3] - size[0]) // 2
    return to_frames(decoded[..., y : y + size[1], x : x + size[0]], size)
