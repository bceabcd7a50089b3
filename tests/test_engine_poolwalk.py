"""The live pipeline on toy weights: ends untouched, the same twice, no jumps, sizes, controls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_fixtures import tiny_pool

from engine.errors import PoolError, RuntimeUnavailable
from engine.model.dit import DiT
from engine.model.house import House, load_house, save_tiny_house
from engine.pipelines import poolwalk
from engine.pipelines.poolwalk import Step, fit, refine, to_frames, told, way_of
from engine.runtimes.runtime import Shapes, choose
from engine.types import Request, Tempo, Walk

WALK = Walk(seed=2, hold=4, morph=4, motion=8)
WISH = Request(size=(32, 32), pool="p", strength=0.5, walk=WALK, tempo=Tempo(0.0, 0.0, 60.0))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    save_tiny_house(folder)
    return load_house(folder, torch.float32)


@pytest.fixture(scope="module")
def step(house: House, tmp_path_factory: pytest.TempPathFactory) -> Step:
    runtime = choose("eager", house, Shapes(4, (4, 2, 2)), tmp_path_factory.mktemp("cache"))
    return poolwalk.open(tiny_pool(), house, runtime)


def test_the_same_twice(step: Step) -> None:
    a, b = step(WISH, (4.5, 5.0, 6.0)), step(WISH, (4.5, 5.0, 6.0))
    assert np.array_equal(a.frames, b.frames)
    assert a.frames.shape == (3, 32, 32, 3)
    assert a.times == (4.5, 5.0, 6.0)
    again = step(WISH, (6.0,))
    assert np.abs(again.frames[0].astype(int) - a.frames[2].astype(int)).max() <= 1


def test_an_entry_that_is_held_is_untouched_by_the_denoiser(step: Step) -> None:
    still = step(replace(WISH, strength=0.0), (0.0, 3.9, 8.0))
    busy = step(replace(WISH, strength=1.0), (0.0, 3.9, 8.0))
    assert np.array_equal(still.frames, busy.frames)
    assert not np.array_equal(step(replace(WISH, strength=0.0), (6.0,)).frames, step(WISH, (6.0,)).frames)


def test_nothing_jumps(house: House, tmp_path: Path) -> None:
    """A smooth network on a smooth way gives a smooth way; one of random weights would jump by itself."""
    pool, runtime = tiny_pool(), choose("eager", house, Shapes(4, (4, 2, 2)), tmp_path)
    runtime = replace(runtime, denoise=lambda x, t, cond: x - t[:, None, :, None, None] * cond.reference)
    times = [i / 40 for i in range(40 * 16)]
    with torch.inference_mode():
        way = way_of(pool, range(4), WISH, times)
        latents = refine(way, WISH, house, runtime)
    step = (latents[1:] - latents[:-1]).flatten(1).abs().mean(1)
    assert float(step.max()) < 12 * float(step.median())


def test_controls(house: House) -> None:
    pool = tiny_pool()

    def mixes(**controls: float) -> torch.Tensor:
        return way_of(pool, range(4), replace(WISH, controls=controls), (0.0, 6.0)).latents

    assert torch.equal(
        mixes(hold=1.0)[1],
        way_of(pool, range(4), replace(WISH, walk=replace(WALK, hold=8, morph=0)), (6.0,)).latents[0],
    )
    assert not torch.equal(mixes(morph=0.5)[0], mixes()[0])
    assert not torch.equal(mixes(motion=0.5)[0], mixes()[0])
    assert torch.allclose(mixes(motion=1.0), mixes(), atol=1e-5)
    assert way_of(pool, range(4), replace(WISH, controls={"strength": 0.2}), (6.0,)).strength.item() == pytest.approx(
        0.2
    )


def test_what_is_not_in_a_seam_stays_sharp(house: House, tmp_path: Path) -> None:
    pool, runtime = tiny_pool(cells=12), choose("eager", house, Shapes(1, (4, 12, 12)), tmp_path)

    def made(request: Request) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.inference_mode():
            way = way_of(pool, range(4), request, (5.2,))
            return (refine(way, request, house, runtime) - way.latents).abs().amax(1), way.seam[:, 0]

    changed, seam = made(WISH)
    assert not changed[seam == 0].any() and float((seam == 0).float().mean()) > 0.2
    assert float(changed[seam > 0.9].min()) > 0
    for request in (
        replace(WISH, prompts=(("blue", 1.0),)),
        replace(WISH, controls={"closeness": 0.9}),
        replace(WISH, controls={"guidance": 3.0}),
        replace(WISH, controls={"audio/bass": 1.0}),
        replace(WISH, controls={"attr/family/b": 1.0}),
    ):
        changed, seam = made(request)
        assert float(changed[seam == 0].min()) > 0, "who asks for something else gets it everywhere"
    little, seam = made(replace(WISH, controls={"closeness": 0.99}))
    most, _ = made(replace(WISH, controls={"closeness": 0.9}))
    assert 0 < float(little[seam == 0].mean()) < 0.3 * float(most[seam == 0].mean()), "and a fader is no switch"


def test_only_the_entries_asked_for(step: Step) -> None:
    walk = replace(WALK, entries=("loop-1", "loop-3"))
    labels = {step(replace(WISH, walk=walk), (8.0 * k,)).label["entry"] for k in range(6)}
    assert labels == {"loop-1 > loop-3", "loop-3 > loop-1"}
    with pytest.raises(PoolError, match='no entry "loop-9"'):
        step(replace(WISH, walk=replace(WALK, entries=("loop-9",))), (0.0,))


def test_prompts_are_heard(step: Step) -> None:
    plain, red = step(WISH, (6.0,)), step(replace(WISH, prompts=(("blue", 1.0),)), (6.0,))
    assert not np.array_equal(plain.frames, red.frames)


def test_sizes() -> None:
    assert fit((384, 216), (1024, 576)) == (384, 216)
    assert fit((384, 216), (256, 144)) == (256, 144)
    assert fit((384, 216), (256, 256)) == (256, 144)
    picture = torch.full((1, 3, 224, 384), -1.0)
    picture[..., 4:220, :] = 1.0
    assert to_frames(picture, (384, 216)).min() == 255
    assert to_frames(picture, (256, 144)).shape == (1, 144, 256, 3)
    assert to_frames(torch.zeros(1, 3, 16, 16), (16, 16)).mean() == 128


def test_a_pool_of_another_shape_is_refused(house: House, tmp_path: Path) -> None:
    runtime = choose("eager", house, Shapes(4, (16, 2, 2)), tmp_path)
    with pytest.raises(PoolError, match="16 latent channels, the model has 4"):
        poolwalk.open(tiny_pool(channels=16), house, runtime)


def test_runtimes(house: House, tmp_path: Path) -> None:
    assert choose("auto", house, Shapes(4, (4, 2, 2)), tmp_path).name == "eager"
    other = choose("no_such_runtime", house, Shapes(4, (4, 2, 2)), tmp_path)
    assert other.name == "eager"
    assert "no_such_runtime" in other.note
    bare = House(house.autoencoder, missing="denoiser.safetensors: No such file")
    with pytest.raises(RuntimeUnavailable, match="No such file"):
        choose("eager", bare, Shapes(4, (4, 2, 2)), tmp_path).denoise(torch.zeros(1), torch.zeros(1), None)  # type: ignore[arg-type]


def test_entries_keep_their_colours_unless_others_are_asked_for(house: House) -> None:
    """Half-way between two palettes neither picture would have its own."""
    assert house.denoiser is not None
    denoiser = DiT(replace(house.denoiser.config, colours=(0, 1)))
    named = replace(house, denoiser=denoiser, names=("palette/a", "hue_cos", "hue_sin", "scale"))
    pool = replace(tiny_pool(), attributes=torch.ones(4, 4), known=torch.ones(4, 4), names=named.names)
    plain = told(way_of(pool, range(4), WISH, (6.0,)), WISH, named)
    assert plain.attributes_known[0, :4].tolist() == [0.0, 0.0, 0.0, 1.0]
    knob = replace(WISH, controls={"attr/palette/a": 1.0})
    asked = told(way_of(pool, range(4), knob, (6.0,)), knob, named)
    assert asked.attributes_known[0, :4].tolist() == [1.0, 1.0, 1.0, 1.0], "or there would be nothing to turn"


def test_knobs_and_sound_are_heard(step: Step) -> None:
    plain = step(WISH, (6.0,)).frames
    assert not np.array_equal(plain, step(replace(WISH, controls={"attr/family/b": 1.0}), (6.0,)).frames)
    loud = {"audio/bass": 1.0, "audio/kick": 1.0}
    assert not np.array_equal(plain, step(replace(WISH, controls=loud), (6.0,)).frames)
    assert np.array_equal(plain, step(replace(WISH, controls={"attr/unheard": 1.0}), (6.0,)).frames)
