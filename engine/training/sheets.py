"""Pictures to judge a denoiser by: the way between two clips, plain and refined from several noise levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.conditioning import blend, blend_phases
from engine.diffusion.contracts import Conditioning
from engine.diffusion.samplers import euler
from engine.diffusion.schedule import add_noise, levels
from engine.model.autoencoder import Autoencoder
from engine.model.dit import DiT
from engine.model.text import TextTable
from engine.pools.interpolate import mix
from engine.training.log import sheet
from engine.training.train_autoencoder import to_bytes
from engine.training.train_denoiser import Latents

ROWS = ((0.0, 1), (0.2, 1), (0.35, 1), (0.35, 4), (0.55, 4), (0.75, 4), (1.0, 8))
"""noise level at the middle of the way, steps"""


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything a sheet needs."""

    autoencoder: Autoencoder
    dit: DiT
    text: TextTable
    held: Latents

    def strip(self, a: int, b: int, columns: int = 7, seed: int = 0) -> NDArray[np.uint8]:
        """Morph from held-out clip a to b, one row per ROWS; columns run from a to b."""
        at = torch.linspace(0, 1, columns)
        one, two = (self.held.latents[i, 0].float().expand(columns, -1, -1, -1) for i in (a, b))
        line = mix(one, two, at)
        noise = torch.randn(line.shape[1:], generator=torch.Generator().manual_seed(seed))
        rows = []
        for level, steps in ROWS:
            strength = (level * 4 * at * (1 - at))[:, None] if level < 1 else torch.ones(columns, 1)
            x = add_noise(line[:, :, None], noise[None, :, None], strength).to(torch.bfloat16)
            out = euler.sample(self.dit, x, levels(strength, steps), self.told(a, b, at))[:, :, 0] if level else line
            rows.append(self.pictures(out))
        return sheet(rows)

    def told(self, a: int, b: int, at: Tensor) -> Conditioning:
        n, held = len(at), self.held
        ones = torch.ones(n)
        texts = torch.cat(
            [self.text.mixed([(held.captions[a], 1 - float(m)), (held.captions[b], float(m))])[0] for m in at]
        )
        attributes = blend(held.attributes[a].expand(n, -1), held.attributes[b].expand(n, -1), at)
        phases = blend_phases(held.phases[a, 0].expand(n), held.phases[b, 0].expand(n), at)
        return Conditioning(texts, attributes, phases[:, None], ones, ones, ones)

    def pictures(self, latents: Tensor) -> NDArray[np.uint8]:
        """[N, C, h, w] -> uint8 [N, H / 2, W / 2, 3]"""
        decoded = to_bytes(self.autoencoder.decode(latents.to(torch.bfloat16)))
        half = decoded[:, ::2, ::2].astype(np.uint16) + decoded[:, 1::2, 1::2]
        return (half // 2).astype(np.uint8)
