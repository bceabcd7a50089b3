"""Samplers, noise, guidance: things whose answers are known."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest
import torch

from engine.diffusion.conditioning import attribute_vector, blend, blend_phases, kept, nothing, without
from engine.diffusion.contracts import Conditioning, Sampler
from engine.diffusion.denoisers import constant, keeping_clean
from engine.diffusion.guidance import BAKED, guided, led, tinted
from engine.diffusion.schedule import add_noise, clean_from, levels

SAMPLERS = ("euler", "heun", "flowmap", "dpmpp_2m", "ddpm")


def cond(b: int = 2, f: int = 3) -> Conditioning:
    ones = torch.ones(b)
    return Conditioning(torch.zeros(b, 2), torch.zeros(b, 2), torch.zeros(b, f), ones, torch.ones(b, 2), ones)


def sampler(name: str) -> Sampler:
    found: Sampler = importlib.import_module(f"engine.diffusion.samplers.{name}").sample
    return found


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_constant_picture_comes_back_exactly(name: str, steps: int) -> None:
    picture = torch.randn(4, 1, 2, 2)
    noise = torch.randn(2, 4, 3, 2, 2)
    strength = torch.tensor([[1.0, 0.5, 0.1], [0.9, 0.3, 1.0]])
    x = add_noise(picture.expand(2, -1, 3, -1, -1), noise, strength)
    out = sampler(name)(constant(picture), x, levels(strength, steps), cond(), torch.Generator().manual_seed(1))
    assert torch.allclose(out, picture.expand_as(out), atol=1e-5)


@pytest.mark.parametrize("name", SAMPLERS)
def test_clean_frames_are_left_alone(name: str) -> None:
    x = torch.randn(1, 4, 2, 2, 2)
    times = levels(torch.tensor([[0.0, 0.8]]), 3)
    out = sampler(name)(keeping_clean(constant(torch.zeros(4, 1, 2, 2))), x, times, cond(1, 2))
    assert torch.equal(out[:, :, 0], x[:, :, 0])
    assert torch.allclose(out[:, :, 1], torch.zeros(1, 4, 2, 2), atol=1e-5)


@pytest.mark.parametrize(("name", "steps", "most"), [("euler", 64, 0.06), ("heun", 16, 0.03), ("dpmpp_2m", 16, 0.03)])
def test_a_cloud_of_points_keeps_its_spread(name: str, steps: int, most: float) -> None:
    """Clean values are normal with spread 0.5 about 1; the best velocity is known, and the flow keeps normal normal."""

    def best(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
        at = t[:, None, :, None, None]
        whole = (1 - at) ** 2 * 0.25 + at**2
        clean = 1 + (1 - at) * 0.25 / whole * (x - (1 - at))
        noise = at / whole * (x - (1 - at))
        return noise - clean

    torch.manual_seed(0)
    x = torch.randn(1, 1, 1, 100, 100)
    out = sampler(name)(best, x, levels(torch.ones(1, 1), steps), cond(1, 1))
    assert abs(float(out.mean()) - 1) < most
    assert abs(float(out.std()) - 0.5) < most


def test_ancestral_sampling_keeps_the_spread_too() -> None:
    def best(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
        at = t[:, None, :, None, None]
        whole = (1 - at) ** 2 * 0.25 + at**2
        return at / whole * x - (1 - at) * 0.25 / whole * x

    torch.manual_seed(0)
    x = torch.randn(1, 1, 1, 100, 100)
    out = sampler("ddpm")(best, x, levels(torch.ones(1, 1), 100), cond(1, 1), torch.Generator().manual_seed(2))
    assert abs(float(out.std()) - 0.5) < 0.04


def test_leaps_are_told_where_they_end() -> None:
    seen: list[float] = []

    def told(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
        assert c.until is not None
        seen.append(float(c.until.max()))
        return torch.zeros_like(x)

    sampler("flowmap")(told, torch.zeros(2, 1, 3, 2, 2), levels(torch.ones(2, 3), 4), cond())
    assert seen == [0.75, 0.5, 0.25, 0.0]


def test_noise_and_back() -> None:
    clean, noise, t = torch.randn(2, 4, 3, 2, 2), torch.randn(2, 4, 3, 2, 2), torch.rand(2, 3)
    assert torch.equal(add_noise(clean, noise, torch.zeros(2, 3)), clean)
    x = add_noise(clean, noise, t)
    assert torch.allclose(clean_from(x, noise - clean, t), clean, atol=1e-5)


def test_guidance_of_one_is_the_denoiser_and_more_goes_further() -> None:
    def told(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
        return x * 0 + c.text_known.view(-1, 1, 1, 1, 1)

    x = torch.zeros(2, 1, 3, 2, 2)
    assert torch.equal(guided(told, 1.0)(x, torch.ones(2, 3), cond()), told(x, torch.ones(2, 3), cond()))
    assert torch.equal(guided(told, 3.0)(x, torch.ones(2, 3), cond()), torch.full_like(x, 3.0))
    other = replace(cond(), text_known=torch.full((2,), 0.5))
    assert torch.equal(guided(told, 3.0, other)(x, torch.ones(2, 3), cond()), torch.full_like(x, 2.0))

    def stripes(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
        wave = torch.tensor([-1.0, 1.0]).expand_as(x)
        return wave * c.text_known.view(-1, 1, 1, 1, 1)

    loud, tamed = (guided(stripes, 3.0, rescale=r)(x, torch.ones(2, 3), cond()).std() for r in (0.0, 1.0))
    assert float(loud / tamed) == pytest.approx(3.0, rel=1e-4)


def test_what_is_known_as_vectors() -> None:
    values, known = attribute_vector(("a", "b", "kind/x", "kind/y"), {"b": 0.5, "kind/y": 1.0, "unheard": 1.0}, 6)
    assert values.tolist() == [0.0, 0.5, 0.0, 1.0, 0.0, 0.0]
    assert known.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
    assert torch.equal(blend(a, b, torch.zeros(1)), a)
    assert torch.equal(blend(a, b, torch.ones(1)), b)
    assert blend_phases(torch.tensor([0.9]), torch.tensor([0.1]), torch.tensor([0.5])).item() == pytest.approx(
        0.0, abs=1e-6
    )
    assert without(cond()).text_known.sum() == 0
    assert without(cond()).attributes_known.sum() == 0 and without(cond()).phases_known.sum() == 2
    left = kept(torch.ones(4000, 3), 0.3, torch.Generator().manual_seed(0))
    assert 0.65 < float(left.mean()) < 0.75
    assert torch.equal(left.amin(1), left.amax(1))  # an item is left out as a whole
    blank = nothing(2, 3, 4, 5)
    assert blank.phases.shape == (2, 3) and blank.attributes_known.shape == (2, 5) and not blank.text_known.any()


def test_guidance_by_the_reference_goes_further_towards_it() -> None:
    x, calls = torch.zeros(2, 4, 3, 6, 8), []

    def seeing(x: torch.Tensor, t: torch.Tensor, cond: Conditioning) -> torch.Tensor:
        calls.append(cond.reference is not None)
        return torch.zeros_like(x) if cond.reference is None else 0.5 * cond.reference

    shown = replace(cond(), reference=torch.ones_like(x))
    assert torch.allclose(guided(seeing, 1.0, shown=1.6)(x, torch.ones(2, 3), shown), torch.full_like(x, 0.8))
    assert torch.equal(guided(seeing, 1.0, shown=1.0)(x, torch.ones(2, 3), shown), torch.full_like(x, 0.5))
    calls.clear()
    guided(seeing, 1.0)(x, torch.ones(2, 3), cond())
    assert calls == [False], "without a reference no pass is spent on one"


def test_who_learned_guidance_is_told_the_scale_and_others_take_more_passes() -> None:
    x, t = torch.zeros(2, 1, 3, 2, 2), torch.ones(2, 3)

    def plain(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
        assert c.guidance is None
        return x * 0 + c.text_known.view(-1, 1, 1, 1, 1)

    baked, told = led(plain, True, 1.0, cond())
    assert baked is plain and told.guidance is not None and told.guidance.tolist() == [BAKED, BAKED]
    more, told = led(plain, False, 3.0, replace(cond(), guidance=torch.ones(2)))
    assert torch.equal(more(x, t, told), torch.full_like(x, 3.0))
    other = replace(cond(), text_known=torch.full((2,), 0.5))
    away, told = led(plain, True, 3.0, cond(), other)
    assert torch.equal(away(x, t, told), torch.full_like(x, 2.0))


def spotted(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
    """Told: 1 in one of four cells; told nothing: 0."""
    out = torch.zeros_like(x)
    out[..., 0, 0] = c.text_known.view(-1, 1, 1)
    return out


def test_tinting_moves_the_mean_of_each_channel_and_no_form() -> None:
    x, t = torch.zeros(2, 1, 3, 2, 2), torch.ones(2, 3)
    plain, more = spotted(x, t, cond()), tinted(spotted, 3.0)(x, t, cond())
    assert torch.allclose(more.mean((-2, -1)), 3.0 * plain.mean((-2, -1)))
    assert torch.allclose(more - more.mean((-2, -1), keepdim=True), plain - plain.mean((-2, -1), keepdim=True))
