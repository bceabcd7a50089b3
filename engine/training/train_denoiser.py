"""Train the denoiser on encoded clips: the flow's velocity, everything known told, everything left out at times."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.diffusion.conditioning import coloured, unreferenced, without
from engine.diffusion.schedule import TEMPERATURE, add_noise, clean_from
from engine.errors import WeightsError
from engine.model.dit import PRESETS, DiT, DiTConfig
from engine.model.house import load_denoiser
from engine.runtimes.device import there
from engine.training.batches import Batch, Batches, Diet
from engine.training.latents import Folder
from engine.training.log import Log, load_checkpoint, save_checkpoint
from engine.training.optim import MasterAdamW, rate
from engine.training.recolouring import recolour_error, recolour_loss
from engine.training.rival import Rivalry, unseen

MEET = 40
"""steps between two meetings of peers: two processes of one thread each learn faster than one of two threads"""
RECOLOURED = 0.5
"""how much it counts that such a reference gets the colours that are told, beside the velocity"""


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
    dtype: torch.dtype = torch.bfloat16
    """of the network while it learns: bf16 without units for it is fifteen times as slow as fp32"""
    start: Path | None = None
    """weights to start from where there is no checkpoint yet"""
    session: float = 0.0
    """minutes of this session at most; 0: no limit but `minutes`"""
    peer: Path | None = None
    """folder of a run of the same model beside this one: the two meet half-way every MEET steps"""
    rivalry: float = 0.1
    """how much it counts what rivals see; 0: none"""
    config: DiTConfig = PRESETS["house"]
    diet: Diet = field(default_factory=Diet)


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a run is at a checkpoint: steps, frames seen, minutes, and errors on held-out clips (see `errors`)."""

    step: int
    frames: int
    minutes: float
    errors: Mapping[str, float]


Look = Callable[[DiT, Reached], None]


def train(
    run: DenoiserRun,
    folders: Sequence[tuple[Folder, float]],
    held: Folder,
    look: Look = lambda model, reached: None,
) -> Path:
    """Train into FOLDER/denoiser.pt; returns its path.

    `folders` come as often as their shares say; `look` gets the averaged weights at every checkpoint, to draw sheets.
    """
    torch.manual_seed(run.seed)
    model = fresh(run).to(run.device, run.dtype)
    optim, log, batches = MasterAdamW(model, 0.01, run.compiled), Log(run.folder), batches_of(run, folders)
    rivals = tuple(Rivalry(run.config, run.rivalry, run.device) for _ in range(3)) if run.rivalry > 0 else ()
    path, spent, step, seen = run.folder / "denoiser.pt", 0.0, 0, 0
    if (state := load_checkpoint(path)) is not None:
        optim.load(state["optim"])
        spent, step, seen = float(state["spent"]), int(state["step"]), int(state["seen"])
        batches.generator.manual_seed(run.seed + step)
        restore(rivals, state)
        log.line(f"goes on from step {step} after {spent / 60:.1f} min")
    if run.compiled:
        compile_blocks(model)
    peers = Peers(run)
    started = last = time.perf_counter()

    def keep() -> None:
        state: dict[str, Any] = {"step": step, "seen": seen, "spent": spent + time.perf_counter() - started}
        kept = {"optim": optim.state(), "rivals": [rival.state() for rival in rivals], "config": asdict(run.config)}
        save_checkpoint(path, {**state, **kept})
        smooth = averaged(model, optim)
        reached = Reached(step, seen, state["spent"] / 60, errors(smooth, held))
        log.line(f"held out: step {step} frames {seen} {judged(reached.errors)}")
        look(smooth, reached)

    while (now := spent + time.perf_counter() - started) < min(run.minutes * 60, spent + session_s(run)):
        batch = batches.take()
        loss = loss_of(model, to_device(batch, model), batches, rivals)
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


def restore(rivals: Sequence[Rivalry], state: Mapping[str, Any]) -> None:
    """Those of a checkpoint; what is older than rivals has none."""
    for rival, known in zip(rivals, state.get("rivals", ()), strict=False):
        rival.load(known)


def batches_of(run: DenoiserRun, folders: Sequence[tuple[Folder, float]]) -> Batches:
    """What `run` is trained on: it knows which attributes name colours from the network."""
    return Batches(folders, replace(run.diet, colours=run.config.colours), run.seed)


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
    model = DiT(run.config)
    if run.start is None:
        return model
    known = load_denoiser(run.start, torch.float32)[0]
    if replace(known.config, colours=run.config.colours) != run.config:
        raise WeightsError(f"{run.start}: is of another preset ({known.config})", "start from weights of this one")
    # what recolours was added later, and changes nothing while it is fresh
    model.load_state_dict({**model.state_dict(), **known.state_dict()})
    model.leaps = known.leaps
    return model.train()


def to_device(batch: Batch, model: DiT) -> Batch:
    """Where the model is, the latents in its dtype."""
    like = next(model.parameters())
    cond = there(batch.cond, str(like.device))
    if cond.reference is not None:
        cond = replace(cond, reference=cond.reference.to(like))
    return replace(
        batch,
        clean=batch.clean.to(like),
        t=batch.t.to(like.device),
        cond=cond,
        weight=batch.weight.to(like.device),
        drawn=None if batch.drawn is None else batch.drawn.to(like),
    )


def loss_of(model: DiT, batch: Batch, batches: Batches, rivals: Sequence[Rivalry] = ()) -> Tensor:
    """Mean square error of the velocity where there is something to learn, in three bands of equal weight; that of
    recoloured references; and what rivals see: the first of these, the second of pictures made on a stage, the third
    of one picture growing out of another."""
    noise = torch.randn(batch.clean.shape, generator=batches.generator).to(batch.clean)
    if batch.quiet:
        noise = TEMPERATURE * noise
    x = add_noise(batch.clean, noise, batch.t)
    if batch.cond.mask is not None:
        x = torch.where(batch.cond.mask.bool(), x, batch.clean)
    velocity = model(x, batch.t, batch.cond).float()
    loss = banded(velocity - (noise - batch.clean).float(), batch.weight)
    first, second, blind = rivals or (None, None, None)
    if not batch.paired:
        if blind is None or batch.drawn is None or not batch.quiet:
            return loss
        return loss + blind.against(clean_from(x.float(), velocity, batch.t), batch.drawn, unseen(batch.cond))
    if second is not None and batch.quiet and batch.cond.reference is not None:
        loss = loss + second.against(clean_from(x.float(), velocity, batch.t), batch.clean, batch.cond)
    return loss + RECOLOURED * recolour_loss(model, batch.clean, batch.cond, batches.generator, first)[0]


def banded(error: Tensor, weight: Tensor) -> Tensor:
    """Mean square of error [B, C, F, h, w] where weight [B, 1, F, h, w] is 1: as it is, of 2x2 means, of frame means.

    Each band is scaled so that white noise weighs the same in all. Colour and layout are a twentieth of the variance of
    latents whose every channel has variance 1: without this they are learned last.
    """
    error, (h, w) = error * weight.sqrt(), error.shape[-2:]
    cells = F.avg_pool3d(error, (1, 2, 2))
    means = error.mean((3, 4))
    total = error.square().mean() + 4 * cells.square().mean() + h * w * means.square().mean()
    out: Tensor = total / 3 / weight.mean().clamp(min=1e-3)
    return out


def averaged(model: DiT, optim: MasterAdamW) -> DiT:
    """A copy with the averaged weights."""
    copy = DiT(model.config)
    copy.load_state_dict(optim.averaged())
    return copy.to(next(model.parameters())).eval().requires_grad_(False)


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


KNOWING = ("told", "text", "untold", "wrong", "unreferenced")
"""what the errors are measured with: all told and a reference; of these text alone; nothing; told of another clip;
and all told without a reference"""
LEVELS = (0.25, 0.5, 0.75, 1.0)


@torch.no_grad()
def errors(model: DiT, held: Folder, count: int = 192) -> dict[str, float]:
    """Mean square error of the velocity on held-out frames at fixed levels and noise, as "told@1.0", see KNOWING; and
    "recolour", see `recolour_error`."""
    count = min(count, len(held))
    at, first = torch.arange(count), torch.zeros(count, dtype=torch.long)
    clean, told = held.take(at, first)
    told = coloured(told)
    wrong = coloured(held.take((at + count // 2) % count, first)[1])
    wrong = replace(wrong, reference=told.reference, closeness=told.closeness)
    conds = (told, without(told, text=False, phases=True), without(told, phases=True), wrong, unreferenced(told))
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1)).to(clean)
    here = to_device(Batch(clean, torch.ones(count, 1), told, torch.ones(count)), model)
    found = {"recolour": float(recolour_error(model, here.clean, here.cond)[0])}
    for level in LEVELS:
        t = torch.full((count, 1), level)
        x, want = add_noise(clean, noise, t), (noise - clean).float()
        for name, cond in zip(KNOWING, conds, strict=True):
            batch = to_device(Batch(x, t, cond, t), model)
            made = model(batch.clean, batch.t, batch.cond).float().cpu()
            found[f"{name}@{level}"] = float((made - want).square().mean())
    return {key: round(value, 4) for key, value in found.items()}


def judged(found: Mapping[str, float]) -> str:
    """`errors` in one line."""
    rows = [f"t={level} " + "/".join(f"{found[f'{name}@{level}']:.3f}" for name in KNOWING) for level in LEVELS]
    return "/".join(KNOWING) + ": " + " ".join(rows)
