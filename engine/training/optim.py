"""AdamW for bf16 weights: masters and moments in fp32, a moving average of the masters on the side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import WeightsError


class MasterAdamW:
    """`step(lr)` takes the gradients of a (bf16) model, moves fp32 masters and copies them back. EMA in `self.ema`."""

    def __init__(self, model: nn.Module, decay: float = 0.0, compiled: bool = False) -> None:
        """compiled: one pass over memory instead of a dozen; for contiguous weights, and it needs a C++ compiler."""
        self.names = [n for n, p in model.named_parameters() if p.requires_grad]
        self.params: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
        self.masters = [p.detach().float().clone() for p in self.params]
        self.ema = [m.clone() for m in self.masters]
        self.first = [torch.zeros_like(m) for m in self.masters]
        self.second = [torch.zeros_like(m) for m in self.masters]
        self.decay, self.betas, self.steps = decay, (0.9, 0.99), 0
        self.compiled = compiled
        self.update = torch.compile(update, dynamic=True) if compiled else update

    @torch.no_grad()
    def step(self, lr: float, ema: float = 0.999, clip: float = 1.0) -> float:
        """One update; returns the gradient norm before clipping. A parameter without a gradient does not move."""
        self.steps += 1
        at = [i for i, p in enumerate(self.params) if p.grad is not None]
        grads = [g for p in self.params if (g := p.grad) is not None]
        norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)).float()))
        b1, b2 = self.betas
        # early on the average follows fast, else it would keep the first weights for thousands of steps
        follow = 1 - min(ema, (1 + self.steps) / (10 + self.steps))
        numbers = torch.tensor(
            [
                min(1.0, clip / max(norm, 1e-12)),
                lr / (1 - b1**self.steps),
                1 / (1 - b2**self.steps),
                1 - lr * self.decay,
                follow,
                1 - b1,
                1 - b2,
            ]
        )
        if math.isfinite(norm):
            for i, grad in zip(at, grads, strict=True):
                state = tuple(x[i] for x in (self.masters, self.first, self.second, self.ema, self.params))
                if self.compiled:  # flat, so that one kernel does for all shapes
                    grad, state = grad.reshape(-1), tuple(x.view(-1) for x in state)
                self.update(grad, numbers, state)
        for p in self.params:
            p.grad = None
        return norm

    @torch.no_grad()
    def meet(self, masters: Sequence[Tensor]) -> None:
        """Go half of the way to the weights of another run that learns from other clips (local SGD, Stich 2019)."""
        for mine, theirs, param in zip(self.masters, masters, self.params, strict=True):
            mine.lerp_(theirs, 0.5)
            param.copy_(mine)

    def averaged(self) -> dict[str, Tensor]:
        return dict(zip(self.names, self.ema, strict=True))

    def state(self) -> dict[str, Any]:
        groups = {"masters": self.masters, "ema": self.ema, "first": self.first, "second": self.second}
        return {"steps": self.steps, **groups}

    @torch.no_grad()
    def load(self, state: dict[str, Any]) -> None:
        """Raises WeightsError for the state of another network."""
        shapes = [m.shape for m in self.masters]
        if [m.shape for m in state["masters"]] != shapes:
            raise WeightsError("the checkpoint is of another release", "move it away and start again")
        self.steps = int(state["steps"])
        for key in ("masters", "ema", "first", "second"):
            torch._foreach_copy_(getattr(self, key), state[key])
        torch._foreach_copy_(self.params, self.masters)


def update(grad: Tensor, numbers: Tensor, state: tuple[Tensor, ...]) -> None:
    """AdamW of one parameter, in place. state: master, first and second moment, EMA, the parameter itself.

    numbers: scale of the gradient, step, 1 / bias, decay, EMA, 1 - beta1, 1 - beta2.
    """
    master, first, second, ema, param = state
    g = grad.float() * numbers[0]
    mean = first + (g - first) * numbers[5]
    square = second + (g * g - second) * numbers[6]
    moved = master * numbers[3] - numbers[1] * mean / ((square * numbers[2]).sqrt() + 1e-6)
    first.copy_(mean)
    second.copy_(square)
    master.copy_(moved)
    ema.copy_(ema + (moved - ema) * numbers[4])
    param.copy_(moved)


def rate(elapsed: float, step: int, peak: float, warm: int = 200, floor: float = 0.05) -> float:
    """Learning rate: linear warm-up over `warm` steps, then a cosine over elapsed (0-1) down to peak * floor."""
    down = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, elapsed))))
    return peak * min(1.0, (step + 1) / warm) * down
