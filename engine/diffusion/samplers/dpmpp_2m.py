"""DPM-Solver++(2M): each step uses the clean pictures guessed at this level and the one before (Lu et al. 2022)."""

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
) -> Tensor:
    """len(times) - 1 passes. Signal 1 - t, noise t; the step is linear in log(signal / noise)."""
    before: Tensor | None = None
    last_h = times[0]
    for t, after in pairwise(times):
        clean = clean_from(x, denoise(x, t, cond), t)
        h = _log_ratio(after) - _log_ratio(t)
        guess = clean
        if before is not None and bool((after > 0).any()):
            slope = (h / last_h.clamp(min=1e-4) / 2).clamp(max=1.0)
            guess = clean + spread(torch.where(after > 0, slope, 0.0)).to(x.dtype) * (clean - before)
        left = after / t.clamp(min=1e-6)
        stepped = spread(left).to(x.dtype) * x + spread(1 - after - (1 - t) * left).to(x.dtype) * guess
        x = torch.where(spread(t) > 0, stepped, x)
        before, last_h = clean, h
    return x


def _log_ratio(t: Tensor) -> Tensor:
    t = t.clamp(1e-3, 1 - 1e-3)
    return torch.log((1 - t) / t)
