"""Guidance: away from what the denoiser would do if it were told less, or something else (Ho and Salimans 2022)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from engine.diffusion.conditioning import away, unreferenced
from engine.diffusion.contracts import Conditioning, Denoise

SHOWN = 1.25
"""how much more the reference says than the network believes: a small one trusts it too little, and blurs. More costs
colours: palette shown by 68 pictures in 8 steps 0.71 at 1, 0.63 at 1.3, 0.62 at 1.6; family 0.81, 0.81, 0.85"""

BAKED = 2.0
"""the scale that a network with guidance baked in is told; it hardly listens to another"""
TINT = 1.0
"""guidance of colours in few steps where nobody asks for more: above it colours become plainer and forms weaker (family
shown, of real: 0.96 at 1, 0.88 at 2, 0.72 at 3; hue shown: 0.94 at each)"""


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
            untold = denoise(x, t, away(cond) if negative is None else negative)
            out = untold + scale * (told - untold)
            loud, wanted = (v.float().flatten(1).std(1).clamp(min=1e-6) for v in (out, told))
            factor = rescale * wanted / loud + 1 - rescale
            out = out * factor[:, None, None, None, None].to(out.dtype)
        if cond.reference is not None and shown != 1.0:
            out = out + (shown - 1.0) * (told - denoise(x, t, unreferenced(cond)))
        return out

    return both


def shift(told: Tensor, untold: Tensor, scale: float) -> Tensor:
    """[B, C, F, 1, 1], to be added to a velocity `told`: guidance of the mean of each channel alone. That is where the
    colours are; guidance of the rest would wash the forms out when there are few steps."""
    return (scale - 1.0) * (told - untold).mean((-2, -1), keepdim=True)


def tinted(denoise: Denoise, scale: float) -> Denoise:
    """Two passes, and the colours that were asked for."""

    def both(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        told = denoise(x, t, cond)
        return told + shift(told, denoise(x, t, away(cond)), scale)

    return both


def led(
    denoise: Denoise, baked: bool, scale: float, cond: Conditioning, negative: Conditioning | None = None
) -> tuple[Denoise, Conditioning]:
    """The denoiser and what it is told so that it follows with this scale. baked: it learned guidance with its leaps,
    so that its colours alone need a second pass."""
    if baked and negative is None:
        cond = replace(cond, guidance=torch.full((len(cond.text),), BAKED))
        return denoise if scale == 1.0 else tinted(denoise, scale), cond
    bare = replace(cond, guidance=None)
    return guided(denoise, scale, negative, shown=1.0 if baked else SHOWN), bare
