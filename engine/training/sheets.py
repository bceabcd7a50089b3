"""Pictures to judge a denoiser by while it trains: samples beside what was asked for, and the way between two clips."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.conditioning import blend, blend_phases, coloured, uncoloured, unreferenced, without
from engine.diffusion.contracts import Conditioning
from engine.diffusion.samplers import euler
from engine.diffusion.schedule import TEMPERATURE, add_noise, levels
from engine.model.autoencoder import Autoencoder
from engine.model.dit import DiT
from engine.pools.interpolate import arrivals, grow
from engine.training.latents import Folder
from engine.training.log import sheet
from engine.training.train_autoencoder import to_bytes

ROWS = ((0.0, 1), (0.35, 1), (0.35, 4), (0.6, 4), (0.8, 4))
"""noise level at the middle of the way, steps"""


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything a sheet needs."""

    autoencoder: Autoencoder
    dit: DiT
    held: Folder

    @property
    def dtype(self) -> torch.dtype:
        return next(self.dit.parameters()).dtype

    def samples(self, columns: int = 12, rows: int = 2, steps: int = 16) -> NDArray[np.uint8]:
        """Real clips; what they are to go by; what is made of that with everything told, with words; and with words
        alone. `rows` times."""
        made = []
        for row in range(rows):
            at = torch.arange(columns) + row * columns
            real, told = self.held.take(at, torch.zeros(columns, dtype=torch.long))
            told = coloured(replace(told, depth=None, depth_known=None))
            assert told.reference is not None
            words = without(told, text=False, attributes=True, phases=True)
            alone = unreferenced(words)
            made += [real, told.reference.float(), *(self.sample(real, cond, steps) for cond in (told, words, alone))]
        return sheet([self.pictures(x[:, :, 0]) for x in made])

    def sample(self, like: Tensor, cond: Conditioning, steps: int, seed: int = 0) -> Tensor:
        noise = torch.randn(like.shape, generator=torch.Generator().manual_seed(seed)).to(self.dtype)
        return euler.sample(self.dit, noise, levels(torch.ones(like.shape[0], like.shape[2]), steps), cond)

    def strip(self, a: int, b: int, columns: int = 9, seed: int = 0) -> NDArray[np.uint8]:
        """Morph from held-out clip a to b as on a stage, one row per ROWS; columns run from a to b."""
        at = torch.linspace(0, 1, columns)
        ends, told = self.held.take(torch.tensor([a, b]), torch.zeros(2, dtype=torch.long))
        one, two = (x.float().expand(columns, -1, -1, -1) for x in ends[:, :, 0])
        line = grow(one, two, at, arrivals(seed, (one.shape[2], one.shape[3]))[None])
        noise = TEMPERATURE * torch.randn(line.shape[1:], generator=torch.Generator().manual_seed(seed))
        cond = uncoloured(between(told, at), self.dit.config.colours)
        cond = replace(cond, reference=line[:, :, None], closeness=torch.ones(columns))
        rows = []
        for level, steps in ROWS:
            strength = (level * 4 * at * (1 - at))[:, None]
            x = add_noise(line[:, :, None], noise[None, :, None], strength).to(self.dtype)
            out = line[:, :, None]
            if level > 0:
                out = euler.sample(self.dit, x, levels(strength, steps), cond)
            rows.append(self.pictures(out[:, :, 0]))
        return sheet(rows)

    def pictures(self, latents: Tensor) -> NDArray[np.uint8]:
        """[N, C, h, w] -> uint8 [N, H, W, 3]"""
        return to_bytes(self.autoencoder.decode(latents.to(next(self.autoencoder.parameters()).dtype)))


def between(told: Conditioning, at: Tensor) -> Conditioning:
    """What is told of two clips, [2, ...], mixed by `at` [N]."""
    n, ones = len(at), torch.ones(len(at))
    pair = {name: getattr(told, name) for name in ("text", "attributes", "attributes_known")}
    mixed = {name: blend(x[0].expand(n, -1), x[1].expand(n, -1), at) for name, x in pair.items()}
    phases = blend_phases(told.phases[0, 0].expand(n), told.phases[1, 0].expand(n), at)
    return Conditioning(phases=phases[:, None], text_known=ones, phases_known=ones, **mixed)
