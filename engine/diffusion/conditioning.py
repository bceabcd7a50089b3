"""What is known of a picture as vectors: names to numbers, mixes of two, and leaving things out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning


def attribute_vector(names: Sequence[str], values: Mapping[str, float], length: int) -> tuple[Tensor, Tensor]:
    """Values and known [length] in the order of `names`.

    Of a kind (`family/...`) all names are known as soon as one is: the others weigh 0. What is not said, and the
    places kept free for later, are 0 and not known.
    """
    said = {name.split("/")[0] for name in values}
    out, known = torch.zeros(length), torch.zeros(length)
    for i, name in enumerate(names):
        out[i] = float(values.get(name, 0.0))
        known[i] = float(name in values or ("/" in name and name.split("/")[0] in said))
    return out, known


def nothing(batch: int, frames: int, text: int, attributes: int) -> Conditioning:
    """Nothing told at all; `replace` it bit by bit."""
    return Conditioning(
        torch.zeros(batch, text),
        torch.zeros(batch, attributes),
        torch.zeros(batch, frames),
        torch.zeros(batch),
        torch.zeros(batch, attributes),
        torch.zeros(batch),
    )


def together(conds: Sequence[Conditioning]) -> Conditioning:
    """Several as one batch; all must say the same kinds of things."""
    parts = {f.name: [getattr(cond, f.name) for cond in conds] for f in fields(Conditioning)}
    return Conditioning(**{name: None if part[0] is None else torch.cat(part) for name, part in parts.items()})  # type: ignore[arg-type]


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


def coloured(cond: Conditioning) -> Conditioning:
    """The same, and its reference stays in the colours that are told now, whatever is left out later."""
    return replace(cond, paint=torch.stack([cond.attributes, cond.attributes_known], 1))


def uncoloured(cond: Conditioning, colours: tuple[int, int]) -> Conditioning:
    """The same without a word of colours, so that the reference keeps its own.

    colours: as `DiTConfig.colours`; the turn of the hues comes after them.
    """
    known = cond.attributes_known.clone()
    known[:, colours[0] : colours[1] + 2 * (colours[1] > colours[0])] = 0.0
    return replace(cond, attributes_known=known)


def away(cond: Conditioning) -> Conditioning:
    """The same picture to go by, in the same colours, and nothing said of it: what guidance leads away from.

    In the reference's own colours guidance would lead to their opposites instead of to those that are told.
    """
    return without(coloured(cond) if cond.paint is None else cond)


def unreferenced(cond: Conditioning) -> Conditioning:
    """The same from words and knobs alone."""
    return replace(cond, reference=None, closeness=None)


def kept(known: Tensor, chance: float, generator: torch.Generator | None = None) -> Tensor:
    """`known` [B, ...] with items left out with this chance."""
    shape = (known.shape[0],) + (1,) * (known.dim() - 1)
    return known * (torch.rand(shape, generator=generator) >= chance).to(known.dtype)
