"""Many pictures from many prompts at once: what the denoiser is measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from engine.diffusion.conditioning import nothing
from engine.diffusion.contracts import Conditioning, Sampler
from engine.diffusion.guidance import led
from engine.diffusion.samplers import ddpm
from engine.diffusion.schedule import TEMPERATURE, levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import Told, heard
from engine.pipelines.text2video import sampler
from engine.pools.interpolate import settled
from engine.pools.memory import Memory
from engine.runtimes.device import denoise_on


def remembered(
    memory: Memory, prompts: Sequence[str], cells: tuple[int, int], closeness: float = 1.0, seed: int = 0
) -> Conditioning:
    """Single frames, one per prompt, each with what the memory holds of it."""
    cond, rows = asked(memory.house, prompts), []
    for i, prompt in enumerate(prompts):
        found = memory.recall(((prompt, 1.0),), seed=seed + i)
        told = heard(memory.house, ((prompt, 1.0),))
        values, known = memory.forms(told, found)
        rows.append(
            (memory.reference(found, torch.zeros(1), cells), memory.phases(found, torch.zeros(1)), values, known)
        )
    reference, phases, values, known = (torch.stack(part) for part in zip(*rows, strict=True))
    return replace(
        cond,
        reference=reference.transpose(1, 2),
        closeness=torch.full((len(prompts),), closeness),
        phases=phases,
        attributes=values,
        attributes_known=known,
    )


def asked(house: House, prompts: Sequence[str], phases: Tensor | None = None) -> Conditioning:
    """Single frames from words alone, one per prompt; phases [N] of their motion, else at random."""
    rows: list[Told] = [heard(house, ((prompt, 1.0),)) for prompt in prompts]
    n = len(rows)
    if phases is None:
        phases = torch.rand(n, generator=torch.Generator().manual_seed(n))
    return replace(
        nothing(n, 1, len(rows[0].text), len(rows[0].attributes)),
        text=torch.stack([row.text for row in rows]),
        text_known=torch.stack([row.text_known for row in rows]),
        attributes=torch.stack([row.attributes for row in rows]),
        attributes_known=torch.stack([row.attributes_known for row in rows]),
        phases=phases[:, None],
        phases_known=torch.ones(n),
    )


def part(cond: Conditioning, at: slice) -> Conditioning:
    named = {name: getattr(cond, name) for name in cond.__slots__}
    picked: dict[str, Any] = {name: None if x is None else x[at] for name, x in named.items()}
    return Conditioning(**picked)


@dataclass(frozen=True, slots=True)
class How:
    """A sampler's name, its steps, the guidance, how loud the noise is."""

    steps: int
    name: str = "flowmap"
    guidance: float = 2.5
    temperature: float = TEMPERATURE


@torch.inference_mode()
def sample(
    house: House, cond: Conditioning, cells: tuple[int, int], how: How, seed: int = 0, batch: int = 64
) -> Tensor:
    """float32 latents [N, C, h, w]. Who learned to leap is told the guidance, others take more passes."""
    if house.denoiser is None:
        raise EngineError("no denoiser", house.missing)
    generator = torch.Generator().manual_seed(seed)
    loud = 1.0 if cond.reference is None else how.temperature
    run: Sampler = partial(ddpm.sample, loudness=loud) if how.name == "ddpm" else sampler(how.name)
    denoise = denoise_on(house.denoiser, next(house.denoiser.parameters()).device.type)
    made = []
    for start in range(0, len(cond.text), batch):
        some = part(cond, slice(start, start + batch))
        n = len(some.text)
        noise = torch.randn(n, house.denoiser.config.latent, 1, *cells, generator=generator).to(house.dtype)
        noise = loud * noise
        baked = house.denoiser.leaps or how.name == "flowmap"
        answer, some = led(denoise, baked, how.guidance, some)
        times = levels(torch.ones(n, 1), how.steps)
        out = run(answer, noise, times, some, generator)
        made.append((out if some.reference is None else settled(out, some.reference))[:, :, 0].float())
    return torch.cat(made)
