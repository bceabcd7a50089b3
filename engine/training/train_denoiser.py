"""Train the denoiser on encoded clips: the flow's velocity, everything known told, everything left out at times."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.diffusion.conditioning import unreferenced, without
from engine.diffusion.schedule import add_noise
from engine.errors import WeightsError
from engine.model.dit import DiT, DiTConfig
from engine.model.house import load_denoiser
from engine.training.batches import Batch, Batches, Diet
from engine.training.latents import Folder
from engine.training.log import Log, load_checkpoint, save_checkpoint
from engine.training.optim import MasterAdamW, rate

MEET = 40
"""steps between two meetings of peers: two processes of one thread each learn faster than one of two threads"""


@dataclass(frozen=True, slots=True)
class DenoiserRun:
    """How long and how. Times in minutes, of all sessions together; `peak` is the highest learning rate."""

    folder: Path
    minutes: float = 25.0
    peak: float = 1e-3
    checkpoint_min: float = 5.0
    compiled: bool = True
    seed: int = 0
    device: str = "cpu"
    start: Path | None = None
    """weights to start from where there is no checkpoint yet"""
    session: float = 0.0
    """minutes of this session at most; 0: no limit but `minutes`"""
    peer: Path | None = None
    """folder of a run of the same model beside this one: the two meet half-way every MEET steps"""
    config: DiTConfig = field(default_factory=DiTConfig)
    diet: Diet = field(default_factory=Diet)


def train(
    run: DenoiserRun,
    folders: Sequence[tuple[Folder, float]],
    held: Folder,
    look: Callable[[DiT], None] = lambda model: None,
) -> Path:
    """Train into FOLDER/denoiser.pt; returns its path.

    `folders` come as often as their shares say; `look` gets the averaged weights at every checkpoint, to draw sheets.
    """
    torch.manual_seed(run.seed)
    model = fresh(run).to(run.device, torch.bfloat16)
    optim, log, batches = MasterAdamW(model, 0.01, run.compiled), Log(run.folder), Batches(folders, run.diet, run.seed)
    path, spent, step, seen = run.folder / "denoiser.pt", 0.0, 0, 0
    if (state := load_checkpoint(path)) is not None:
        optim.load(state["optim"])
        spent, step, seen = float(state["spent"]), int(state["step"]), int(state["seen"])
        batches.generator.manual_seed(run.seed + step)
        log.line(f"goes on from step {step} after {spent / 60:.1f} min")
    if run.compiled:
        compile_blocks(model)
    peers = Peers(run)
    started = last = time.perf_counter()

    def keep() -> None:
        state = {"optim": optim.state(), "step": step, "seen": seen, "spent": spent + time.perf_counter() - started}
        save_checkpoint(path, {**state, "config": asdict(run.config)})
        smooth = averaged(model, optim)
        log.line(f"held out: step {step} frames {seen} {judge(smooth, held)}")
        look(smooth)

    while (now := spent + time.perf_counter() - started) < min(run.minutes * 60, spent + session_s(run)):
        batch = batches.take()
        loss = loss_of(model, to_device(batch, run.device), batches)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = optim.step(rate(now / (run.minutes * 60), step, run.peak))
        step, seen = step + 1, seen + batch.t.numel()
        log.step(step, {"loss": float(loss.detach()), "norm": norm, "frames": batch.t.numel()})
        peers.meet(optim, step)
        if time.perf_counter() - last > run.checkpoint_min * 60:
            keep()
            for folder in batches.folders:
                folder.refresh()
            last = time.perf_counter()
    keep()
    return path


def compile_blocks(*models: DiT) -> None:
    """Block by block: inductor's code for a whole bf16 model failed to compile. Each shape, with and without gradients,
    is a variant of its own; past the usual limit of eight they would silently run eager."""
    torch._dynamo.config.recompile_limit = 64
    for model in models:
        for block in model.blocks:
            block.compile(dynamic=False)


def session_s(run: DenoiserRun) -> float:
    return 60 * run.session if run.session > 0 else math.inf


class Peers:
    """Two runs that share what they learn through files; neither waits for the other."""

    def __init__(self, run: DenoiserRun) -> None:
        self.mine, self.theirs = run.folder / "masters.pt", None if run.peer is None else run.peer / "masters.pt"
        self.seen = self.theirs.stat().st_mtime if self.theirs is not None and self.theirs.exists() else 0.0

    def meet(self, optim: MasterAdamW, step: int) -> None:
        if self.theirs is None or step % MEET:
            return
        save_checkpoint(self.mine, {"masters": optim.masters})
        if self.theirs.exists() and (written := self.theirs.stat().st_mtime) > self.seen:
            self.seen = written
            if (state := load_checkpoint(self.theirs)) is not None:
                optim.meet(state["masters"])


def fresh(run: DenoiserRun) -> DiT:
    """A model with the weights that the run starts from. Raises WeightsError when they are of another shape."""
    if run.start is None:
        return DiT(run.config)
    model = load_denoiser(run.start, torch.float32)[0]
    if model.config != run.config:
        raise WeightsError(f"{run.start}: is of another preset ({model.config})", "start from weights of this one")
    return model.train().requires_grad_(True)


def to_device(batch: Batch, device: str) -> Batch:
    if device == "cpu":
        return batch
    moved = {name: getattr(batch.cond, name) for name in batch.cond.__slots__}
    there: dict[str, Any] = {name: None if x is None else x.to(device) for name, x in moved.items()}
    cond = type(batch.cond)(**there)
    return Batch(batch.clean.to(device), batch.t.to(device), cond, batch.weight.to(device))


def loss_of(model: DiT, batch: Batch, batches: Batches) -> Tensor:
    """Mean square error of the velocity where there is something to learn, in three bands of equal weight."""
    noise = torch.randn(batch.clean.shape, generator=batches.generator).to(batch.clean)
    x = add_noise(batch.clean, noise, batch.t)
    if batch.cond.mask is not None:
        x = torch.where(batch.cond.mask.bool(), x, batch.clean)
    error = model(x, batch.t, batch.cond).float() - (noise - batch.clean).float()
    return banded(error, batch.weight)


def banded(error: Tensor, weight: Tensor) -> Tensor:
    """Mean square of error [B, C, F, h, w] where weight [B, 1, F, h, w] is 1: as it is, of 2x2 means, of frame means.

    Each band is scaled so that white noise weighs the same in all. Colour and layout are a twentieth of the variance of
    latents whose every channel has variance 1: without this they are learned last.
    """
    error, (h, w) = error * weight, error.shape[-2:]
    cells = F.avg_pool3d(error, (1, 2, 2))
    means = error.mean((3, 4))
    total = error.square().mean() + 4 * cells.square().mean() + h * w * means.square().mean()
    out: Tensor = total / 3 / weight.mean().clamp(min=1e-3)
    return out


def averaged(model: DiT, optim: MasterAdamW) -> DiT:
    """A bf16 copy with the averaged weights."""
    copy = DiT(model.config)
    copy.load_state_dict(optim.averaged())
    return copy.to(next(model.parameters()).device, torch.bfloat16).eval().requires_grad_(False)


def finished(path: Path) -> DiT:
    """The averaged weights of a checkpoint. Raises WeightsError when there is none."""
    state = load_checkpoint(path)
    if state is None:
        raise WeightsError(f"{path}: No such file", "train first: vj train denoiser")
    raw: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in state["config"].items()}
    model = DiT(DiTConfig(**raw))
    for (_, parameter), value in zip(model.named_parameters(), state["optim"]["ema"], strict=True):
        parameter.data.copy_(value)
    return model.to(torch.bfloat16).eval().requires_grad_(False)


@torch.no_grad()
def judge(model: DiT, held: Folder, count: int = 192) -> str:
    """Loss on held-out frames at fixed levels and noise, with a reference: all told, text alone, nothing, told of
    another clip; and all told without a reference."""
    device = next(model.parameters()).device
    count = min(count, len(held))
    at, first = torch.arange(count), torch.zeros(count, dtype=torch.long)
    clean, told = held.take(at, first)
    wrong = held.take((at + count // 2) % count, first)[1]
    wrong = replace(wrong, reference=told.reference, closeness=told.closeness)
    conds = (told, without(told, text=False, phases=True), without(told, phases=True), wrong, unreferenced(told))
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1)).to(clean)
    words = []
    for level in (0.25, 0.5, 0.75, 1.0):
        t = torch.full((count, 1), level)
        x, want = add_noise(clean, noise, t), (noise - clean).float()
        losses = []
        for cond in conds:
            batch = to_device(Batch(x, t, cond, t), str(device))
            losses.append(float((model(batch.clean, batch.t, batch.cond).float().cpu() - want).square().mean()))
        words.append(f"t={level} " + "/".join(f"{loss:.3f}" for loss in losses))
    return "told/text/untold/wrong/unreferenced: " + " ".join(words)
