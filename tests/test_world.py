"""The world that the house model learns, and the loops that pools are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.clips import load_shard, save_shard
from vj.core.paths import SHIPPED
from vj.studio.captions import FAMILIES, PALETTES, caption, vocabulary
from vj.studio.prerender import beauty, closed, names
from vj.studio.shipped import POOLS
from vj.studio.train import ATTRIBUTES
from vj.studio.world import World, attribute_names, attributes, palette_of, relative


@pytest.fixture(scope="module")
def world() -> World:
    return World((48, 28), 1.0)


def test_every_generator_is_in_the_grammar(world: World) -> None:
    assert world.families() == list(FAMILIES)
    assert len(FAMILIES) >= 32


def test_a_clip_is_the_same_for_ever_and_no_two_are_alike(world: World) -> None:
    a, b, other = world.spec(3, 5), world.spec(3, 5), world.spec(3, 6)
    assert a == b
    assert a.params != other.params
    first, second = world.draw(a), world.draw(b)
    assert np.array_equal(first.frames, second.frames)
    assert first.frames.shape == (4, 28, 48, 3)
    assert first.frames.std() > 1


def test_a_clip_comes_with_a_relative_to_go_by(world: World) -> None:
    seen = set()
    for i in range(24):
        clip = world.pair(4, i)
        assert clip.reference is not None and clip.reference.shape == clip.frames.shape
        seen.add(clip.closeness)
        spec, inputs = world.spec(4, i, 1), world.inputs(world.spec(4, i, 1).family)
        like, closeness = relative(spec, inputs, np.random.default_rng((4, i, 1)))
        changed = {name for name in spec.params if spec.params[name] != like.params[name]}
        assert like.family == spec.family and closeness == clip.closeness
        assert closeness < 1.0 or changed <= {"palette", "hue", "light"}
        assert closeness == 0.25 or like.phases == spec.phases
    assert seen == {0.25, 0.6, 1.0}


def test_what_is_known_has_a_name(world: World) -> None:
    known = set(attribute_names())
    assert len(known) == len(attribute_names()) <= ATTRIBUTES
    for i, family in enumerate(world.families()):
        spec = world.spec(1, i, family=family)
        values = attributes(spec)
        assert set(values) <= known
        assert all(-2 <= v <= 2 for v in values.values())
        assert values[f"family/{family}"] == 1.0


def test_captions_stay_inside_the_vocabulary() -> None:
    rng, words = np.random.default_rng(0), set(vocabulary())
    for family in FAMILIES:
        for palette in range(len(PALETTES)):
            params = {"palette": float(palette), "scale": 0.9, "twist": 0.1, "energy": 0.95, "symmetry": 6.0}
            text = caption(family, params, rng)
            assert set(text.replace(",", " ").split()) <= words, text
    said = {word for _ in range(40) for word in caption("tunnel", {"palette": 4.0}, rng).split()}
    assert said & {"gold", "golden", "amber"} and said & {"tunnel", "tube", "pipe"}


def test_loops_are_closed_and_calm(world: World) -> None:
    for family in ("tunnel", "waves", "particles"):
        spec = closed(world, world.spec(2, 1, 1, True, family), 12)
        frames = world.draw(spec).frames.astype(float)
        steps = np.abs(np.diff(frames, axis=0, append=frames[:1])).mean((1, 2, 3))
        assert len(spec.phases) == 12
        assert steps.max() < 25
        assert steps.mean() > 0.2


def test_beauty_prefers_colour_and_contrast() -> None:
    y, x = np.mgrid[0:60, 0:100]
    colour = np.stack([x * 2, y * 3, 200 - x], -1).astype(np.uint8)
    assert beauty(colour) > beauty(np.full((60, 100, 3), 128, np.uint8))
    assert beauty(colour) > beauty(np.full((60, 100, 3), 255, np.uint8))
    assert beauty(colour) > beauty(np.zeros((60, 100, 3), np.uint8))


def test_main_colours() -> None:
    frame = np.zeros((1, 36, 64, 3), np.uint8)
    frame[:, :24] = (255, 0, 0)
    assert palette_of(frame, 2) == ("#ff0000", "#000000")


def test_shards_come_back_and_loops_get_names(world: World, tmp_path: Path) -> None:
    clips = [world.draw(world.spec(1, 0, family="tunnel")) for _ in range(2)]
    save_shard(tmp_path / "new" / "0", clips)
    back = load_shard(tmp_path / "new" / "0")
    assert np.array_equal(back[1].frames, clips[1].frames)
    assert back[0].attributes == clips[0].attributes
    first, second = names(back)
    assert first.startswith("tunnel-")
    assert second == f"{first}-2"


def test_the_pools_that_come_along_are_described() -> None:
    assert tuple(POOLS) == SHIPPED
    firsts = [first for first, *_ in PALETTES]
    for job in POOLS.values():
        assert set(job.families) <= set(FAMILIES) and set(job.palettes) <= set(firsts)
        assert (job.folder / "pool.toml").is_file()
