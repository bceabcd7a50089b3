"""What the recolouring of references is trained and judged by: pairs of the same forms in two colours."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning
from engine.model.dit import DiT
from engine.model.recolour import painted
from engine.pools.interpolate import mix

SAME = 0.95
"""closeness from which on a reference has the same forms as what is to be drawn"""
ALIKE = 1.0
"""how much the colours of a whole picture count beside those of each cell: which part of a flower is pink and which is
yellow can be doubtful, and the mean of all that may be is grey"""
BETWEEN = 0.7
"""how much it counts that half-way between two palettes comes half-way between the two pictures"""
WAYS = 24
"""directions in which the cells of two pictures are compared"""


def recolour_error(model: DiT, clean: Tensor, cond: Conditioning) -> tuple[Tensor, Tensor]:
    """Mean square distance of recoloured references from what they are to be, and how many of them count.

    Only those of the same forms whose new colours are told.
    """
    made = model.recoloured(cond).reference
    if made is None or cond.closeness is None or model.recolour is None:
        return clean.new_zeros(()), clean.new_zeros(())
    counts = counted(model, cond).float()
    each = (made.float() - clean.float()).square().flatten(1).mean(1)
    return (each * counts).sum() / counts.sum().clamp(min=1), counts.sum()


def counted(model: DiT, cond: Conditioning) -> Tensor:
    """bool [B]: references of the same forms that are given colours."""
    assert cond.closeness is not None and model.recolour is not None
    return (cond.closeness > SAME) & (painted(cond)[1][:, model.recolour.colours].amax(1) > 0)


def recolour_loss(model: DiT, clean: Tensor, cond: Conditioning, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """What the part that recolours is trained by, and how many items of the batch count.

    Distance of each cell, of each picture's colours as a whole, and, between two items at random (or the same forms
    twice), of the blend's colours from the blend of the colours.
    """
    if cond.reference is None or model.recolour is None:
        return clean.new_zeros(()), clean.new_zeros(())
    at = counted(model, cond).nonzero()[:, 0]
    n = len(at)
    if n < 2:
        return clean.new_zeros(()), clean.new_zeros(())
    clean, reference = clean[at], cond.reference[at].to(clean)
    values, known = (x[at] for x in painted(cond))

    def coloured(x: Tensor, values: Tensor, known: Tensor) -> Tensor:
        told = replace(cond, reference=x, paint=torch.stack([values, known], 1), closeness=cond.closeness[at])  # type: ignore[index]
        out = model.recoloured(told).reference
        assert out is not None
        return out.float()

    made, want = coloured(reference, values, known), clean.float()
    loss = (made - want).square().mean() + ALIKE * likeness(made, want, generator)
    share, other = torch.rand(n, generator=generator), torch.randperm(n, generator=generator)
    half = share[:, None].to(values)
    one = (n, 1, 1, 1, 1)
    second = torch.where((torch.rand(one, generator=generator) < 0.35).to(at.device), reference, reference[other])
    share = share.to(at.device)
    with torch.no_grad():
        between = mix(made, coloured(second, values[other], known[other]), share)
    values, known = torch.lerp(values, values[other], half), torch.lerp(known, known[other], half)
    blend = coloured(mix(reference, second, share), values, known)
    return loss + BETWEEN * (blend - between).square().mean(), at.new_tensor(n)


def likeness(a: Tensor, b: Tensor, generator: torch.Generator) -> Tensor:
    """Mean square distance of the cells of two pictures [N, C, F, h, w] wherever they are: sliced Wasserstein (Rabin et
    al. 2011), frame by frame."""
    ways = torch.randn(a.shape[1], WAYS, generator=generator)
    ways = (ways / ways.norm(dim=0)).to(a)
    ranked = (torch.einsum("ncfhw,ck->nfkhw", x, ways).flatten(3).sort(3)[0] for x in (a, b))
    first, second = ranked
    return (first - second).square().mean()
