"""Text to video, the stream and the restyled picture on toy weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from engine_fixtures import tiny_pool

from engine.errors import EngineError
from engine.model.house import House, load_house, save_tiny_house
from engine.motion import flow, warp
from engine.pipelines import restyle, stream, text2video
from engine.pipelines.restyle import Memory, steadied, to_input
from engine.pipelines.text2video import CONTEXT, SAMPLERS, WINDOW, Job, cells, windows
from engine.runtimes.runtime import Runtime, Shapes, choose
from engine.training.measure import flicker, looks, ssim
from engine.types import Request, Tempo


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    save_tiny_house(folder)
    return load_house(folder, torch.float32)


@pytest.fixture(scope="module")
def runtime(house: House, tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return choose("eager", house, Shapes(1, (4, 2, 2)), tmp_path_factory.mktemp("cache"))


def test_windows_cover_every_frame_once() -> None:
    for frames in (1, WINDOW, 30):
        new = [start + i for start, given, count in windows(Job("", frames=frames)) for i in range(count - given)]
        assert new == list(range(frames))
    assert [given for _, given, _ in windows(Job("", frames=20))][:2] == [0, CONTEXT]


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_makes_a_clip_of_any_size(house: House, name: str) -> None:
    job = Job("red spiral", frames=10, size=(50, 34), steps=2, sampler=name)
    made = list(text2video.latents(job, house))
    assert len(made) == 10 and made[0].shape == (4, *cells((50, 34)))
    frames = text2video.pictures(made[:2], house, job.size)
    assert frames.shape == (2, 34, 50, 3)
    again = list(text2video.latents(job, house))
    assert all(torch.equal(a, b) for a, b in zip(made, again, strict=True))
    other = list(text2video.latents(replace(job, seed=1), house))
    assert not torch.equal(made[0], other[0])


def test_a_negative_prompt_leads_away(house: House) -> None:
    job = Job("red spiral", frames=1, size=(32, 32), steps=2, sampler="euler")
    plain, away = (next(text2video.latents(j, house)) for j in (job, replace(job, negative="blue")))
    assert not torch.equal(plain, away)


def test_what_cannot_be_made_is_told(house: House) -> None:
    with pytest.raises(EngineError, match='no sampler "magic"'):
        next(text2video.latents(Job("red", sampler="magic"), house))
    with pytest.raises(EngineError, match="no denoiser"):
        next(text2video.latents(Job("red"), House(house.autoencoder, missing="gone")))


def test_the_stream_goes_on_from_its_last_frames(house: House, runtime: Runtime) -> None:
    step = stream.open(tiny_pool(), house, runtime)
    wish = Request(seq=1, size=(32, 32), prompts=(("red", 1.0),), tempo=Tempo(0.0, 0.0, 60.0))
    first, second = step(wish, (0.0, 0.1, 0.2, 0.3)), step(replace(wish, seq=2), (0.4, 0.5, 0.6, 0.7))
    assert first.frames.shape == second.frames.shape == (4, 32, 32, 3)
    fresh = stream.open(tiny_pool(), house, runtime)(replace(wish, seq=2), (0.4, 0.5, 0.6, 0.7))
    assert not np.array_equal(second.frames, fresh.frames), "the last frames make no difference"
    walked = step(replace(wish, seq=3, prompts=()), (5.5, 5.6))  # between two entries: both are gone by
    assert walked.frames.shape == (2, 32, 32, 3)


def test_a_picture_is_dreamed_over(house: House, runtime: Runtime) -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 255, (48, 64, 3), np.uint8)
    step = restyle.open(lambda: frame, house, runtime)
    wish = Request(size=(32, 32), pool="restyle", strength=0.0, prompts=(("red", 1.0),))
    plain = step(wish, (0.0,)).frames
    assert plain.shape == (1, 32, 32, 3)
    assert np.array_equal(plain, step(wish, (0.1,)).frames), "a still picture at strength 0 stays as it is"
    dreamed = step(replace(wish, strength=0.6), (0.2,)).frames
    assert not np.array_equal(plain, dreamed)
    with pytest.raises(EngineError, match="no picture"):
        restyle.open(lambda: None, house, runtime)(wish, (0.0,))


def test_input_of_any_shape_fits_the_patches() -> None:
    x = to_input(np.zeros((50, 70, 3), np.uint8), (70, 50))
    assert x.shape == (1, 3, 64, 96) and float(x.max()) == -1.0


def test_what_stands_still_is_kept_and_what_changes_is_not() -> None:
    memory, grey = Memory(), torch.full((1, 1, 36, 64), 0.5)
    first, second = torch.zeros(1, 4, 4, 8), torch.ones(1, 4, 4, 8)
    assert torch.equal(steadied(memory, first, grey), first)
    memory.latents = first
    kept = steadied(memory, second, grey)
    assert torch.allclose(kept, torch.full_like(kept, 1 - restyle.STEADY), atol=1e-4)
    assert torch.allclose(steadied(memory, second, grey + 0.3), second, atol=1e-4)


def test_motion_is_found_and_explains_change() -> None:
    torch.manual_seed(0)
    base = torch.nn.functional.interpolate(torch.rand(1, 1, 12, 16), (96, 128), mode="bicubic")
    a, b = base[..., 10:74, 10:106], base[..., 12:76, 13:109]
    motion = flow(a, b)[..., 12:-12, 12:-12].mean((2, 3))[0]
    assert motion.tolist() == pytest.approx([-3.0, -2.0], abs=0.4)
    assert torch.allclose(warp(a, torch.zeros(1, 2, 64, 96)), a, atol=1e-5)
    frames = (torch.cat([a, b]).clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).expand(-1, -1, -1, 3).numpy()
    assert flicker(frames) < 0.25 * float(np.abs(frames[0].astype(float) - frames[1]).mean())
    assert ssim(frames[:1], frames[:1]) == pytest.approx(1.0)
    assert ssim(frames[:1], frames[1:]) < 0.9
    assert looks(frames)["saturation"].max() == 0.0 and looks(frames)["luma"].min() > 0.2
