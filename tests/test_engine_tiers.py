"""Pictures at the size that a machine can dream in time, and when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from engine_fixtures import tiny_pool
from safetensors import SafetensorError

from engine.errors import WeightsError
from engine.frames import FrameSlots
from engine.live import Studio
from engine.model import weights
from engine.model.house import load_house, save_tiny_house
from engine.pools import half
from engine.pools import pool as pools
from engine.runtimes import tiers
from engine.types import Chunk, Request
from engine.worker import Paths

WISH = Request(size=(64, 64), pool="p", strength=0.4)
TIMES = (0.0, 0.1, 0.2, 0.3)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    save_tiny_house(tmp_path / "assets")
    pools.save(tmp_path / "pools" / "p", tiny_pool(cells=4))
    FrameSlots(tmp_path / "picture", (64, 64), create=True)
    names = ("request", "status", "frames", "picture", "pools", "assets", "cache")
    paths = Paths(**{name: tmp_path / name for name in names}, largest=(64, 64), threads=1, runtime="eager")  # type: ignore[arg-type]
    threads = torch.get_num_threads()
    yield Studio(paths, lambda **said: None)
    torch.set_grad_enabled(True)  # a process of its own needs no gradients; this one has other tests
    torch.set_num_threads(threads)


def test_a_pool_halved_by_averages_is_the_same_smaller(tmp_path: Path) -> None:
    pool = tiny_pool(cells=6)
    pools.save(tmp_path, pool)
    small, sharp = half.halved(tmp_path, pool)
    assert not sharp and small.latents.shape == (4, 8, 4, 4, 4), "6 cells are padded to 8, one on each side"
    assert small.size == (48, 48)
    want = pool.frame(1, 2)[:, 1:3, 3:5].mean((1, 2))
    assert torch.allclose(small.frame(1, 2)[:, 1, 2], want, atol=float(pool.scale.max())), "the middle stays there"


def test_a_pool_is_halved_by_its_pictures(tmp_path: Path) -> None:
    save_tiny_house(tmp_path / "assets")
    house = load_house(tmp_path / "assets", torch.float32)
    pool, told = tiny_pool(cells=6), list[int]()
    pools.save(tmp_path, pool)
    assert half.make(tmp_path, house, told.append) and told == [1, 2, 3, 4]
    assert not half.make(tmp_path, house), "it is there"
    small, sharp = half.halved(tmp_path, pool)
    assert sharp and small.latents.shape == (4, 8, 4, 4, 4) and small.size == (48, 48)
    wanted = torch.nn.functional.pad(
        house.autoencoder.decode(pool.frame(1, 2)[None]).clamp(-1, 1), [16] * 4, "replicate"
    )
    wanted = house.autoencoder.encode(torch.nn.functional.avg_pool2d(wanted, 2))[0]
    error = (small.frame(1, 2) - wanted).abs().max()
    assert error <= 0.51 * pool.scale.max(), "nothing but what eight bits leave out"
    pools.save(tmp_path, replace(pool, latents=-pool.latents))
    assert not half.halved(tmp_path, pool)[1], "what was made from another pool is not used"


def test_the_best_run_says_how_fast_a_machine_is() -> None:
    for costs, tier in (([900.0, 20.0, 300.0], 1), ([900.0, 800.0, 700.0], 2)):
        left = iter(costs)
        assert tiers.fitting(lambda left=left: next(left)) == tier  # type: ignore[misc]


def test_what_was_found_is_remembered(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert studio.step(WISH, TIMES).frames.shape == (4, 64, 64, 3), "a toy model is fast everywhere"
    assert (studio.paths.cache / tiers.TIERS).is_file()
    again = Studio(studio.paths, lambda **said: None)
    monkeypatch.setattr(tiers, "fitting", lambda frame_ms: pytest.fail("measured again"))
    again.step(WISH, TIMES)
    (studio.paths.cache / tiers.TIERS).write_text("{broken")
    monkeypatch.setattr(tiers, "fitting", lambda frame_ms: 2)
    slow = Studio(studio.paths, lambda **said: None)
    assert slow.step(WISH, TIMES).frames.shape == (4, 32, 32, 3)
    assert "vj pool halve p" in slow.warning
    half.make(studio.paths.pools / "p", studio.house)
    sharp = Studio(studio.paths, lambda **said: None)
    assert sharp.step(WISH, TIMES).frames.shape == (4, 32, 32, 3)
    assert "half-size" in sharp.warning and "blurred" not in sharp.warning


def test_short_of_memory_pictures_get_smaller_and_the_show_goes_on(studio: Studio) -> None:
    studio.step(WISH, TIMES)
    (key,) = studio._steps

    def greedy(request: Request, times: Sequence[float]) -> Chunk:
        raise torch.OutOfMemoryError("tried to allocate 3 TiB")

    studio._steps[key] = greedy
    assert studio.step(WISH, TIMES).frames.shape == (4, 32, 32, 3)
    assert "out of memory" in studio.warning
    studio._steps[key] = greedy  # and when even small is too large, it is told
    with pytest.raises(torch.OutOfMemoryError):
        studio.step(replace(WISH, seq=2), TIMES)


def test_a_disk_that_is_full_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half of it")
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(weights, "save_file", full)
    with pytest.raises(WeightsError, match=r"half\.safetensors: cannot be written .*No space left"):
        weights.save(tmp_path / half.FILE, {}, {})
    assert not list(tmp_path.iterdir())
