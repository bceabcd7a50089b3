"""Training on toys: it learns, it can be cut and goes on, what it writes can be loaded and shown."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.clips import Clip, save_shard
from engine.diffusion.conditioning import away
from engine.diffusion.contracts import Conditioning
from engine.errors import WeightsError
from engine.model.dit import DiT
from engine.model.house import (
    DENOISER,
    TINY_AUTOENCODER,
    TINY_DENOISER,
    load_autoencoder,
    save_autoencoder,
    save_denoiser,
)
from engine.training import distil
from engine.training import train_autoencoder as first
from engine.training import train_decoder as decoder
from engine.training import train_denoiser as second
from engine.training import train_recolour as third
from engine.training.batches import Batches, Diet
from engine.training.data import Cache, crops
from engine.training.latents import Folder, Latents, encode, load, save
from engine.training.optim import MasterAdamW, rate
from engine.training.perceptual import Features, distance, learn
from engine.training.sheets import ROWS, Judge

NAMES = ("family/red", "family/blue")


def clips(edge: int = 32) -> list[Clip]:
    made = []
    for i in range(8):
        colour = np.zeros((4, edge, edge, 3), np.uint8)
        colour[..., 0 if i % 2 else 2] = 60 + 20 * i
        kind = "red" if i % 2 else "blue"
        made.append(Clip(colour, (0.0, 0.25, 0.5, 0.75), kind, {f"family/{kind}": 1.0}))
    return made


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    save_shard(tmp_path / "world" / "0", clips())
    return Cache(tmp_path / "world")


def embed(captions: Sequence[str]) -> tuple[Tensor, Tensor]:
    vectors = torch.zeros(len(captions), TINY_DENOISER.text)
    for row, caption in zip(vectors, captions, strict=True):
        row[len(caption)] = 1.0
    return vectors, torch.ones(len(captions))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    torch.manual_seed(0)
    model = first.Autoencoder(TINY_AUTOENCODER).to(torch.bfloat16)
    for i in range(2):
        save(tmp_path / "latents" / f"{i}.safetensors", encode(clips(64), model, NAMES, TINY_DENOISER.attributes))
    return Folder(tmp_path / "latents", embed)


def ticking(monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    """A clock that counts looks instead of seconds: a busy machine must not make the same training shorter."""
    ticks = itertools.count()
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: next(ticks) * 0.003))


def test_crops_are_parts_of_the_clips(cache: Cache) -> None:
    got, of = next(crops([cache], 6, 16, seed=1))
    assert got.shape == (6, 16, 16, 3)
    assert all((crop == clip.frames[0, 0, 0]).all() for crop, clip in zip(got, of, strict=True))
    save_shard(cache.folder / "1", cache.clips[:2])
    assert cache.refresh() == 10
    small, _ = next(crops([cache], 6, 64, seed=1))
    assert small.shape == (24, 32, 32, 3)  # lower pictures: more of them


def test_autoencoder_learns_and_goes_on(
    cache: Cache, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking(monkeypatch, first)
    held = np.stack([c.frames[0] for c in cache.clips])
    run = first.AutoencoderRun(tmp_path / "ae", 0.03, batch=8, peak=3e-3, halved=0.5, config=TINY_AUTOENCODER)
    run = replace(run, dtype=torch.float32)
    pictures = (frames for frames, _ in crops([cache], 8, 32, seed=0))
    path = first.train(run, pictures, lambda: held, Features(2).to(torch.bfloat16).requires_grad_(False))
    fresh = first.Autoencoder(TINY_AUTOENCODER).to(torch.bfloat16)
    trained = first.finished(path)
    assert first.psnr(first.reconstruct(trained, held), held) > first.psnr(first.reconstruct(fresh, held), held) + 3
    first.train(replace(run, minutes=0.04), pictures, lambda: held)
    assert "goes on from step" in capsys.readouterr().out
    with pytest.raises(WeightsError, match="train first"):
        first.finished(tmp_path / "nothing.pt")


def test_features_learn_labels_and_tell_pictures_apart(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x = torch.rand(8, 3, 16, 16) * 2 - 1
    x[:4, 0], x[4:, 0] = 0.9, -0.9
    values = torch.tensor([[1.0]] * 4 + [[-1.0]] * 4)
    model = learn(tmp_path / "f.pt", itertools.repeat((x, values, torch.ones(8, 1))), 1, 60)
    assert float((model(x.bfloat16()).float() - values).abs().mean()) < 0.3
    assert float(distance(model, x.bfloat16(), x.bfloat16())) == 0.0
    near, far = x + 0.05 * torch.randn_like(x), x + 0.5 * torch.randn_like(x)
    assert float(distance(model, far.bfloat16(), x.bfloat16())) > 2 * float(
        distance(model, near.bfloat16(), x.bfloat16())
    )
    again = learn(tmp_path / "f.pt", itertools.repeat((x, values, torch.ones(8, 1))), 1, 60)
    assert torch.equal(again(x.bfloat16()), model(x.bfloat16()))


def test_latents_keep_everything_known(tmp_path: Path) -> None:
    model = first.Autoencoder(TINY_AUTOENCODER).to(torch.bfloat16)
    heard = replace(
        clips()[1],
        audio=np.full((4, 8), 0.5, np.float32),
        depth=np.full((4, 2, 2), 51, np.uint8),
    )
    made = encode([clips()[0], heard], model, NAMES, 8)
    save(tmp_path / "a.safetensors", made)
    back = load(tmp_path / "a.safetensors")
    assert all(torch.equal(getattr(made, n), getattr(back, n)) for n in Latents.__slots__ if n != "captions")
    assert back.captions == ("blue", "red")
    folder = Folder(tmp_path, embed)
    clean, cond = folder.take(torch.tensor([1, 0]), torch.tensor([2, 3]))
    assert clean.shape == (2, 4, 1, 2, 2)
    assert torch.equal(clean[0, :, 0], made.latents[1, 2])
    assert cond.attributes[:, :2].tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert cond.attributes_known[:, :3].tolist() == [[1.0, 1.0, 0.0]] * 2
    assert cond.phases.tolist() == [[0.5], [0.75]]
    assert cond.audio is not None and cond.audio_known is not None and cond.depth is not None
    assert cond.audio_known.tolist() == [1.0, 0.0] and float(cond.audio[0].mean()) == 0.5
    assert float(cond.depth[0].mean()) == pytest.approx(0.2)


def test_denoiser_learns_and_draws_sheets(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticking(monkeypatch, second)
    run = second.DenoiserRun(
        tmp_path / "dit",
        0.06,
        peak=3e-3,
        compiled=False,
        dtype=torch.float32,
        config=TINY_DENOISER,
        diet=Diet(tokens=64),
    )
    seen: list[DiT] = []
    path = second.train(run, [(folder, 1.0)], folder, lambda model, reached: seen.append(model))
    dit = second.finished(path)
    assert torch.equal(dit.patch.weight, seen[-1].patch.weight.to(torch.bfloat16))
    judge = Judge(first.Autoencoder(TINY_AUTOENCODER).to(torch.bfloat16), dit, folder)
    assert judge.strip(0, 1, columns=3).shape == (len(ROWS) * 66, 3 * 66, 3)
    assert judge.samples(columns=4, rows=2, steps=2).shape == (10 * 66, 4 * 66, 3)
    log = (tmp_path / "dit" / "log.txt").read_text()
    assert "told/text/untold/wrong" in log
    fresh = DiT(TINY_DENOISER).to(torch.bfloat16)
    learnt, at_first = (second.errors(m, folder)["told@1.0"] for m in (dit, fresh))
    assert learnt < 0.5 * at_first


def test_references_learn_the_colours_that_are_told(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red and blue pictures that go by the other: the colour that is told decides. Old weights grow what recolours."""
    ticking(monkeypatch, third)
    clips = folder.all
    folder.clips = replace(clips, reference=clips.latents.roll(1, 0), closeness=torch.ones(len(clips)).half())
    torch.manual_seed(1)
    save_denoiser(tmp_path / DENOISER, DiT(TINY_DENOISER), NAMES)
    config = replace(TINY_DENOISER, colours=(0, 2))
    run = second.DenoiserRun(
        tmp_path / "r", 0.04, peak=5e-3, compiled=False, dtype=torch.float32, config=config, diet=Diet(tokens=64)
    )
    run = replace(run, start=tmp_path / DENOISER, rivalry=0.0)  # a rival keeps errors so small from falling
    old, model = second.fresh(run), third.train(run, [(folder, 1.0)], folder)
    before, after = (second.errors(m, folder)["recolour"] for m in (old, model))
    assert after < 0.3 * before
    assert all(torch.equal(old.state_dict()[n], x) for n, x in model.state_dict().items() if "recolour" not in n)
    _, told = folder.take(torch.arange(4), torch.zeros(4, dtype=torch.long))
    silent = replace(told, attributes_known=torch.zeros_like(told.attributes_known))
    kept, raw = model.recoloured(silent).reference, silent.reference
    assert kept is not None and raw is not None and torch.equal(kept, raw.float())
    led, painted = (model.recoloured(cond).reference for cond in (away(told), told))
    assert led is not None and painted is not None and torch.equal(led, painted)


def test_distilling_starts_from_the_teacher_and_learns(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking(monkeypatch, distil)
    torch.manual_seed(1)
    save_denoiser(tmp_path / DENOISER, DiT(TINY_DENOISER), NAMES)
    run = second.DenoiserRun(
        tmp_path / "distil",
        0.01,
        compiled=False,
        dtype=torch.float32,
        config=TINY_DENOISER,
        start=tmp_path / DENOISER,
        diet=Diet(tokens=64),
    )
    student = second.finished(distil.train(run, [(folder, 1.0)], folder))
    assert student.config == TINY_DENOISER
    with pytest.raises(WeightsError, match="no teacher"):
        distil.train(replace(run, start=None), [(folder, 1.0)], folder)
    with pytest.raises(WeightsError, match="another preset"):
        distil.train(replace(run, config=replace(TINY_DENOISER, depth=2)), [(folder, 1.0)], folder)


def test_a_perfect_leaper_has_no_loss(folder: Folder) -> None:
    """Where the velocity is the same everywhere, a student that says it is right about every leap."""
    batches = Batches([(folder, 1.0)], Diet(tokens=64, masked=0.0), seed=0)

    def still(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        return torch.full_like(x, 0.5)

    def restless(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        return still(x, t, cond) + t[:, None, :, None, None].to(x.dtype)

    losses = [
        distil.leap_loss(f, still, batches.take(), batches, distil.Leap(plain=0.0), 0.2) for f in (still, restless)
    ]  # type: ignore[arg-type]
    assert float(losses[0]) < 1e-5 < 1e-3 < float(losses[1])


def test_colour_and_layout_weigh_as_much_as_detail() -> None:
    torch.manual_seed(0)
    weight = torch.ones(2, 1, 3, 6, 10)
    grain, tint = torch.randn(2, 4, 3, 6, 10), torch.ones(2, 4, 3, 6, 10)
    assert float(second.banded(grain, weight)) == pytest.approx(1.0, rel=0.15)
    assert float(second.banded(tint, weight)) == pytest.approx((1 + 4 + 60) / 3)
    half = weight.clone()
    half[..., 5:] = 0
    assert float(second.banded(grain * (1 - half), half)) == 0.0


def test_levels_masks_and_what_is_left_unsaid(folder: Folder) -> None:
    batches = Batches([(folder, 1.0)], Diet(masked=1.0, tokens=320), seed=0)
    levels = batches.levels(400, 4)
    onward = (levels[:, 0] <= 0.15) & (levels[:, 3] > 0.15)
    assert 0.4 < float(onward.float().mean()) < 0.75
    assert float(levels.max()) < 1
    assert batches.levels(10, 1).shape == (10, 1)
    batch = batches.take()
    assert batch.clean.shape == (20, 4, 4, 4, 4)
    assert batch.cond.mask is not None
    mask = batch.cond.mask
    assert 0 < float(mask.mean()) < 1
    assert not bool((batch.weight * (1 - mask)).any())
    assert torch.equal(mask[:, :, :, ::2, ::2], mask[:, :, :, 1::2, 1::2])  # whole tokens
    loss = second.loss_of(DiT(TINY_DENOISER).to(torch.bfloat16), batch, batches)
    assert float(loss.detach()) > 0.2


def test_one_clip_grows_out_of_another(folder: Folder) -> None:
    batches = Batches([(folder, 1.0)], Diet(grown=1.0, quiet=1.0, smudged=0.0, tokens=320), seed=0)
    batch = batches.take()
    drawn, other = batch.drawn, None if batch.drawn is None else batch.drawn.roll(1, 0)
    assert drawn is not None and other is not None and not batch.paired
    low, high = torch.minimum(drawn, other) - 0.02, torch.maximum(drawn, other) + 0.02
    assert bool(((batch.clean >= low) & (batch.clean <= high)).all())
    assert float((batch.clean - drawn).abs().max()) > 0.1 and float((batch.clean - other).abs().max()) > 0.1
    assert float(batch.weight.min()) >= 1 - Diet().seam - 1e-4 and float(batch.weight.min()) < 0.9
    assert batch.cond.reference is not None and batch.cond.closeness is not None
    assert torch.equal(batch.cond.reference.float(), batch.clean.float()), "on a stage the two grow as they are"
    assert bool((batch.cond.closeness == 1).all())
    kinds = batch.cond.attributes[:, :2]
    assert bool(((kinds > 0.05) & (kinds < 0.95)).any()), "told of both"
    batches.diet = replace(batches.diet, colours=(0, 2))
    plain = batches.take().cond
    assert plain.paint is None and not plain.attributes_known[:, :4].any(), "and nothing of colours"


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


def test_a_decoder_learns_alone_and_its_latents_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking(monkeypatch, decoder)
    torch.manual_seed(0)
    start = tmp_path / "autoencoder.safetensors"
    rng, fresh = np.random.default_rng(0), first.Autoencoder(TINY_AUTOENCODER)
    pictures = [np.broadcast_to(rng.integers(0, 256, 3, np.uint8), (64, 96, 3)) for _ in range(12)]
    held = np.stack(pictures[:4])
    with torch.no_grad():
        fresh.follow(*(f(fresh.encoder(first.to_unit(held).float()), (0, 2, 3)) for f in (torch.mean, torch.std)), 1.0)
    before = save_autoencoder(start, fresh)
    run = decoder.DecoderRun(tmp_path / "run", start, 0.05, 2e-2, kept=12, first=4)
    path = decoder.train(run, itertools.cycle(pictures), held)
    old, new = load_autoencoder(start, torch.float32)[0], decoder.finished(path, start)
    judged = [first.psnr(first.reconstruct(model, held), held) for model in (old, new)]
    assert judged[1] > judged[0] + 3
    x = first.to_unit(held).float()
    assert torch.equal(old.encode(x), new.encode(x))
    decoder.train(replace(run, minutes=0.06), itertools.cycle(pictures), held)
    assert "goes on from step" in capsys.readouterr().out
    assert save_autoencoder(start, new, latents=before) != before
    assert load_autoencoder(start, torch.float32)[1] == before, "pools made before go on to fit"
    with pytest.raises(WeightsError, match="train first"):
        decoder.finished(tmp_path / "nothing.pt", start)
    save_autoencoder(start, first.Autoencoder(TINY_AUTOENCODER))
    with pytest.raises(WeightsError, match="another encoder"):
        decoder.finished(path, start)
