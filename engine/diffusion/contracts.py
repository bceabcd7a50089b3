"""The two callables that everything here is made of.

Shape letters: B batch, C channels, F latent frames, h w latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

AUDIO = ("bass", "mid", "high", "kick", "snare", "hat", "beat_cos", "beat_sin")
"""what the sound says in each frame: levels 0-1, and where in the beat the frame falls"""


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What a denoiser is told. Each `known` is 1 where the input counts and 0 where it is left out."""

    text: Tensor
    """[B, text], pooled words"""
    attributes: Tensor
    """[B, attributes], see engine.diffusion.conditioning.attribute_vector"""
    phases: Tensor
    """[B, F], where the loop's motion stands in each frame (turns)"""
    text_known: Tensor
    """[B]"""
    attributes_known: Tensor
    """[B, attributes]: each knob is given or left to the model on its own"""
    phases_known: Tensor
    """[B]"""
    audio: Tensor | None = None
    """[B, F, 8], see AUDIO; None: no sound is told"""
    audio_known: Tensor | None = None
    """[B]; None: 1 where there is audio"""
    depth: Tensor | None = None
    """[B, 1, F, h, w], nearness 0-1; None: nothing is told of depth"""
    depth_known: Tensor | None = None
    """[B]; None: 1 where there is depth"""
    reference: Tensor | None = None
    """[B, C, F, h, w], latents of a picture to go by: its forms, in the colours told; None: from words alone"""
    closeness: Tensor | None = None
    """[B], 0-1: 1 keeps the reference's forms, 0.6 lets a knob or two change them, 0.25 takes only its kind, 0
    leaves it out; None: 1 where there is a reference"""
    paint: Tensor | None = None
    """[B, 2, attributes], values and known that the reference gets its colours by; None: those above"""
    mask: Tensor | None = None
    """[B, 1, F, h, w], 1 where the picture is to be made, 0 where x is given and clean; None: all is to be made"""
    guidance: Tensor | None = None
    """[B], the scale that a network with guidance baked in shall show; None: 1"""
    until: Tensor | None = None
    """[B, F], for flow maps: the level that the answer's straight line leads to, at most t; None: t, the velocity"""


Denoise = Callable[[Tensor, Tensor, Conditioning], Tensor]
"""(x [B, C, F, h, w], t [B, F] with 0 clean and 1 noise, cond) -> velocity = noise - clean, shaped like x.

With `cond.until` = s the answer is the mean velocity between s and t: x - (t - s) * answer lies on the flow at s.
"""


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
