"""Train what recolours the reference alone: pairs of the same forms in two colours. Minutes, before the denoiser."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import torch

from engine.model.dit import DiT
from engine.training.latents import Folder
from engine.training.log import Log
from engine.training.optim import MasterAdamW, rate
from engine.training.recolouring import SAME, recolour_error, recolour_loss
from engine.training.rival import Rivalry
from engine.training.train_denoiser import DenoiserRun, batches_of, fresh


def train(run: DenoiserRun, folders: Sequence[tuple[Folder, float]], held: Folder) -> DiT:
    """The network of `run.start`, or a fresh one, with its recolouring trained for `run.minutes`."""
    torch.manual_seed(run.seed)
    model = fresh(run)
    assert model.recolour is not None
    optim, log = MasterAdamW(model.recolour, 0.01, run.compiled), Log(run.folder, 200)
    diet = replace(run.diet, tokens=4 * run.diet.tokens, grown=0.0, masked=0.0)
    batches = batches_of(replace(run, diet=diet), folders)
    rivalry = Rivalry(run.config, run.rivalry, run.device) if run.rivalry > 0 else None
    started, step, grown = time.perf_counter(), 0, time.perf_counter()
    while (now := (time.perf_counter() - started) / 60) < run.minutes:
        batch = batches.take()
        loss, weight = recolour_loss(model, batch.clean, batch.cond, batches.generator, rivalry)
        if not float(weight):
            continue
        loss.backward()  # type: ignore[no-untyped-call]
        optim.step(rate(now / run.minutes, step, run.peak, floor=0.01), ema=0.998)
        step += 1
        log.step(step, {"loss": float(loss.detach())})
        if time.perf_counter() - grown > 60:
            grown = time.perf_counter()
            log.line(f"step {step} {judge(model, held)}")
            for folder in batches.folders:
                folder.refresh()
    for parameter, value in zip(model.recolour.parameters(), optim.ema, strict=True):
        parameter.data.copy_(value)
    log.line(f"step {step} {judge(model, held)}")
    return model.eval().requires_grad_(False)


@torch.no_grad()
def judge(model: DiT, held: Folder, count: int = 512) -> str:
    """Error on held-out pairs, everything told, beside that of the references as they are."""
    clean, told = held.take(torch.arange(min(count, len(held))))
    made, _ = recolour_error(model, clean, told)
    assert told.reference is not None and told.closeness is not None
    raw = (told.reference.float() - clean.float()).square().flatten(1).mean(1)[told.closeness > SAME].mean()
    return f"held out: {float(made):.4f} (as it is {float(raw):.4f})"
