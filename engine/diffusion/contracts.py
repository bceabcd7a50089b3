"""The two callables that everything here is made of.

Shape letters: B batch, C channels, F latent frames, h w latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What a denoiser is told. Each `known` is [B], 1 where the input counts and 0 where it is left out."""

    text: Tensor
    """[B, text], pooled words"""
    attributes: Tensor
    """[B, attributes], see engine.diffusion.conditioning.Names"""
    phases: Tensor
    """[B, F], where the loop's motion stands in each frame (turns)"""
    text_known: Tensor
    attributes_known: Tensor
    phases_known: Tensor


Denoise = Callable[[Tensor, Tensor, Conditioning], Tensor]
"""(x [B, C, F, h, w], t [B, F] with 0 clean and 1 noise, cond) -> velocity = noise - clean, shaped like x"""


class Sampler(Protocol):
    """Walk from noise level times[0] down to times[-1]; len(times) is steps + 1. `times` may be [B, F] tensors."""

    def __call__(
        self,
        denoise: Denoise,
        x: Tensor,
        times: Sequence[Tensor],
        cond: Conditioning,
        generator: torch.Generator | None = None,
    ) -> Tensor: ...
