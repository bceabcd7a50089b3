"""Open weights behind one contract: tiny random pipelines of the real classes, the network switched off."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import adapters_fixtures as tiny
import numpy as np
import pytest
import torch
from adapters_fixtures import JOB, SMALL, clip, generate, on, photo, usual

from engine.adapters import animatediff, flux_klein, ltx, wan
from engine.adapters.contracts import AdapterError, AdapterJob, Cancelled, Clip
from engine.adapters.interpolation import open as open_between
from engine.adapters.windows import plan, run

VIDEO, STILL = tuple(SMALL), ("sd", "sdxl", "flux")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("an adapter asked the network")

    torch.set_num_threads(1)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", (*VIDEO, *STILL))
def test_shapes_determinism_and_seeds(name: str) -> None:
    made = usual(name)
    assert made.shape == (6, 32, 32, 3) and made.dtype == np.uint8
    assert made.std() > 5, "a picture, not one grey"
    assert np.array_equal(clip(name), made)
    assert not np.array_equal(clip(name, replace(JOB, seed=4)), made)
    assert not np.array_equal(clip(name, replace(JOB, prompt="blue snow")), made)


@pytest.mark.parametrize("name", (*VIDEO, "flux"))
def test_the_negative_prompt_steers_unless_guidance_is_off(name: str) -> None:
    assert not np.array_equal(clip(name, replace(JOB, negative="green city")), usual(name))
    off = replace(JOB, guidance=1.0)
    assert np.array_equal(clip(name, replace(off, negative="green city")), clip(name, off))


@pytest.mark.parametrize("name", VIDEO)
@pytest.mark.parametrize("frames", [1, 9, 27])
def test_exactly_the_frames_that_were_asked_for(name: str, frames: int) -> None:
    assert clip(name, replace(JOB, frames=frames)).shape == (frames, 32, 32, 3)


@pytest.mark.parametrize("name", (*VIDEO, *STILL))
def test_odd_sizes_are_made_larger_and_cut(name: str) -> None:
    assert clip(name, replace(JOB, frames=2, size=(50, 37))).shape == (2, 37, 50, 3)


@pytest.mark.parametrize("name", VIDEO)
@pytest.mark.parametrize("given", [1, 3, 12])
def test_context_comes_back_bit_for_bit_and_what_follows_depends_on_it(name: str, given: int) -> None:
    context = np.stack([photo(shift=2 * i) for i in range(given)])
    job = replace(JOB, frames=given + 5, context=context)
    made = clip(name, job)
    assert len(made) == given + 5 and np.array_equal(made[:given], context)
    other = clip(name, replace(job, context=255 - context))
    assert not np.array_equal(other[given:], made[given:])


@pytest.mark.parametrize("name", VIDEO)
def test_an_image_is_a_context_of_one_frame(name: str) -> None:
    image = photo()
    as_context = clip(name, replace(JOB, context=image[None]))
    assert np.array_equal(clip(name, replace(JOB, image=image)), as_context)
    assert np.array_equal(as_context[0], image)


@pytest.mark.parametrize("name", (*VIDEO, *STILL))
def test_stops_within_one_step(name: str) -> None:
    seen = []

    def stop(done: int, total: int) -> bool:
        seen.append((done, total))
        return done < 1

    with pytest.raises(Cancelled, match="stopped after 1 of"):
        list(generate(name)(JOB, stop))
    assert len(seen) == 1 and seen[0][1] >= JOB.steps
    assert np.array_equal(clip(name), usual(name)), "and the next job is as if nothing had been"


@pytest.mark.parametrize("name", VIDEO)
def test_progress_reaches_its_total_over_windows(name: str) -> None:
    seen = []
    list(generate(name)(replace(JOB, frames=27), lambda done, total: seen.append((done, total)) is None))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert {total for _, total in seen} == {len(seen)} and len(seen) > JOB.steps


@pytest.mark.parametrize("name", VIDEO)
def test_long_videos_come_before_they_are_done(name: str) -> None:
    steps = []
    frames = generate(name)(replace(JOB, frames=1000), lambda done, total: steps.append(done) is None)
    next(frames)
    assert len(steps) == JOB.steps, "one window is made for the first frame, not all"
    frames.close()  # type: ignore[attr-defined]


def test_what_is_put_back_is_what_was_given() -> None:
    """Behind the last step nothing is noise: the first latents that Wan decodes are those of the context."""
    pipe = tiny.wan()
    kept: list[torch.Tensor] = []
    decode = pipe.vae.decode
    pipe.vae.decode = lambda latents, **more: kept.append(latents) or decode(latents, **more)  # type: ignore[func-returns-value]
    context = np.stack([photo(shift=i) for i in range(5)])
    make = wan.open(pipe, dtype=torch.float32, rule=SMALL["wan"])
    list(make(replace(JOB, frames=9, context=context), on))
    pixels = torch.from_numpy(context).permute(3, 0, 1, 2)[None] / 127.5 - 1
    with torch.inference_mode():
        wanted = pipe.vae.encode(pixels).latent_dist.mode()
    assert torch.allclose(kept[0][:, :, :2], wanted, atol=1e-4)
    assert not torch.allclose(kept[0][:, :, 2:], wanted[:, :, :1].expand_as(kept[0][:, :, 2:]), atol=0.1)


def ramp(window: Any) -> Clip:
    """A family that knows the answer: each frame one brighter than the one before."""
    start = 0 if window.given is None else int(window.given[0, 0, 0, 0])
    assert (window.frames - 1) % 4 == 0
    if window.given is not None:
        assert (len(window.given) - 1) % 4 == 0
        lacking = int((np.diff(window.given[:, 0, 0, 0].astype(int)) == 0).sum())
        start -= lacking
    values = np.arange(start, start + window.frames).astype(np.uint8)
    return np.broadcast_to(values[:, None, None, None], (window.frames, window.size[1], window.size[0], 3)).copy()


@pytest.mark.parametrize(("frames", "given"), [(1, 0), (13, 0), (14, 0), (100, 0), (40, 1), (40, 3), (40, 5), (40, 30)])
def test_windows_join_without_a_gap_or_a_repetition(frames: int, given: int) -> None:
    context = None
    if given:
        context = np.broadcast_to(np.arange(given, dtype=np.uint8)[:, None, None, None], (given, 20, 20, 3)).copy()
    job = AdapterJob("", frames=frames, size=(20, 20), context=context)
    made = list(run(job, SMALL["wan"], ramp, on))
    assert [int(frame[0, 0, 0]) for frame in made] == list(range(frames))


def test_plans_add_up_and_keep_to_the_window() -> None:
    for rule in SMALL.values():
        for frames in (1, 5, 16, 17, 100):
            for done in (0, 1, 4, 9, 30):
                counts = list(plan(frames, done, rule))
                assert sum(counts) == max(0, frames - done) and all(0 < n <= rule.window for n in counts)
                assert all(rule.frames(rule.shown(min(rule.overlap, done)) + n) <= rule.window for n in counts[:1])


def test_frame_rules() -> None:
    assert [wan.RULE.frames(n) for n in (1, 2, 5, 6, 81)] == [1, 5, 5, 9, 81]
    assert [ltx.RULE.frames(n) for n in (1, 2, 9, 10, 121)] == [1, 9, 9, 17, 121]
    assert [animatediff.RULE.frames(n) for n in (1, 15, 16)] == [16, 16, 16]
    assert wan.RULE.size((854, 480)) == (864, 480) and ltx.RULE.size((512, 288)) == (512, 288)
    assert [wan.RULE.shown(n) for n in (0, 1, 2, 5)] == [0, 1, 5, 5]


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"frames": 0}, "nothing to make"),
    ({"strength": 1.5}, "strength 1.5"),
    ({"image": np.zeros((10, 10, 3), np.uint8)}, "10x10, but the job is 32x32"),
    ({"context": np.zeros((7, 32, 32, 3), np.uint8)}, "7 frames for a job of 6"),
    ({"context": np.zeros((2, 32, 32, 3), np.float32)}, "float32"),
)


@pytest.mark.parametrize(("wrong", "said"), BAD)
def test_jobs_that_cannot_be_done_are_one_line(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(AdapterError, match=said):
        list(generate("wan")(replace(JOB, **wrong), on))


def test_single_picture_models_take_no_context() -> None:
    with pytest.raises(AdapterError, match="single pictures"):
        list(generate("sd")(replace(JOB, context=photo()[None]), on))


def test_refining_keeps_more_the_less_strength_there_is() -> None:
    job = replace(JOB, frames=1, image=photo())
    near, far, all_over = (
        np.abs(clip("sd", replace(job, strength=s))[0].astype(int) - clip("sd", replace(job, strength=0.1))[0]).mean()
        for s in (0.2, 0.6, 1.0)
    )
    assert np.array_equal(clip("sd", replace(job, strength=0.0))[0], photo())
    assert near < far < all_over


def test_a_reference_changes_what_flux_draws() -> None:
    job = replace(JOB, frames=1, size=(64, 64))
    assert not np.array_equal(clip("flux", replace(job, image=photo(64, 64))), clip("flux", job))
    assert flux_klein.reference(np.zeros((1080, 1920, 3), np.uint8)).size == (1365, 768)
    with pytest.raises(AdapterError, match="32x32 cannot be a reference"):
        clip("flux", replace(JOB, image=photo()))


def test_between_two_frames() -> None:
    make = open_between(tiny.ltx(), dtype=torch.float32, rule=SMALL["ltx"])
    first, last, job = photo(), photo(shift=30), replace(JOB, frames=4)
    made = make(first, last, job, on)
    assert made.shape == (4, 32, 32, 3) and np.array_equal(make(first, last, job, on), made)
    assert not np.array_equal(make(first, 255 - last, job, on), made), "the last frame counts"
    assert not np.array_equal(make(255 - first, last, job, on), made), "the first frame counts"
    with pytest.raises(AdapterError, match="too many"):
        make(first, last, replace(JOB, frames=24), on)
    with pytest.raises(AdapterError, match="two sizes"):
        make(first, photo(16, 16), job, on)


def test_animatediff_runs_ddpm_and_names_the_samplers() -> None:
    make = animatediff.open(tiny.animatediff(), dtype=torch.float32, rule=SMALL["animatediff"], sampler="ddpm")
    assert len(list(make(JOB, on))) == 6
    with pytest.raises(AdapterError, match="ddim, ddpm"):
        animatediff.open(tiny.animatediff(), sampler="euler")
