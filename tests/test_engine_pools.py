"""Pools on disk and ways through them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from engine_fixtures import tiny_pool

from engine.errors import PoolError
from engine.pools import pool as pools
from engine.pools.interpolate import arrivals, entry_at, grow, loop_at, mix, rms, walk_at
from engine.types import Walk


def test_round_trip(tmp_path: Path) -> None:
    made = tiny_pool(count=3)
    pools.save(tmp_path / "p", made)
    got = pools.load(tmp_path / "p")
    assert torch.equal(got.latents, made.latents)
    assert got.entries == made.entries
    assert got.size == made.size
    assert got.names == made.names


def test_quantised_latents_are_close() -> None:
    latents = torch.randn(4, 5, 6, 7, 8) * torch.linspace(0.5, 2, 6)[:, None, None]
    eight, scale = pools.quantise(latents)
    error = (eight.float() * scale[:, None, None] - latents).abs()
    assert eight.dtype == torch.int8
    assert float((error / scale[:, None, None]).quantile(0.99)) <= 0.51


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-50]), "damaged or cut off"),
        (lambda p: p.write_bytes(p.read_bytes()[:20]), "cut off"),
        (lambda p: p.write_bytes(b""), "not a safetensors file"),
        (lambda p: torch.save({"latents": torch.zeros(3)}, p), "pickle"),
        (lambda p: p.write_bytes(b"\x80\x04\x95rubbish of a pickle"), "pickle"),
        (lambda p: p.unlink(), "No such file"),
    ],
)
def test_files_that_are_no_pools(tmp_path: Path, harm, message: str) -> None:  # type: ignore[no-untyped-def]
    pools.save(tmp_path / "p", tiny_pool())
    harm(tmp_path / "p" / "pool.safetensors")
    with pytest.raises(PoolError, match=message) as caught:
        pools.load(tmp_path / "p")
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "p" / "pool.safetensors") in str(caught.value)
    assert "vj prerender SETLIST --only p" in str(caught.value)


def test_shapes_that_do_not_agree(tmp_path: Path) -> None:
    made = tiny_pool(count=3)
    pools.save(tmp_path / "p", made)
    toml = (tmp_path / "p" / "pool.toml").read_text()
    (tmp_path / "p" / "pool.toml").write_text(toml + '[[entries]]\nname = "one too many"\n')
    with pytest.raises(PoolError, match="holds 3 loops"):
        pools.load(tmp_path / "p")
    (tmp_path / "p" / "pool.toml").write_text(toml.replace("format = 1", "format = 9"))
    with pytest.raises(PoolError, match="format = 9"):
        pools.load(tmp_path / "p")
    (tmp_path / "p" / "pool.toml").write_text(toml.replace("size = [32, 32]", "size = [640, 32]"))
    with pytest.raises(PoolError, match="size"):
        pools.load(tmp_path / "p")


def test_pool_of_another_model() -> None:
    made = tiny_pool(sha="a" * 64)
    assert "other weights" in pools.mismatch(made, "b" * 64, 4)
    assert pools.mismatch(made, "a" * 64, 4) == ""
    with pytest.raises(PoolError, match="4 latent channels, the model has 16"):
        pools.mismatch(made, "a" * 64, 16)
    with pytest.raises(PoolError, match='no entry "nope"'):
        made.index("nope")


def test_loops_are_closed_and_continuous() -> None:
    made = tiny_pool()
    assert torch.equal(loop_at(made, 0, 0.0), made.frame(0, 0))
    assert torch.equal(loop_at(made, 0, 1.0), loop_at(made, 0, 0.0))
    assert torch.allclose(loop_at(made, 0, 1 - 1e-6), made.frame(0, 0), atol=1e-4)
    assert torch.allclose(loop_at(made, 0, 0.5 / made.frames), (made.frame(0, 0) + made.frame(0, 1)) / 2, atol=1e-6)


def test_mixes() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(3, 4, 8, 8), torch.randn(3, 4, 8, 8) * 2
    got = mix(a, b, torch.tensor([0.0, 1.0, 0.5]))
    assert torch.equal(got[0], a[0])
    assert torch.allclose(got[1], b[1], atol=1e-5)
    assert float(rms(got)[2]) == pytest.approx(float(rms(a)[2] + rms(b)[2]) / 2, rel=0.02)


def test_one_picture_grows_out_of_another() -> None:
    a, b = torch.zeros(5, 3, 18, 32), torch.ones(5, 3, 18, 32)
    ends = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    got = grow(a, b, ends, arrivals(7, (18, 32))[None])
    assert torch.equal(got[0], a[0]) and torch.equal(got[4], b[4])
    assert bool((got[1:] >= got[:-1]).all()), "no cell goes back"
    assert torch.allclose(got.mean((1, 2, 3)), torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]), atol=0.01), "evenly"
    seam = (got[2] > 0.1) & (got[2] < 0.9)
    assert float(seam.float().mean()) < 0.65, "many cells show one of the two"
    edges = (got[2][:, 1:] - got[2][:, :-1]).abs().mean()
    assert float(edges) < 0.1, "and neighbours mostly the same one"


def test_a_seed_grows_in_the_same_way_at_any_size() -> None:
    whole, half = arrivals(3, (18, 32)), arrivals(3, (10, 16))
    assert not torch.equal(whole, arrivals(4, (18, 32)))
    assert float(whole.min()) == 0.0 and float(whole.max()) == 1.0
    smaller = torch.nn.functional.interpolate(whole[None, None], (10, 16), mode="bilinear", align_corners=True)[0, 0]
    assert float((smaller - half).abs().mean()) < 0.05


def test_walk_is_deterministic_and_visits_everything() -> None:
    walk = Walk(seed=4, hold=4, morph=4)
    order = [entry_at(walk, 7, k) for k in range(70)]
    assert order == [entry_at(walk, 7, k) for k in range(70)]
    assert order != [entry_at(Walk(seed=5), 7, k) for k in range(70)]
    for turn in range(10):
        assert sorted(order[7 * turn : 7 * turn + 7]) == list(range(7))
    assert all(a != b for a, b in itertools.pairwise(order))
    assert entry_at(walk, 1, 99) == 0
    assert {entry_at(walk, 2, k) for k in (0, 1)} == {0, 1}


def test_walk_holds_then_morphs_without_a_jump() -> None:
    walk = Walk(seed=1, hold=4, morph=4, motion=8)
    assert walk_at(walk, 5, 3.9).mix == 0
    assert walk_at(walk, 5, 6.0).mix == pytest.approx(0.5)
    before, after = walk_at(walk, 5, 8 - 1e-6), walk_at(walk, 5, 8.0)
    assert before.mix == pytest.approx(1.0, abs=1e-5)
    assert after.mix == 0
    assert before.b == after.a
    assert after.segment == before.segment + 1
    made = tiny_pool(count=5)

    def picture(beats: float) -> torch.Tensor:
        p = walk_at(walk, 5, beats)
        a, b = loop_at(made, p.a, p.phase_a), loop_at(made, p.b, p.phase_b)
        return mix(a[None], b[None], torch.tensor([p.mix]))

    steps = [float((picture(i * 0.05) - picture((i + 1) * 0.05)).abs().mean()) for i in range(400)]
    apart = float((picture(0) - picture(8)).abs().mean())
    assert max(steps) < 0.25 * apart
    assert walk_at(walk, 5, -3.0).segment == -1


def test_modes_of_a_walk() -> None:
    walk = Walk(seed=1, hold=4, morph=4, motion=8)
    drift = [walk_at(replace(walk, mode="drift"), 5, b).mix for b in (0.0, 2.0, 4.0, 7.9)]
    assert drift == pytest.approx([0.0, 0.25, 0.5, 7.9 / 8])
    cut = replace(walk, mode="cut", onsets=3)
    assert walk_at(cut, 5, 0.0).segment == walk_at(cut, 5, 77.0).segment == 3
    assert walk_at(cut, 5, 6.0).mix == 0.0
    assert walk_at(replace(cut, onsets=4), 5, 6.0).a == walk_at(cut, 5, 6.0).b
    loop = replace(walk, mode="loop")
    assert {walk_at(loop, 5, float(b)).a for b in range(40)} == {walk_at(loop, 5, 0.0).a}
    assert walk_at(loop, 5, 12.0).phase_a == 0.5
