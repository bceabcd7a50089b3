"""Guidance: away from what the denoiser would do if it were told less, or something else (Ho and Salimans 2022)."""

from __future__ import annotations

from torch import Tensor

from engine.diffusion.conditioning import without
from engine.diffusion.contracts import Conditioning, Denoise


def guided(denoise: Denoise, scale: float, negative: Conditioning | None = None, rescale: float = 0.7) -> Denoise:
    """Two passes and more obedience; 1 without a negative is the denoiser itself.

    negative: what to lead away from, instead of nothing told at all. rescale 0-1: how much of the contrast that
    guidance adds is taken back (Lin et al. 2023), or high scales burn.
    """
    if scale == 1.0 and negative is None:
        return denoise

    def both(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        told = denoise(x, t, cond)
        away = denoise(x, t, without(cond) if negative is None else negative)
        out = away + scale * (told - away)
        loud, wanted = (v.float().flatten(1).std(1).clamp(min=1e-6) for v in (out, told))
        factor = rescale * wanted / loud + 1 - rescale
        return out * factor[:, None, None, None, None].to(out.dtype)

    return both
