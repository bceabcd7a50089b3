"""Leaps of a flow map: from each level straight to the next, in as many passes as there are leaps: 1, 2 or 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    """The denoiser is told where each leap ends (`cond.until`) and answers with the mean velocity on the way."""
    for t, after in pairwise(times):
        x = x + spread(after - t).to(x.dtype) * denoise(x, t, replace(cond, until=after))
    return x
