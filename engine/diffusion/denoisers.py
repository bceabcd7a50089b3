"""Denoisers whose answer is known, for tests and for masks: one picture, or a network that leaves the clean alone."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning, Denoise
from engine.diffusion.schedule import spread


def constant(picture: Tensor) -> Denoise:
    """The perfect denoiser of a world that holds one picture [C, 1, h, w] or [B, C, F, h, w]."""

    def velocity(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        # x = (1 - t) picture + t noise, so noise - picture = (x - picture) / t
        return (x - picture) / spread(t).to(x.dtype).clamp(min=1e-6)

    return velocity


def keeping_clean(denoise: Denoise) -> Denoise:
    """Frames at level 0 are given, not made: their velocity is 0, whatever the network says."""

    def velocity(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        return torch.where(spread(t) > 0, denoise(x, t, cond), torch.zeros((), dtype=x.dtype))

    return velocity
