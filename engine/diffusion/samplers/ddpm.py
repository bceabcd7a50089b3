"""Ancestral sampling: the mean of what may lie one step before, and fresh noise (Ho et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning, Denoise
from engine.diffusion.schedule import clean_from, spread


def sample(
    denoise: Denoise,
    x: Tensor,
    times: Sequence[Tensor],
    cond: Conditioning,
    generator: torch.Generator | None = None,
    loudness: float = 1.0,
) -> Tensor:
    """len(times) - 1 passes, many are wanted: 50. Signal 1 - t, noise t; frames at level 0 stay as they are.
    loudness 0-1 of the fresh noise: a small network cannot take all of it away again."""
    for t, after in pairwise(times):
        clean = clean_from(x, denoise(x, t, cond), t)
        kept = (1 - t) / (1 - after).clamp(min=1e-6)
        whole = (t * t).clamp(min=1e-12)
        added = (t * t - kept * kept * after * after).clamp(min=0.0)
        mean = spread(kept * after * after / whole).to(x.dtype) * x
        mean = mean + spread((1 - after) * added / whole).to(x.dtype) * clean
        noise = loudness * torch.randn(x.shape, generator=generator, dtype=torch.float32).to(x)
        stepped = mean + spread((added / whole).sqrt() * after).to(x.dtype) * noise
        x = torch.where(spread(t) > 0, stepped, x)
    return x
