"""Guidance: away from what the denoiser would do if it were told less (Ho and Salimans 2022)."""

from __future__ import annotations

from torch import Tensor

from engine.diffusion.conditioning import without
from engine.diffusion.contracts import Conditioning, Denoise


def guided(denoise: Denoise, scale: float) -> Denoise:
    """1 is the denoiser itself (and costs one pass); above it, two passes and more obedience."""
    if scale == 1.0:
        return denoise

    def both(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        told, untold = denoise(x, t, cond), denoise(x, t, without(cond))
        return untold + scale * (told - untold)

    return both
