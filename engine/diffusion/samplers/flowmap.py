"""Jump to the clean picture, noise it again to the next level, jump again: what few-step models want."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning, Denoise
from engine.diffusion.schedule import add_noise, clean_from


def sample(
    denoise: Denoise,
    x: Tensor,
    times: Sequence[Tensor],
    cond: Conditioning,
    generator: torch.Generator | None = None,
) -> Tensor:
    """len(times) - 1 passes; fresh noise from `generator` between them, the noise at hand when there is none."""
    for t, after in pairwise(times):
        velocity = denoise(x, t, cond)
        clean = clean_from(x, velocity, t)
        noise = clean + velocity
        if generator is not None:
            noise = torch.randn(x.shape, generator=generator, dtype=torch.float32).to(x.dtype)
        x = add_noise(clean, noise, after)
    return x
