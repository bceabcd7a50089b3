"""What references are trained by: the same forms in two colours, two palettes at once, and their own."""

from __future__ import annotations

from dataclasses import replace

import torch

from engine.diffusion.conditioning import nothing
from engine.diffusion.contracts import Conditioning
from engine.model.dit import DiT
from engine.model.house import TINY_DENOISER
from engine.training.batches import Batches, Diet
from engine.training.recolouring import likeness, recolour_error, recolour_loss

CONFIG = replace(TINY_DENOISER, colours=(0, 2))
DIET = Diet(colours=(0, 2), own=0.0)
SIZE = (CONFIG.latent, 1, 4, 4)


def seeded(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batches(diet: Diet) -> Batches:
    made = Batches.__new__(Batches)
    made.diet, made.generator = diet, seeded()
    return made


def shown(count: int, said: bool = True) -> Conditioning:
    """`count` references of the same forms, whose palette (two attributes) is told or not."""
    torch.manual_seed(1)
    cond = nothing(count, 1, CONFIG.text, CONFIG.attributes)
    values = torch.zeros(count, CONFIG.attributes)
    values[:, 0] = 1.0
    known = torch.ones(count, CONFIG.attributes) if said else torch.zeros(count, CONFIG.attributes)
    known[:, 2:] = 1.0
    reference, close = torch.randn(count, *SIZE), torch.ones(count)
    return replace(cond, attributes=values, attributes_known=known, reference=reference, closeness=close)


def test_likeness_asks_which_colours_are_there_and_not_where() -> None:
    torch.manual_seed(0)
    picture, other = torch.randn(2, *SIZE), torch.randn(2, *SIZE)
    moved = picture.flatten(3)[..., torch.randperm(16)].view_as(picture)
    grey = 0.5 * picture
    assert float(likeness(moved, picture, seeded())) < 1e-10
    assert float(likeness(grey, picture, seeded())) > 0.1
    assert float(likeness(other, picture, seeded())) < float((other - picture).square().mean())


def test_only_the_same_forms_in_told_colours_count() -> None:
    model, cond = DiT(CONFIG), shown(6)
    clean = torch.randn(6, *SIZE)
    assert int(recolour_loss(model, clean, cond, seeded())[1]) == 6
    assert cond.closeness is not None
    cond = replace(cond, closeness=cond.closeness * torch.tensor([1, 1, 1, 0.6, 0.6, 0.0]))
    assert int(recolour_loss(model, clean, cond, seeded())[1]) == int(recolour_error(model, clean, cond)[1]) == 3
    silent = shown(6, said=False)
    assert float(recolour_loss(model, clean, silent, seeded())[0]) == 0.0
    paint = torch.stack([silent.attributes, torch.ones_like(silent.attributes)], 1)
    assert int(recolour_loss(model, clean, replace(silent, paint=paint), seeded())[1]) == 6


def test_a_network_that_changes_nothing_is_wrong_by_the_distance_and_right_between() -> None:
    """Fresh it gives back what it gets: blends agree with it, and its own colours cost nothing."""
    model, cond = DiT(CONFIG), shown(8)
    assert cond.reference is not None
    loss, _ = recolour_loss(model, cond.reference, cond, seeded())
    assert float(loss.detach()) < 1e-10
    clean = cond.reference + 0.5
    loss, _ = recolour_loss(model, clean, cond, seeded())
    assert float(loss.detach()) > float((clean - cond.reference).square().mean())


def test_who_says_nothing_of_colours_gets_those_of_the_picture() -> None:
    said, silent = shown(4), shown(4, said=False)
    made = batches(DIET).painted(silent, said)
    assert made.paint is not None
    assert torch.equal(made.paint[:, 1], said.attributes_known) and not torch.equal(
        made.attributes_known, said.attributes_known
    )
    partly = replace(said, attributes_known=said.attributes_known * torch.tensor([1.0, 1.0] + [0.0] * 6))
    made = batches(DIET).painted(partly, said)
    assert made.paint is not None and torch.equal(made.paint[:, 1], partly.attributes_known)  # only what is said


def test_some_references_have_their_colours_already() -> None:
    cond = shown(400)
    assert cond.closeness is not None and cond.reference is not None
    cond = replace(cond, closeness=torch.where(torch.arange(400) < 200, cond.closeness, 0.6))
    clean = torch.randn(400, *SIZE)
    made = batches(replace(DIET, own=0.5, smudged=0.2)).own(clean, cond).reference
    assert made is not None
    own = (made - clean).flatten(1).abs().amax(1) < 1.2
    assert 70 < int(own[:200].sum()) < 130 and not bool(own[200:].any())
    kept = (made == cond.reference).flatten(1).all(1)
    assert torch.equal(kept, ~own)
