"""Euler's method along the flow."""

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
    """One straight step per pair of levels; len(times) - 1 passes."""
    for t, after in pairwise(times):
        x = x + spread(after - t).to(x.dtype) * denoise(x, t, cond)
    return x
