"""Samplers, noise, guidance: things whose answers are known."""

from __future__ import annotations

import importlib

import pytest
import torch

from engine.diffusion.conditioning import attribute_vector, blend, blend_phases, dropped, without
from engine.diffusion.contracts import Conditioning, Sampler
from engine.diffusion.denoisers import constant, keeping_clean
from engine.diffusion.guidance import guided
from engine.diffusion.schedule import add_noise, clean_from, levels

SAMPLERS = ("euler", "heun", "flowmap")


def cond(b: int = 2, f: int = 3) -> Conditioning:
    ones = torch.ones(b)
    return Conditioning(torch.zeros(b, 2), torch.zeros(b, 2), torch.zeros(b, f), ones, ones, ones)


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


def test_noise_and_back() -> None:
    clean, noise, t = torch.randn(2, 4, 3, 2, 2), torch.randn(2, 4, 3, 2, 2), torch.rand(2, 3)
    assert torch.equal(add_noise(clean, noise, torch.zeros(2, 3)), clean)
    x = add_noise(clean, noise, t)
    assert torch.allclose(clean_from(x, noise - clean, t), clean, atol=1e-5)


def test_guidance_of_one_is_the_denoiser_and_more_goes_further() -> None:
    def told(x: torch.Tensor, t: torch.Tensor, c: Conditioning) -> torch.Tensor:
        return x * 0 + c.text_known.view(-1, 1, 1, 1, 1)

    assert guided(told, 1.0) is told
    x = torch.zeros(2, 1, 3, 2, 2)
    assert torch.equal(guided(told, 3.0)(x, torch.ones(2, 3), cond()), torch.full_like(x, 3.0))


def test_what_is_known_as_vectors() -> None:
    vector = attribute_vector(("a", "b"), {"b": 0.5, "unheard": 1.0}, 4)
    assert vector.tolist() == [0.0, 0.5, 0.0, 0.0]
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
    assert torch.equal(blend(a, b, torch.zeros(1)), a)
    assert torch.equal(blend(a, b, torch.ones(1)), b)
    assert blend_phases(torch.tensor([0.9]), torch.tensor([0.1]), torch.tensor([0.5])).item() == pytest.approx(
        0.0, abs=1e-6
    )
    assert without(cond()).text_known.sum() == 0
    many = cond(4000)
    assert (
        0.25
        < float(dropped(many, 0.3, torch.Generator().manual_seed(0)).text_known.logical_not().float().mean())
        < 0.35
    )
