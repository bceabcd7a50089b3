"""AdamW for bf16 weights: masters and moments in fp32, a moving average of the masters on the side."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


class MasterAdamW:
    """`step(lr)` takes the gradients of a (bf16) model, moves fp32 masters and copies them back. EMA in `self.ema`."""

    def __init__(self, model: nn.Module, decay: float = 0.0, betas: tuple[float, float] = (0.9, 0.99)) -> None:
        self.names = [n for n, p in model.named_parameters() if p.requires_grad]
        self.params: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
        self.masters = [p.detach().float().clone() for p in self.params]
        self.ema = [m.clone() for m in self.masters]
        self.first = [torch.zeros_like(m) for m in self.masters]
        self.second = [torch.zeros_like(m) for m in self.masters]
        self.decay, self.betas, self.steps = decay, betas, 0

    @torch.no_grad()
    def step(self, lr: float, ema: float = 0.999, clip: float = 1.0) -> float:
        """One update; returns the gradient norm before clipping. A parameter without a gradient does not move."""
        self.steps += 1
        at = [i for i, p in enumerate(self.params) if p.grad is not None]
        grads = [self.params[i].grad.float() for i in at]  # type: ignore[union-attr]
        masters, first, second = ([group[i] for i in at] for group in (self.masters, self.first, self.second))
        norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads))))
        if not math.isfinite(norm):
            return norm
        if norm > clip:
            torch._foreach_mul_(grads, clip / norm)
        b1, b2 = self.betas
        torch._foreach_lerp_(first, grads, 1 - b1)
        torch._foreach_mul_(second, b2)
        torch._foreach_addcmul_(second, grads, grads, 1 - b2)
        root = torch._foreach_sqrt(second)
        torch._foreach_div_(root, math.sqrt(1 - b2**self.steps))
        torch._foreach_add_(root, 1e-6)
        if self.decay:
            torch._foreach_mul_(masters, 1 - lr * self.decay)
        torch._foreach_addcdiv_(masters, first, root, -lr / (1 - b1**self.steps))
        torch._foreach_copy_([self.params[i] for i in at], masters)
        # early on the average follows fast, else it would keep the first weights for thousands of steps
        torch._foreach_lerp_(self.ema, self.masters, 1 - min(ema, (1 + self.steps) / (10 + self.steps)))
        for p in self.params:
            p.grad = None
        return norm

    def averaged(self) -> dict[str, Tensor]:
        return dict(zip(self.names, self.ema, strict=True))

    def state(self) -> dict[str, Any]:
        groups = {"masters": self.masters, "ema": self.ema, "first": self.first, "second": self.second}
        return {"steps": self.steps, **groups}

    @torch.no_grad()
    def load(self, state: dict[str, Any]) -> None:
        self.steps = int(state["steps"])
        for key in ("masters", "ema", "first", "second"):
            torch._foreach_copy_(getattr(self, key), state[key])
        torch._foreach_copy_(self.params, self.masters)


def rate(elapsed: float, step: int, peak: float, warm: int = 200, floor: float = 0.05) -> float:
    """Learning rate: linear warm-up over `warm` steps, then a cosine over elapsed (0-1) down to peak * floor."""
    down = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, elapsed))))
    return peak * min(1.0, (step + 1) / warm) * down
