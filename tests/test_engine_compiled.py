"""The compiled runtime: built in a process of its own, the same pictures as eager, found again under its key."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_fixtures import tiny_pool

from engine.errors import RuntimeUnavailable
from engine.model.house import House, load_house, save_tiny_house
from engine.pipelines import poolwalk
from engine.runtimes import compiled
from engine.runtimes.compiled import key_of, prepare
from engine.runtimes.runtime import Shapes, best_dtype, choose, default_threads
from engine.types import Request, Tempo, Walk

SHAPES = Shapes(4, (4, 2, 2))


@pytest.fixture(scope="module")
def house_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    save_tiny_house(folder)
    return folder


def test_key_depends_on_everything(house_folder: Path) -> None:
    house = load_house(house_folder, torch.float32)
    keys = {
        key_of(house, SHAPES),
        key_of(house, Shapes(8, (4, 2, 2))),
        key_of(load_house(house_folder, torch.bfloat16), SHAPES),
        key_of(House(house.autoencoder, house.denoiser, sha={"denoiser": "other"}), SHAPES),
    }
    assert len(keys) == 4
    assert key_of(house, SHAPES) in keys


def test_not_prepared_is_said_and_eager_takes_over(house_folder: Path, tmp_path: Path) -> None:
    house = load_house(house_folder, torch.float32)
    runtime = choose("compiled", house, SHAPES, tmp_path)
    assert runtime.name == "eager"
    assert "vj engine build" in runtime.note


def test_a_compiler_that_fails_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="compiling failed") as caught:
        prepare(tmp_path / "nothing", SHAPES, tmp_path, 1)
    assert "\n" not in str(caught.value)


def test_what_is_right_is_the_answer_in_fp32(house_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounded in another order a package may be as far from eager again as eager is from what is right."""
    house = load_house(house_folder, torch.bfloat16)
    exact = load_house(house_folder, torch.float32)
    assert house.denoiser is not None and exact.denoiser is not None
    inputs = compiled.example(house, SHAPES)
    plain = tuple(x.float() for x in inputs)
    with torch.no_grad():
        right = compiled.Flat(exact.denoiser).eval()(*plain)
        off = right - compiled.Flat(house.denoiser).eval()(*inputs).float()
        monkeypatch.setattr(compiled, "MOST_ERROR", 0.0)
        found = compiled.checked("it", house, inputs, lambda *x: right + 1.2 * off)
        assert found == pytest.approx(1.2 * float(off.norm() / right.norm()), rel=1e-3)
        with pytest.raises(RuntimeUnavailable, match=r"it is off by 0\.\d+, eager by 0\.\d+, 0\.\d+ is allowed"):
            compiled.checked("it", house, inputs, lambda *x: right + 1.6 * off)
        monkeypatch.undo()
        compiled.checked("it", exact, plain, lambda *x: 1.019 * right)
        with pytest.raises(RuntimeUnavailable, match=r"off by 0\.100, eager by 0\.000, 0\.020 is allowed"):
            compiled.checked("it", exact, plain, lambda *x: 1.1 * right)


@pytest.mark.skipif(shutil.which("g++") is None, reason="the compiled runtime needs g++")
def test_prepared_packages_draw_the_same_pictures(house_folder: Path, tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    prepare(house_folder, SHAPES, tmp_path, threads)
    house = load_house(house_folder, best_dtype())
    built, eager = (choose(name, house, SHAPES, tmp_path) for name in ("auto", "eager"))
    assert (built.name, eager.name) == ("compiled", "eager")
    wish = Request(size=(32, 32), pool="p", strength=0.5, walk=Walk(hold=0, morph=8), tempo=Tempo(0.0, 0.0, 60.0))
    fast, slow = (poolwalk.open(tiny_pool(), house, r)(wish, (3.0, 3.5, 4.0, 4.5)).frames for r in (built, eager))
    apart = abs(fast.astype(int) - slow.astype(int))  # bf16 through random weights; another picture is 80 away
    assert np.percentile(apart, 99) <= 24 and apart.mean() < 3
    odd = poolwalk.open(tiny_pool(), house, built)(wish, (3.0,)).frames  # another batch: eager
    assert odd.shape == (1, 32, 32, 3)
    assert default_threads() >= 1
