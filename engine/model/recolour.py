"""The picture to go by, in the colours that are told: a small network of convolutions in front of the denoiser.

The forms of a reference are to be kept and its colours are not, which is easy for one who looks at the two together
and hard for one who must denoise besides: without this a gold mandala stayed gold whatever was asked for.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.diffusion.contracts import Conditioning

WIDE, PAIRS = 72, 3
"""channels, and residual pairs of convolutions"""


class Pair(nn.Module):
    """Two convolutions, the first scaled and shifted by what is told; fresh they change nothing."""

    def __init__(self, told: int, wide: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(wide, wide, 3, padding=1)
        self.told = nn.Linear(told, 2 * wide)
        self.second = nn.Conv2d(wide, wide, 1)
        for parameter in (*self.told.parameters(), *self.second.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """x [N, wide, h, w], told [N, T]"""
        scale, shift = self.told(told)[..., None, None].chunk(2, 1)
        out: Tensor = x + self.second(F.silu(self.first(x) * (1 + scale) + shift))
        return out


def painted(cond: Conditioning) -> tuple[Tensor, Tensor]:
    """Values and known [B, A] that give the reference its colours."""
    if cond.paint is None:
        return cond.attributes, cond.attributes_known
    return cond.paint[:, 0], cond.paint[:, 1]


class Recolour(nn.Module):
    """reference [B, C, F, h, w] and what is told -> the same forms in the colours told; fresh it changes nothing.

    `colours` are first and last + 1 of the attributes that name a palette; cosine and sine of the turn of its hues come
    next. Where no palette is known, the reference stays as it is; where it is known in part (0-1), it goes that part of
    the way. Products of palette and turn are told too: what colour a turned palette has is linear in them.
    """

    def __init__(self, latent: int, attributes: int, colours: tuple[int, int], wide: int = WIDE) -> None:
        super().__init__()
        self.colours = slice(*colours)
        turned = 2 * (colours[1] - colours[0])
        self.told = nn.Sequential(nn.Linear(2 * attributes + 1 + 2 * latent + turned, 2 * wide), nn.SiLU())
        self.more = nn.Sequential(nn.Linear(2 * wide, wide), nn.SiLU())
        self.first = nn.Conv2d(latent, wide, 1)
        self.pairs = nn.ModuleList(Pair(wide, wide) for _ in range(PAIRS))
        self.last = nn.Conv2d(wide, latent, 1)
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)

    def forward(self, reference: Tensor, closeness: Tensor, cond: Conditioning) -> Tensor:
        """closeness [B]: how close the reference is. Attributes say for all frames of a clip what they say."""
        b, c, f, h, w = reference.shape
        values, known = (x.to(reference.dtype) for x in painted(cond))
        share = known[:, self.colours].amax(1).clamp(max=1.0)[:, None, None, None, None]
        flat = reference.float().flatten(3)
        seen = torch.cat([flat.mean(3), flat.std(3)], 1).transpose(1, 2).to(reference.dtype)
        values = values * known
        palette, turn = values[:, self.colours], values[:, self.colours.stop : self.colours.stop + 2]
        turned = (palette[:, :, None] * turn[:, None]).flatten(1)
        said = torch.cat([values, known, closeness[:, None].to(known)], 1)
        parts = (said[:, None].expand(b, f, -1), seen, turned[:, None].expand(b, f, -1))
        told = self.more(self.told(torch.cat(parts, 2).flatten(0, 1)))
        y = self.first(reference.transpose(1, 2).reshape(b * f, c, h, w))
        for pair in self.pairs:
            y = pair(y, told)
        out: Tensor = reference + share * self.last(F.silu(y)).view(b, f, c, h, w).transpose(1, 2)
        return out
