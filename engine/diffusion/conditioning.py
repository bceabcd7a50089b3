"""What is known of a picture as vectors: names to numbers, mixes of two, and leaving things out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning


def attribute_vector(names: Sequence[str], values: Mapping[str, float], length: int) -> Tensor:
    """[length]: the values in the order of `names`, 0 for what is not said and for places kept free for later."""
    out = torch.zeros(length)
    for i, name in enumerate(names):
        out[i] = float(values.get(name, 0.0))
    return out


def blend(a: Tensor, b: Tensor, mix: Tensor) -> Tensor:
    """a, b [..., n], mix [...] 0-1. At 0 exactly a, at 1 exactly b."""
    at = mix[..., None].to(a.dtype)
    return a * (1 - at) + b * at


def blend_phases(a: Tensor, b: Tensor, mix: Tensor) -> Tensor:
    """Phases in turns, mixed on the circle along the shorter way."""
    shorter = (b - a + 0.5) % 1.0 - 0.5
    return (a + mix * shorter) % 1.0


def without(cond: Conditioning, text: bool = True, attributes: bool = True, phases: bool = False) -> Conditioning:
    """The same with some inputs left out: the other side of guidance."""
    return replace(
        cond,
        text_known=torch.zeros_like(cond.text_known) if text else cond.text_known,
        attributes_known=torch.zeros_like(cond.attributes_known) if attributes else cond.attributes_known,
        phases_known=torch.zeros_like(cond.phases_known) if phases else cond.phases_known,
    )


def dropped(cond: Conditioning, chance: float, generator: torch.Generator | None = None) -> Conditioning:
    """Each input left out of each item with this chance, independently: what training does."""

    def kept(known: Tensor) -> Tensor:
        return known * (torch.rand(known.shape, generator=generator) >= chance).to(known.dtype)

    return replace(
        cond,
        text_known=kept(cond.text_known),
        attributes_known=kept(cond.attributes_known),
        phases_known=kept(cond.phases_known),
    )
