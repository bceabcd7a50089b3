"""Heun's method: the slope at both ends of a step, averaged (Karras et al. 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning, Denoise
from engine.diffusion.schedule import spread


def sample(
    denoise: Denoise,
    x: Tensor,
    times: Sequence[Tensor],
    cond: Conditioning,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Two passes a step; the last one, which ends at 0, is Euler's: there is no slope at level 0."""
    for i, (t, after) in enumerate(pairwise(times)):
        step = spread(after - t).to(x.dtype)
        slope = denoise(x, t, cond)
        if i == len(times) - 2:
            return x + step * slope
        x = x + step * 0.5 * (slope + denoise(x + step * slope, after, cond))
    return x
