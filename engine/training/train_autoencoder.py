"""Train the autoencoder: L1, L1 of gradients, L1 of the picture seen from afar, and how far apart it looks.

Latents are made noisy, little or much, and some are halved, so that what the denoiser leaves of them, or what lies
between two of them, decodes to a picture as well.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.errors import WeightsError
from engine.model.autoencoder import Autoencoder, AutoencoderConfig
from engine.model.house import load_autoencoder
from engine.training.log import Log, load_checkpoint, save_checkpoint, save_png, sheet
from engine.training.optim import MasterAdamW, rate
from engine.training.perceptual import Features, distance

Frames = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class AutoencoderRun:
    """How long and how. Times in minutes; `peak` is the highest learning rate."""

    folder: Path
    minutes: float = 20.0
    batch: int = 16
    peak: float = 1e-3
    checkpoint_min: float = 2.0
    seed: int = 0
    config: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    looks: float = 0.4
    """weight of the perceptual distance"""
    noisiest: float = 0.3
    """largest noise on the latents; most get far less"""
    halved: float = 0.15
    """share of the steps on latents of half the size"""
    start: Path | None = None
    """weights to start from where there is no checkpoint yet"""
    dtype: torch.dtype = torch.bfloat16
    """of the networks while it learns: bf16 without units for it is many times as slow as fp32"""


def to_unit(frames: Frames) -> Tensor:
    """uint8 [N, H, W, 3] -> bf16 [N, 3, H, W], -1 to 1, channels last."""
    x = torch.from_numpy(np.array(frames)).permute(0, 3, 1, 2)
    return (x.float() / 127.5 - 1.0).to(torch.bfloat16)


def to_bytes(x: Tensor) -> Frames:
    """[N, 3, H, W], -1 to 1 -> uint8 [N, H, W, 3]."""
    out = (x.float().clamp(-1, 1) * 127.5 + 127.5).round().to(torch.uint8).permute(0, 2, 3, 1)
    return np.ascontiguousarray(out.numpy())


def loss_of(got: Tensor, want: Tensor) -> Tensor:
    """L1 + L1 of the differences to the right and below + L1 at a quarter of the size."""
    d = got.float() - want.float()
    slopes = (d[..., 1:] - d[..., :-1]).abs().mean() + (d[..., 1:, :] - d[..., :-1, :]).abs().mean()
    return d.abs().mean() + slopes + F.avg_pool2d(d, 4).abs().mean()


def psnr(got: Frames, want: Frames) -> float:
    """Mean over the frames of the peak signal-to-noise ratio in dB."""
    error = ((got.astype(np.float32) - want.astype(np.float32)) ** 2).mean((1, 2, 3))
    return float((10 * np.log10(255.0**2 / np.maximum(error, 1e-3))).mean())


@torch.no_grad()
def reconstruct(model: Autoencoder, frames: Frames) -> Frames:
    return to_bytes(model.decode(model.encode(to_unit(frames).to(next(model.parameters()).dtype))))


def train(
    run: AutoencoderRun, crops: Iterator[Frames], held_out: Callable[[], Frames], features: Features | None = None
) -> Path:
    """Train for `run.minutes` (all sessions together), then write FOLDER/autoencoder.pt; returns its path.

    `crops` yields uint8 [B, h, w, 3]; `held_out()` gives uint8 [N, H, W, 3] never trained on.
    """
    torch.manual_seed(run.seed)
    model = load_autoencoder(run.start, torch.float32)[0] if run.start is not None else Autoencoder(run.config)
    model = model.requires_grad_(True).to(run.dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.mean, model.std = model.mean.float(), model.std.float()
    features = None if features is None else features.to(run.dtype)
    optim, log = MasterAdamW(model), Log(run.folder)
    path = run.folder / "autoencoder.pt"
    spent, step = 0.0, 0
    if (state := load_checkpoint(path)) is not None:
        optim.load(state["optim"])
        model.mean.copy_(state["mean"])
        model.std.copy_(state["std"])
        spent, step = float(state["spent"]), int(state["step"])
        log.line(f"goes on from step {step} after {spent / 60:.1f} min")
    started = last = time.perf_counter()

    def keep() -> None:
        state = {"optim": optim.state(), "mean": model.mean, "std": model.std, "step": step}
        save_checkpoint(path, {**state, "spent": spent + time.perf_counter() - started, "config": asdict(model.config)})
        _look(run.folder, averaged(model, optim), held_out(), log, step)

    while (now := spent + time.perf_counter() - started) < run.minutes * 60:
        want = to_unit(next(crops)).to(run.dtype)
        loss = _loss(model, run, want, features)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = optim.step(rate(now / (run.minutes * 60), step, run.peak))
        step += 1
        log.step(step, {"loss": float(loss.detach()), "norm": norm if math.isfinite(norm) else 0.0})
        if time.perf_counter() - last > run.checkpoint_min * 60:
            keep()
            last = time.perf_counter()
    keep()
    return path


def _loss(model: Autoencoder, run: AutoencoderRun, want: Tensor, features: Features | None) -> Tensor:
    halve = bool(torch.rand(()) < run.halved)
    noise = run.noisiest * torch.rand(len(want)) ** 3
    got = model(want, noise, halve)
    want = F.avg_pool2d(want, 2) if halve else want
    loss = loss_of(got, want)
    return loss if features is None else loss + run.looks * distance(features, got, want)


def averaged(model: Autoencoder, optim: MasterAdamW) -> Autoencoder:
    """A copy of the model with the averaged weights."""
    copy = Autoencoder(model.config)
    copy.load_state_dict({**optim.averaged(), "mean": model.mean.float(), "std": model.std.float()})
    return copy.to(next(model.parameters()).dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def finished(path: Path) -> Autoencoder:
    """The averaged weights of a checkpoint. Raises WeightsError when there is none."""
    state = load_checkpoint(path)
    if state is None:
        raise WeightsError(f"{path}: No such file", "train first: vj train autoencoder")
    raw: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in state["config"].items()}
    model = Autoencoder(AutoencoderConfig(**raw))
    names = [name for name, _ in model.named_parameters()]
    ema = dict(zip(names, state["optim"]["ema"], strict=True))
    model.load_state_dict({**ema, "mean": state["mean"], "std": state["std"]})
    return model.to(torch.bfloat16).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _look(folder: Path, model: Autoencoder, frames: Frames, log: Log, step: int) -> None:
    if not len(frames):
        return
    got = reconstruct(model, frames)
    log.line(f"held out: step {step} psnr {psnr(got, frames):.2f} dB over {len(frames)} frames")
    rows = [part for i in range(0, min(16, len(frames)), 4) for part in (frames[i : i + 4], got[i : i + 4])]
    save_png(folder / "autoencoder.png", sheet(rows))
