"""What the recolouring of references is trained and judged by: pairs of the same forms in two colours."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning
from engine.model.dit import DiT
from engine.model.recolour import painted
from engine.pools.interpolate import mix
from engine.training.rival import Rivalry

SAME = 0.95
"""closeness from which on a reference has the same forms as what is to be drawn"""
ALIKE = 1.0
"""how much the colours of a whole picture count beside those of each cell: which part of a flower is pink and which is
yellow can be doubtful, and the mean of all that may be is grey"""
BETWEEN = 0.7
"""how much it counts that half-way between two palettes comes half-way between the two pictures"""
ONE = 0.35
"""of these: one reference in both palettes, as when only the prompt changes"""
WAYS = 24
"""directions in which the cells of two pictures are compared"""


def recolour_error(model: DiT, clean: Tensor, cond: Conditioning) -> tuple[Tensor, Tensor]:
    """Mean square distance of recoloured references from what they are to be, and how many of them count.

    Only those of the same forms whose new colours are told.
    """
    if cond.reference is None or cond.closeness is None or model.recolour is None:
        return clean.new_zeros(()), clean.new_zeros(())
    made = model.recoloured(cond).reference
    assert made is not None
    counts = counted(model, cond).float()
    each = (made.float() - clean.float()).square().flatten(1).mean(1)
    return (each * counts).sum() / counts.sum().clamp(min=1), counts.sum()


def counted(model: DiT, cond: Conditioning) -> Tensor:
    """bool [B]: references of the same forms that are given colours."""
    assert cond.closeness is not None and model.recolour is not None
    return (cond.closeness > SAME) & (painted(cond)[1][:, model.recolour.colours].amax(1) > 0)


def recolour_loss(
    model: DiT, clean: Tensor, cond: Conditioning, generator: torch.Generator, rivalry: Rivalry | None = None
) -> tuple[Tensor, Tensor]:
    """What the part that recolours is trained by, and how many items of the batch count.

    Distance of each cell; of each picture's colours as a whole; half-way between two items (or two palettes of one), of
    the blend in mixed colours from the mix of both in their own; and what a rival sees of it.
    """
    none = clean.new_zeros(()), clean.new_zeros(())
    if cond.reference is None or cond.closeness is None or model.recolour is None:
        return none
    at = counted(model, cond).nonzero()[:, 0]
    if not len(at):
        return none
    paint, close = torch.stack(painted(cond), 1)[at], cond.closeness[at]
    reference, want = cond.reference[at].to(clean), clean[at].float()

    def shown(x: Tensor, paint: Tensor) -> Conditioning:
        return replace(cond, reference=x, closeness=close, paint=paint)

    def coloured(x: Tensor, paint: Tensor) -> Tensor:
        out = model.recoloured(shown(x, paint)).reference
        assert out is not None
        return out.float()

    made = coloured(reference, paint)
    loss = (made - want).square().mean() + ALIKE * likeness(made, want, generator)
    if rivalry is not None:
        loss = loss + rivalry.against(made, want, shown(reference, paint))
    other = torch.randperm(len(at), generator=generator)
    same = torch.rand(len(at), 1, 1, 1, 1, generator=generator).to(at.device) < ONE
    share = torch.rand(len(at), generator=generator).to(at.device)
    second = torch.where(same, reference, reference[other])
    with torch.no_grad():
        half_way = mix(made, coloured(second, paint[other]), share)
    both = torch.lerp(paint, paint[other], share[:, None, None].to(paint))
    between = (coloured(mix(reference, second, share), both) - half_way).square().mean()
    return loss + BETWEEN * between, at.new_tensor(len(at))


def likeness(a: Tensor, b: Tensor, generator: torch.Generator) -> Tensor:
    """Mean square distance of the cells of two pictures [N, C, F, h, w] wherever they are: sliced Wasserstein (Rabin et
    al. 2011), frame by frame."""
    ways = torch.randn(a.shape[1], WAYS, generator=generator)
    ways = (ways / ways.norm(dim=0)).to(a)
    first, second = (torch.einsum("ncfhw,ck->nfkhw", x, ways).flatten(3).sort(3)[0] for x in (a, b))
    return (first - second).square().mean()
