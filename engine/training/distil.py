"""Teach the denoiser to leap: a flow map for 1-4 steps, with guidance baked in.

In the manner of SoFlow (solution flow models, 2025), without derivatives of the network: the leap from level t to s
must equal a short step of the teacher from t to l and the leap from there. The short step follows the teacher's
guided velocity, whose scale the student is told: later one pass shows what took two.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.diffusion.conditioning import away, unreferenced
from engine.diffusion.contracts import Conditioning
from engine.diffusion.guidance import SHOWN
from engine.diffusion.schedule import add_noise, spread
from engine.errors import WeightsError
from engine.model.dit import DiT
from engine.training.batches import Batch, Batches
from engine.training.latents import Folder
from engine.training.log import Log, load_checkpoint, save_checkpoint
from engine.training.optim import MasterAdamW, rate
from engine.training.train_denoiser import (
    DenoiserRun,
    Look,
    Peers,
    Reached,
    averaged,
    batches_of,
    compile_blocks,
    errors,
    fresh,
    judged,
    session_s,
    to_device,
)


@dataclass(frozen=True, slots=True)
class Leap:
    """How leaps are drawn. Shares 0-1."""

    plain: float = 0.35
    """steps that go on learning the velocity itself, so that many steps stay good"""
    whole: float = 0.4
    """of the leaps: all the way to the clean picture, which one-step samples need"""
    guidance: tuple[float, float] = (1.0, 3.5)
    coolest: float = 0.4
    """lowest temperature of the noise that leaps begin with"""
    longest: float = 0.25
    """of the way: the teacher's step at the beginning; it shrinks to `shortest`"""
    shortest: float = 0.04


def guided(teacher: DiT, x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
    """The teacher's velocity with the guidance that `cond` names, for each item its own, and by the reference."""
    bare = replace(cond, guidance=None)
    told, untold = teacher(x, t, bare), teacher(x, t, away(bare))
    scale = torch.ones(len(x), device=x.device) if cond.guidance is None else cond.guidance
    out: Tensor = untold + scale[:, None, None, None, None].to(x.dtype) * (told - untold)
    return out if cond.reference is None else out + (SHOWN - 1) * (told - teacher(x, t, unreferenced(bare)))


def drawn(batch: Batch, batches: Batches, leap: Leap) -> tuple[Tensor, Conditioning]:
    """Target levels s [B, F] and what the student is told: guidance and `until`."""
    b = batch.t.shape[0]
    share = batches.rand(b, 1) * (batches.rand(b, 1) >= leap.whole).float()
    until = batch.t * share.to(batch.t.device)
    low, high = leap.guidance
    scale = low + (high - low) * batches.rand(b) * (batches.rand(b) < 0.75).float()
    return until, replace(batch.cond, until=until, guidance=scale.to(batch.t.device))


def leap_loss(student: DiT, teacher: DiT, batch: Batch, batches: Batches, leap: Leap, share: float) -> Tensor:
    """share: the teacher's step as a part of the way from t to s."""
    until, cond = drawn(batch, batches, leap)
    one = (len(batch.t), 1, 1, 1, 1)
    loud = 1 - (1 - leap.coolest) * batches.rand(*one) * (batches.rand(*one) < 0.7)
    noise = (loud * torch.randn(batch.clean.shape, generator=batches.generator)).to(batch.clean)
    x = add_noise(batch.clean, noise, batch.t)
    if cond.mask is not None:
        x = torch.where(cond.mask.bool(), x, batch.clean)
    with torch.no_grad():
        velocity = guided(teacher, x, batch.t, cond)
        if float(batches.rand(1)) < leap.plain:
            cond, target = replace(cond, until=batch.t), velocity
        else:
            between = batch.t - share * (batch.t - until)
            moved = x - spread(batch.t - between).to(x.dtype) * velocity
            if cond.mask is not None:
                moved = torch.where(cond.mask.bool(), moved, batch.clean)
            target = share * velocity + (1 - share) * student(moved, between, cond)
    error = (student(x, batch.t, cond).float() - target.float()).square().mean(1, keepdim=True)
    weight = batch.weight / (error.detach().mean((1, 3, 4), keepdim=True) + 0.05)  # so that hard items do not drown all
    out: Tensor = (error * weight).sum() / batch.weight.sum().clamp(min=1)
    return out


def train(
    run: DenoiserRun,
    folders: Sequence[tuple[Folder, float]],
    held: Folder,
    look: Look = lambda model, reached: None,
    leap: Leap | None = None,
) -> Path:
    """Distil `run.start` into FOLDER/denoiser.pt; returns its path. Raises WeightsError without a teacher."""
    if run.start is None:
        raise WeightsError("there is no teacher to distil", "train one first: vj train denoiser")
    leap = leap or Leap()
    torch.manual_seed(run.seed)
    teacher = fresh(run).to(run.device, run.dtype).eval().requires_grad_(False)
    student = fresh(run).to(run.device, run.dtype)
    optim, log = MasterAdamW(student, 0.0, run.compiled), Log(run.folder)
    batches = batches_of(run, folders)
    path, spent, step, seen = run.folder / "denoiser.pt", 0.0, 0, 0
    if (state := load_checkpoint(path)) is not None:
        optim.load(state["optim"])
        spent, step, seen = float(state["spent"]), int(state["step"]), int(state["seen"])
        batches.generator.manual_seed(run.seed + step)
    if run.compiled:
        compile_blocks(teacher, student)
    peers = Peers(run)
    started = last = time.perf_counter()

    def keep() -> None:
        state: dict[str, Any] = {"step": step, "seen": seen, "spent": spent + time.perf_counter() - started}
        save_checkpoint(path, {**state, "optim": optim.state(), "config": asdict(run.config)})
        smooth = averaged(student, optim)
        reached = Reached(step, seen, state["spent"] / 60, errors(smooth, held))
        log.line(f"held out: step {step} frames {seen} {judged(reached.errors)}")
        look(smooth, reached)

    while (now := spent + time.perf_counter() - started) < min(run.minutes * 60, spent + session_s(run)):
        part = now / (run.minutes * 60)
        share = leap.longest * (leap.shortest / leap.longest) ** part
        batch = to_device(batches.take(), student)
        loss = leap_loss(student, teacher, batch, batches, leap, share)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = optim.step(rate(part, step, run.peak))
        step, seen = step + 1, seen + batch.t.numel()
        log.step(step, {"loss": float(loss.detach()), "norm": norm})
        peers.meet(optim, step)
        if time.perf_counter() - last > run.checkpoint_min * 60:
            keep()
            last = time.perf_counter()
    keep()
    return path
