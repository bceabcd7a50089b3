"""Train the judge on encoded frames of the world."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from engine.model.judge import Judge, loss_of
from engine.training.latents import Folder
from engine.training.log import Log


def train(folder: Folder, names: Sequence[str], log: Log, steps: int = 4000, batch: int = 192, seed: int = 0) -> Judge:
    """Frames get a little noise: what the denoiser draws is never quite clean."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    judge = Judge(folder.shape[1], names)
    optim = torch.optim.AdamW(judge.parameters(), 1e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optim, 1.5e-3, steps)
    for step in range(steps):
        at = torch.randint(len(folder), (batch,), generator=generator)
        clean, told = folder.take(at, torch.zeros(batch, dtype=torch.long))
        x = clean[:, :, 0].float()
        x = x + 0.15 * torch.rand(batch, 1, 1, 1, generator=generator) * torch.randn(x.shape, generator=generator)
        count = len(judge.names)
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(judge, x, told.attributes[:, :count], told.attributes_known[:, :count])
        optim.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optim.step()
        schedule.step()
        log.step(step, {"loss": float(loss.detach())})
        if step % 500 == 499:
            folder.refresh()
    return judge.eval().requires_grad_(False)
