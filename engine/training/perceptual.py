"""What a picture looks like to a small network of our own: a loss that minds shapes and textures, not pixels.

In the manner of perceptual losses (Johnson et al. 2016) and LPIPS (Zhang et al. 2018), but the features come from a
network that has learned to tell the families, palettes and numbers of our own world apart: no foreign weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.training.log import load_checkpoint, save_checkpoint


class Features(nn.Module):
    """Pictures [N, 3, H, W], -1 to 1 -> guesses [N, labels] of what they show; `levels` gives what lies between."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, 32, 3, padding=1), nn.ReLU())
        self.second = nn.Sequential(
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU()
        )
        self.third = nn.Sequential(
            nn.Conv2d(64, 128, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1), nn.ReLU()
        )
        self.last = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, labels))

    def levels(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        one = self.first(x)
        two = self.second(one)
        return one, two, self.third(two)

    def forward(self, x: Tensor) -> Tensor:
        deep = self.levels(x)[2]
        out: Tensor = self.last(torch.cat([deep.mean((2, 3)), deep.amax((2, 3))], 1))
        return out


def distance(features: Features, got: Tensor, want: Tensor) -> Tensor:
    """Mean distance of the features, each place's vector at length 1, over the three levels."""
    with torch.no_grad():
        wanted = [F.normalize(level.float(), dim=1) for level in features.levels(want)]
    rows = [
        (F.normalize(level.float(), dim=1, eps=1e-4) - right).square().sum(1).mean()
        for level, right in zip(features.levels(got), wanted, strict=True)
    ]
    return torch.stack(rows).mean()


def learn(path: Path, labelled: Iterator[tuple[Tensor, Tensor, Tensor]], labels: int, steps: int) -> Features:
    """Train on (pictures, values -1 to 1, known) for `steps`, or read what was trained before. Frozen."""
    model = Features(labels).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = load_checkpoint(path)
    if state is None:
        torch.manual_seed(0)
        optim = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.01)
        plan = torch.optim.lr_scheduler.OneCycleLR(optim, 2e-3, total_steps=steps)
        mean = 0.0
        for step in range(1, steps + 1):
            pictures, values, known = next(labelled)
            with torch.autocast("cpu", torch.bfloat16):
                got = model(pictures)
            loss = (F.smooth_l1_loss(got.float(), values, reduction="none") * known).sum() / known.sum().clamp(min=1)
            optim.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optim.step()
            plan.step()
            mean += (float(loss.detach()) - mean) / min(step, 100)
            if step % 100 == 0:
                print(f"features: step {step} loss {mean:.4f}", flush=True)
        save_checkpoint(path, {"model": model.state_dict()})
    else:
        model.load_state_dict(state["model"])
    out: Features = model.to(torch.bfloat16).eval().requires_grad_(False)
    return out
