"""Guidance: away from what the denoiser would do if it were told less, or something else (Ho and Salimans 2022)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from engine.diffusion.conditioning import unreferenced, without
from engine.diffusion.contracts import Conditioning, Denoise

SHOWN = 1.6
"""how much more the reference says than the network believes: a small one trusts it too little, and blurs"""


def guided(
    denoise: Denoise, scale: float, negative: Conditioning | None = None, rescale: float = 0.7, shown: float = SHOWN
) -> Denoise:
    """Two passes and more obedience to words, a third and more likeness to the reference (where there is one) in the
    manner of InstructPix2Pix (Brooks et al. 2023). Scale 1 without a negative and a reference is the denoiser itself.

    negative: what to lead away from, instead of nothing told at all. rescale 0-1: how much of the contrast that
    guidance by words adds is taken back (Lin et al. 2023), or high scales burn.
    """

    def both(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        told = out = denoise(x, t, cond)
        if scale != 1.0 or negative is not None:
            away = denoise(x, t, without(cond) if negative is None else negative)
            out = away + scale * (told - away)
            loud, wanted = (v.float().flatten(1).std(1).clamp(min=1e-6) for v in (out, told))
            factor = rescale * wanted / loud + 1 - rescale
            out = out * factor[:, None, None, None, None].to(out.dtype)
        if cond.reference is not None and shown != 1.0:
            out = out + (shown - 1.0) * (told - denoise(x, t, unreferenced(cond)))
        return out

    return both


def led(
    denoise: Denoise, baked: bool, scale: float, cond: Conditioning, negative: Conditioning | None = None
) -> tuple[Denoise, Conditioning]:
    """The denoiser and what it is told so that it follows with this scale. baked: it learned guidance with its leaps,
    so it is told the scale and one pass does; only a negative takes a second."""
    if baked and negative is None:
        return denoise, replace(cond, guidance=torch.full((len(cond.text),), scale))
    bare = replace(cond, guidance=None)
    return guided(denoise, scale, negative, shown=1.0 if baked else SHOWN), bare
