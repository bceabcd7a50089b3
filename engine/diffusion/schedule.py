"""Rectified flow (Liu et al. 2023): x_t = (1 - t) clean + t noise, velocity = noise - clean.

Level 0 is clean, 1 is noise.
"""

from __future__ import annotations

import torch
from torch import Tensor

TEMPERATURE = 0.1
"""how loud the noise is that a picture is made from, where a picture is shown to go by. A small network cannot explain
all of the noise away: what is left lies like a web over the picture and stands still where the picture moves. The
picture that is shown brings the variety."""


def spread(t: Tensor) -> Tensor:
    """Levels [B, F] made to fit [B, C, F, h, w]."""
    return t[:, None, :, None, None]


def add_noise(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """clean, noise [B, C, F, h, w], t [B, F]. At t = 0 exactly `clean`."""
    at = spread(t).to(clean.dtype)
    return clean + at * (noise - clean)


def clean_from(x: Tensor, velocity: Tensor, t: Tensor) -> Tensor:
    """The clean latents that a velocity at level t points to."""
    return x - spread(t).to(x.dtype) * velocity


def levels(strength: Tensor, steps: int) -> list[Tensor]:
    """steps + 1 levels per frame, from `strength` [B, F] straight down to 0."""
    return [strength * (1 - i / steps) for i in range(steps + 1)]


def training_levels(
    shape: tuple[int, ...], generator: torch.Generator | None = None, mean: float = 0.0, high: float = 0.0
) -> Tensor:
    """Logit-normal levels (Esser et al. 2024): the middle, where there is most to learn, comes most often. A share of
    `high` lies between 0.7 and 1, densest at 1: sampling begins there, and the logit-normal never gets there."""
    middle = torch.sigmoid(torch.randn(shape, generator=generator) + mean)
    top = 1 - 0.3 * torch.rand(shape, generator=generator).square()
    return torch.where(torch.rand(shape, generator=generator) < high, top, middle)
