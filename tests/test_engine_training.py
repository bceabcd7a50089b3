"""Training on toys: it learns, it can be cut and goes on, what it writes can be loaded and shown."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine.clips import Clip, save_shard
from engine.errors import WeightsError
from engine.model.house import TINY_AUTOENCODER, TINY_DENOISER
from engine.training import train_autoencoder as first
from engine.training import train_denoiser as second
from engine.training.data import Cache, crops
from engine.training.optim import MasterAdamW, rate
from engine.training.sheets import ROWS, Judge

NAMES = ("family/red", "family/blue")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    clips = []
    for i in range(8):
        colour = np.zeros((2, 32, 32, 3), np.uint8)
        colour[..., 0 if i % 2 else 2] = 60 + 20 * i
        kind = "red" if i % 2 else "blue"
        clips.append(Clip(colour, (0.0, 0.5), kind, {f"family/{kind}": 1.0}))
    save_shard(tmp_path / "world" / "0", clips)
    return Cache(tmp_path / "world")


def test_crops_are_parts_of_the_clips(cache: Cache) -> None:
    got = next(crops(cache, 6, 16, seed=1))
    assert got.shape == (6, 16, 16, 3)
    assert {tuple(p) for p in got.reshape(-1, 3)} <= {tuple(c.frames[0, 0, 0]) for c in cache.clips}
    save_shard(cache.folder / "1", cache.clips[:2])
    assert cache.refresh() == 10


def test_autoencoder_learns_and_goes_on(
    cache: Cache, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # a clock that counts looks instead of seconds: a busy machine must not make the same training shorter
    ticks = itertools.count()
    monkeypatch.setattr(first, "time", SimpleNamespace(perf_counter=lambda: next(ticks) * 0.003))
    held = np.stack([c.frames[0] for c in cache.clips])
    run = first.AutoencoderRun(tmp_path / "ae", 0.03, batch=8, peak=3e-3, config=TINY_AUTOENCODER)
    path = first.train(run, crops(cache, 8, 32, seed=0), lambda: held)
    fresh = first.Autoencoder(TINY_AUTOENCODER).to(torch.bfloat16)
    trained = first.finished(path)
    assert first.psnr(first.reconstruct(trained, held), held) > first.psnr(first.reconstruct(fresh, held), held) + 3
    first.train(replace(run, minutes=0.04), crops(cache, 8, 32, seed=1), lambda: held)
    assert "goes on from step" in capsys.readouterr().out
    with pytest.raises(WeightsError, match="train first"):
        first.finished(tmp_path / "nothing.pt")


def test_denoiser_learns_and_draws_sheets(cache: Cache, tmp_path: Path) -> None:
    torch.manual_seed(0)
    autoencoder = first.Autoencoder(TINY_AUTOENCODER).to(torch.bfloat16)
    data = second.encode(cache, autoencoder, NAMES, TINY_DENOISER.attributes)
    assert data.latents.shape == (8, 2, 4, 2, 2)
    assert data.attributes[1, :2].tolist() == [1.0, 0.0]
    run = second.DenoiserRun(
        tmp_path / "dit", NAMES, ("red", "blue"), 0.04, frames=8, peak=3e-3, compiled=False, config=TINY_DENOISER
    )
    seen = []
    path = second.train(run, data, data, lambda dit, text: seen.append((dit, text)))
    dit, text = second.finished(path, NAMES)
    assert torch.equal(dit.patch.weight, seen[-1][0].patch.weight)
    sheet = Judge(autoencoder, dit, text, data).strip(0, 1, columns=3)
    assert sheet.shape == (len(ROWS) * 18, 3 * 18, 3)
    log = (tmp_path / "dit" / "log.txt").read_text()
    assert "told/untold/wrong" in log


def test_levels_leave_some_frames_clean(cache: Cache) -> None:
    autoencoder = first.Autoencoder(TINY_AUTOENCODER).to(torch.bfloat16)
    data = second.encode(cache, autoencoder, NAMES, 8)
    batches = second.Batches(data, second.TextTable(("red",), 8), seed=0)
    levels = batches.levels(400, 4)
    context = (levels[:, :2] == 0).all(1) & (levels[:, 2:] > 0).all(1)
    assert 0.15 < float(context.float().mean()) < 0.35
    assert float(levels.max()) < 1
    assert batches.levels(10, 1).shape == (10, 1)


def test_optimiser_finds_the_bottom_in_bf16() -> None:
    model = torch.nn.Linear(2, 1, bias=False).to(torch.bfloat16)
    optim, x = MasterAdamW(model), torch.eye(2, dtype=torch.bfloat16)
    want = torch.tensor([[0.5], [-1.5]], dtype=torch.bfloat16)
    for step in range(300):
        (model(x) - want).float().square().mean().backward()  # type: ignore[no-untyped-call]
        optim.step(rate(step / 300, step, 0.05, warm=10))
    assert torch.allclose(optim.masters[0], want.float().T, atol=0.02)
    assert torch.allclose(optim.averaged()["weight"], want.float().T, atol=0.1)
    assert rate(0.0, 0, 1.0) == pytest.approx(1 / 200)
    assert rate(1.0, 999, 1.0) == pytest.approx(0.05)
