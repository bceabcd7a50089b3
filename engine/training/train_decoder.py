"""Train on the decoder alone: pictures get sharper, latents stay what they are, and so do all pools made of them.

Whole pictures at the sizes that are shown, drawn on the way, instead of small crops; noise as little as eight bits and
a good denoiser leave; and, beside the autoencoder's own loss, decibels: errors count in the dark as in the light.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import WeightsError
from engine.model.autoencoder import Autoencoder
from engine.model.house import load_autoencoder
from engine.training.log import Log, load_checkpoint, save_checkpoint
from engine.training.optim import MasterAdamW, rate
from engine.training.train_autoencoder import Frames, loss_of, psnr, to_bytes, to_unit

BESIDE = 32
"""pixels cut off a picture of half the size so that its cells are an even number: see engine.pools.half"""


@dataclass(frozen=True, slots=True)
class DecoderRun:
    """How long and how. Times in minutes; `peak` is the highest learning rate."""

    folder: Path
    start: Path
    """weights whose encoder stays as it is"""
    minutes: float = 60.0
    peak: float = 3e-4
    batch: int = 2
    kept: int = 1500
    """pictures at hand, the first of them drawn before the first step"""
    first: int = 300
    fresh: int = 3
    """steps between two new pictures once there are so many"""
    noisy: float = 0.5
    """share of the pictures whose latents are noisy"""
    noisiest: float = 0.15
    halves: float = 0.3
    """share of the steps on pictures of half the size, four times as many"""
    decibels: float = 0.05
    """weight of the mean logarithm of each picture's square error"""
    checkpoint_min: float = 5.0
    seed: int = 0
    dtype: torch.dtype = torch.float32
    """bf16: networks are passed in it, weights stay fp32; twice as fast where the processor has instructions for it"""


def train(run: DecoderRun, drawn: Iterator[Frames], held: Frames) -> Path:
    """Train for `run.minutes` (all sessions together), then write FOLDER/decoder.pt; returns its path.

    `drawn` yields uint8 [H, W, 3], H and W multiples of 32; `held` [N, H, W, 3] was never trained on.
    """
    model, of = _opened(run.start)
    optim, log, path = MasterAdamW(model.decoder), Log(run.folder), run.folder / "decoder.pt"
    generator, spent, step = torch.Generator().manual_seed(run.seed), 0.0, 0
    if (state := load_checkpoint(path)) is not None:
        optim.load(state["optim"])
        spent, step = float(state["spent"]), int(state["step"])
        generator.manual_seed(run.seed + step)
        log.line(f"goes on from step {step} after {spent / 60:.1f} min")
    pictures = [next(drawn) for _ in range(run.first)]
    log.line(f"{len(pictures)} pictures are drawn")
    started = last = time.perf_counter()

    def keep() -> None:
        state = {"of": of, "optim": optim.state(), "step": step, "spent": spent + time.perf_counter() - started}
        save_checkpoint(path, state)
        log.line(f"held out: step {step} psnr {_judged(run.start, optim, held):.2f} dB over {len(held)} pictures")

    while (now := spent + time.perf_counter() - started) < run.minutes * 60:
        if len(pictures) < run.kept:
            pictures.append(next(drawn))
        elif step % run.fresh == 0:
            pictures[int(torch.randint(run.kept, (1,), generator=generator))] = next(drawn)
        loss = _loss(model, run, pictures, generator)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = optim.step(rate(now / (run.minutes * 60), step, run.peak))
        step += 1
        log.step(step, {"loss": float(loss.detach()), "norm": norm})
        if time.perf_counter() - last > run.checkpoint_min * 60:
            keep()
            last = time.perf_counter()
    keep()
    return path


def _loss(model: Autoencoder, run: DecoderRun, pictures: list[Frames], generator: torch.Generator) -> Tensor:
    small = float(torch.rand((), generator=generator)) < run.halves
    count = run.batch * (4 if small else 1)
    at = torch.randint(len(pictures), (count,), generator=generator).tolist()
    want = torch.cat([to_unit(pictures[i][None]) for i in at]).float().contiguous(memory_format=torch.channels_last)
    if small:
        want = F.avg_pool2d(want, 2)
        want = want[..., : want.shape[2] // BESIDE * BESIDE, : want.shape[3] // BESIDE * BESIDE]
    passed = torch.autocast("cpu", torch.bfloat16, enabled=run.dtype == torch.bfloat16)
    with torch.no_grad(), passed:
        z = model.encode(want).float()
    loud = run.noisiest * torch.rand(count, generator=generator) ** 2
    loud = loud * (torch.rand(count, generator=generator) < run.noisy)
    with passed:
        got = model.decode(z + loud[:, None, None, None] * torch.randn(z.shape, generator=generator)).float()
    each = (got - want).square().mean((1, 2, 3))
    return loss_of(got, want) + run.decibels * each.log().mean()


def finished(path: Path, start: Path) -> Autoencoder:
    """The weights that a run started from with the averaged decoder of its checkpoint. Raises WeightsError."""
    state = load_checkpoint(path)
    if state is None:
        raise WeightsError(f"{path}: No such file", "train first: vj train decoder")
    model, of = _opened(start)
    if state.get("of") != of:
        raise WeightsError(f"{path}: was trained for another encoder than {start} has", "train again: vj train decoder")
    for (_, parameter), value in zip(model.decoder.named_parameters(), state["optim"]["ema"], strict=True):
        parameter.data.copy_(value)
    return model.requires_grad_(False)


@torch.no_grad()
def _judged(start: Path, optim: MasterAdamW, held: Frames) -> float:
    model, _ = _opened(start)
    model.decoder.load_state_dict(optim.averaged())
    parts = [held[i : i + 4] for i in range(0, len(held), 4)]
    found = [psnr(to_bytes(model.decode(model.encode(to_unit(part).float()))), part) * len(part) for part in parts]
    return sum(found) / len(held)


def _opened(start: Path) -> tuple[Autoencoder, str]:
    """And what its latents go by."""
    model, of = load_autoencoder(start, torch.float32)
    model.requires_grad_(False).decoder.requires_grad_(True)
    return model, of
