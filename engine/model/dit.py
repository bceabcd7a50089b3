"""The denoiser: a diffusion transformer whose every frame has a noise level of its own.

After DiT (Peebles and Xie 2022), with adaLN-single (PixArt-alpha, Chen et al. 2023), attention factored into space
and time, normalised queries and keys, rotary positions. Rectified flow: it predicts velocity = noise - clean.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.diffusion.contracts import Conditioning
from engine.model.layers import Attention, Embed, Mlp, rms_norm, rope_1d, rope_2d, sinusoids

HARMONICS = (1, 2, 4, 8, 16, 32)
"""speeds at which the phase of the motion is told, as cos and sin"""


@dataclass(frozen=True, slots=True)
class DiTConfig:
    """`text` and `attributes` are the lengths of the vectors that condition; `patch` cells each way are one token."""

    latent: int = 16
    patch: int = 2
    width: int = 320
    heads: int = 5
    depth: int = 6
    ratio: int = 3
    text: int = 256
    attributes: int = 64


class Block(nn.Module):
    """Attention in the frame, attention through time (left out for a single frame), an MLP; each gated from zero."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        d = config.width
        self.space = Attention(d, config.heads)
        self.time = Attention(d, config.heads)
        self.mlp = Mlp(d, config.ratio)
        self.table = nn.Parameter(torch.randn(9, d) * d**-0.5)
        with torch.no_grad():
            self.table[2::3] = 0  # the gates: a fresh block is the identity

    def forward(self, x: Tensor, mod: Tensor, space: tuple[Tensor, Tensor], time: tuple[Tensor, Tensor]) -> Tensor:
        """x [B, F, N, D], mod [B, F, 9, D] (shift, scale, gate for space, time, MLP), rotary tables."""
        b, f, n, d = x.shape
        shift_s, scale_s, gate_s, shift_t, scale_t, gate_t, shift_m, scale_m, gate_m = (mod + self.table)[
            :, :, :, None
        ].unbind(2)
        h = (rms_norm(x) * (1 + scale_s) + shift_s).reshape(b * f, n, d)
        x = x + gate_s * self.space(h, *space).view(b, f, n, d)
        if f > 1:
            h = (rms_norm(x) * (1 + scale_t) + shift_t).transpose(1, 2).reshape(b * n, f, d)
            x = x + gate_t * self.time(h, *time).view(b, n, f, d).transpose(1, 2)
        out: Tensor = x + gate_m * self.mlp(rms_norm(x) * (1 + scale_m) + shift_m)
        return out


class DiT(nn.Module):
    """x [B, C, F, h, w], t [B, F] (0 clean, 1 noise), Conditioning -> velocity [B, C, F, h, w]. h, w even."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.config = config
        d = config.width
        cells = config.latent * config.patch**2
        self.patch = nn.Linear(cells, d)
        self.level = nn.Sequential(nn.Linear(128, d), nn.SiLU(), nn.Linear(d, d))
        self.text = Embed(config.text, d)
        self.attributes = Embed(config.attributes, d)
        self.phase = Embed(2 * len(HARMONICS), d)
        self.modulate = nn.Linear(d, 9 * d)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.last_mod = nn.Linear(d, 2 * d)
        self.last = nn.Linear(d, cells)
        for layer in (self.modulate, self.last_mod, self.last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        h, w = x.shape[-2] // self.config.patch, x.shape[-1] // self.config.patch
        tokens: Tensor = self.patch(self.to_tokens(x))
        c = F.silu(self.vector(t, cond, tokens.dtype))
        mod = self.modulate(c).unflatten(-1, (9, -1))
        dim = self.config.width // self.config.heads
        space = _cast(rope_2d(h, w, dim), tokens)
        time = _cast(rope_1d(x.shape[2], dim), tokens)
        for block in self.blocks:
            tokens = block(tokens, mod, space, time)
        shift, scale = self.last_mod(c)[:, :, None].chunk(2, -1)
        return self.from_tokens(self.last(rms_norm(tokens) * (1 + scale) + shift), h, w)

    def vector(self, t: Tensor, cond: Conditioning, dtype: torch.dtype) -> Tensor:
        """Noise level, text, attributes and phase of each frame as one vector [B, F, D]."""
        text = self.text(cond.text.to(dtype), cond.text_known)
        attributes = self.attributes(cond.attributes.to(dtype), cond.attributes_known)
        angles = 2 * torch.pi * cond.phases.float()[..., None] * torch.tensor(HARMONICS, device=t.device)
        waves = torch.cat([angles.cos(), angles.sin()], -1)
        phase = self.phase(waves.to(dtype), cond.phases_known[:, None].expand(t.shape))
        level = self.level(sinusoids(t, 128).to(dtype))
        out: Tensor = level + phase + (text + attributes)[:, None]
        return out

    def to_tokens(self, x: Tensor) -> Tensor:
        """[B, C, F, h, w] -> [B, F, N, C * patch * patch]"""
        p = self.config.patch
        b, c, f, h, w = x.shape
        x = x.view(b, c, f, h // p, p, w // p, p).permute(0, 2, 3, 5, 1, 4, 6)
        return x.reshape(b, f, (h // p) * (w // p), c * p * p)

    def from_tokens(self, tokens: Tensor, h: int, w: int) -> Tensor:
        p, c = self.config.patch, self.config.latent
        b, f = tokens.shape[:2]
        x = tokens.view(b, f, h, w, c, p, p).permute(0, 4, 1, 2, 5, 3, 6)
        return x.reshape(b, c, f, h * p, w * p)


def _cast(pair: tuple[Tensor, Tensor], like: Tensor) -> tuple[Tensor, Tensor]:
    return pair[0].to(like.device, like.dtype), pair[1].to(like.device, like.dtype)
