"""The rival that tells drawn pictures from dreamed ones while the denoiser trains."""

from __future__ import annotations

from dataclasses import replace

import torch

from engine.diffusion.conditioning import nothing
from engine.diffusion.contracts import Conditioning
from engine.diffusion.schedule import TEMPERATURE
from engine.model.dit import DiT
from engine.model.house import TINY_DENOISER
from engine.training import train_denoiser
from engine.training.batches import Batch, Batches, Diet
from engine.training.rival import WARM, Rival, Rivalry, shown, told_of, unseen

CONFIG = replace(TINY_DENOISER, colours=(0, 2))
SIZE = (CONFIG.latent, 2, 4, 6)


def told(count: int) -> Conditioning:
    """References of two frames; half of the pictures are to have the first palette, half the second."""
    cond = nothing(count, 2, CONFIG.text, CONFIG.attributes)
    values = torch.zeros(count, CONFIG.attributes)
    values[::2, 0], values[1::2, 1], values[:, 2] = 1.0, 1.0, 1.0
    reference, known = torch.randn(count, *SIZE), torch.ones_like(values)
    return replace(cond, attributes=values, attributes_known=known, reference=reference, closeness=torch.ones(count))


def test_scores_of_cells_patches_and_the_whole() -> None:
    rival = Rival(4, 7, wide=8)
    scores = rival(torch.randn(3, 4, 6, 10), torch.randn(3, 4, 6, 10), torch.randn(3, 7))
    assert scores.shape == (3, 60 + 15 + 15), "the whole counts as much as all patches"
    assert torch.equal(scores[:, 75:], scores[:, 75:76].expand(-1, 15))


def test_it_is_told_what_the_reference_is_painted_in() -> None:
    cond = told(4)
    plain = told_of(cond, CONFIG.colours)
    assert plain.shape == (4, 2 * CONFIG.attributes + 1 + 4)
    paint = torch.stack([cond.attributes.flip(0), cond.attributes_known], 1)
    assert torch.equal(told_of(replace(cond, paint=paint), CONFIG.colours), plain.flip(0))
    unsaid = told_of(replace(cond, attributes_known=torch.zeros_like(cond.attributes)), CONFIG.colours)
    assert not unsaid[:, : CONFIG.attributes].any() and not unsaid[:, -4:].any()


def test_it_learns_to_see_through_grey_and_what_was_asked_for() -> None:
    torch.manual_seed(0)
    rivalry, bright = Rivalry(CONFIG, 1.0), torch.tensor([1.0, -1.0] * 4)[:, None, None, None, None]
    for step in range(WARM + 60):
        cond = told(8)
        assert cond.reference is not None
        # a drawn picture is bright in one palette and dark in the other; the grey between has the least error
        want = 0.1 * cond.reference + bright
        grey = torch.zeros_like(want).requires_grad_()
        seen = rivalry.against(grey, want, cond)
        assert seen.requires_grad == (step >= WARM)
    assert float(seen.detach()) > 0.3, "grey is seen through"
    seen.backward()
    assert grey.grad is not None and grey.grad.any() and all(p.requires_grad for p in rivalry.rival.parameters())

    def score(picture: torch.Tensor) -> float:
        asked = told_of(cond, CONFIG.colours).repeat_interleave(2, 0)
        x, reference = (z.transpose(1, 2).flatten(0, 1) for z in (picture, cond.reference))  # type: ignore[union-attr]
        return float(rivalry.rival(x, reference, asked).detach().mean())

    assert score(want) > score(grey) + 0.3
    assert score(want) > score(want - 2 * bright) + 0.3, "bright where dark was asked for is no better"
    other = Rivalry(CONFIG, 1.0)
    other.load(rivalry.state())
    x = torch.randn(2, *SIZE[:1], 4, 6)
    asked = told_of(told(2), CONFIG.colours)
    assert other.steps == rivalry.steps
    assert torch.allclose(other.rival.eval()(x, x, asked), rivalry.rival.eval()(x, x, asked))


def test_what_is_not_shown_to_the_model_is_not_shown_to_the_rival() -> None:
    rivalry, cond = Rivalry(CONFIG, 1.0), told(4)
    seen: list[torch.Tensor] = []
    rivalry.rival.register_forward_pre_hook(lambda module, args: seen.append(args[1]))
    clean = torch.randn(4, *SIZE)
    rivalry.against(clean, clean, replace(cond, closeness=torch.tensor([0.0, 1.0, 0.25, 0.0])))
    per = seen[0].flatten(1).abs().amax(1).view(4, 2) > 0
    assert per.tolist() == [[False] * 2, [True] * 2, [True] * 2, [False] * 2]


def test_quiet_steps_are_those_of_the_stage(monkeypatch) -> None:
    cond, clean = told(4), torch.randn(4, *SIZE)
    ones = torch.ones(4, 2)
    model = DiT(CONFIG)
    batches = Batches.__new__(Batches)
    batches.diet, batches.generator = Diet(colours=CONFIG.colours), torch.Generator().manual_seed(2)
    louds = []
    monkeypatch.setattr(DiT, "forward", lambda self, x, t, cond: louds.append(float(x.std())) or torch.zeros_like(x))
    rivals = tuple(Rivalry(CONFIG, 0.1) for _ in range(3))
    for quiet in (True, False):
        batch = Batch(clean, ones, cond, torch.ones(4, 1, 2, 4, 6), True, quiet)
        train_denoiser.loss_of(model, batch, batches, rivals)
    assert abs(louds[0] - TEMPERATURE) < 0.02 and abs(louds[1] - 1.0) < 0.1
    assert [rival.steps for rival in rivals] == [2, 1, 0], "only what was made in one step meets the second"
    train_denoiser.loss_of(model, replace(batch, paired=False, drawn=clean, quiet=True), batches, rivals)
    train_denoiser.loss_of(model, replace(batch, paired=False, drawn=clean), batches, rivals)
    assert [rival.steps for rival in rivals] == [2, 1, 1], "two pictures in one are looked at by a third alone"


def test_a_rival_that_looks_at_the_picture_alone_is_told_nothing() -> None:
    cond = told(4)
    blind = unseen(replace(cond, paint=torch.stack([cond.attributes, cond.attributes_known], 1)))
    assert not told_of(blind, CONFIG.colours).any()
    assert not shown(blind).any() and shown(cond).any()
