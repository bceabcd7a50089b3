"""The small parts of the denoiser: norms, rotary positions, attention, embeddings of numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rms_norm(x: Tensor, weight: Tensor | None = None, eps: float = 1e-6) -> Tensor:
    """x / rms(x) over the last axis, times `weight`."""
    out = x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + eps).to(x.dtype)
    return out if weight is None else out * weight


def rope_angles(positions: Tensor, dim: int, base: float = 100.0) -> Tensor:
    """positions [N] -> angles [N, dim / 2] of rotary embeddings (Su et al. 2021).

    The low base suits our short axes: the slowest pair turns about once over a few dozen positions.
    """
    rates = base ** (-torch.arange(0, dim, 2, dtype=torch.float32) / dim)
    return positions.float()[:, None] * rates[None]


SPAN = 8.0
"""positions across the height of a picture, whatever its size: drawn larger, it is the same to attention"""


def grid(h: int, w: int) -> tuple[Tensor, Tensor]:
    """Rows and columns [h * w] of the tokens from the middle of the picture, in units of its height."""
    y, x = (torch.arange(h) + 0.5) / h - 0.5, (torch.arange(w) + 0.5 - w / 2) / h
    return y[:, None].expand(h, w).reshape(-1), x[None].expand(h, w).reshape(-1)


def rope_2d(h: int, w: int, dim: int) -> tuple[Tensor, Tensor]:
    """cos and sin [h * w, dim / 2]: the first half of the pairs turns with the row, the second with the column."""
    y, x = grid(h, w)
    half = dim // 4 * 2
    angles = torch.cat([rope_angles(SPAN * y, half), rope_angles(SPAN * x, dim - half)], -1)
    return angles.cos(), angles.sin()


def places(h: int, w: int) -> Tensor:
    """[h * w, 24]: where a token is, in straight and in polar coordinates: much of the world turns about its middle."""
    y, x = grid(h, w)
    r, angle = torch.hypot(x, y), torch.atan2(y, x)
    waves = [f(k * angle) for k in (1, 2, 3, 4, 6) for f in (torch.cos, torch.sin)]
    waves += [f(torch.pi * k * v) for k in (1, 2) for v in (x, y, r) for f in (torch.cos, torch.sin)]
    return torch.stack([r, torch.log(r + 0.05), *waves], -1)


def rope_1d(n: int, dim: int) -> tuple[Tensor, Tensor]:
    """cos and sin [n, dim / 2]."""
    angles = rope_angles(torch.arange(n), dim)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs (first half, second half) of x [..., N, D] by the angles [N, D / 2]."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


LONG = 1024
"""tokens above which attention is not written out: its scores would fill the memory"""


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(D)) v for [..., N, D].

    Written out: for some hundred tokens on a CPU this is faster than scaled_dot_product_attention, backwards above all.
    """
    if q.is_cuda or q.shape[-2] > LONG:
        return F.scaled_dot_product_attention(q, k, v)
    scores = q @ k.transpose(-2, -1) * (q.shape[-1] ** -0.5)
    out: Tensor = scores.softmax(-1) @ v
    return out


class Attention(nn.Module):
    """Self-attention over the N of x [B, N, D], with normalised queries and keys and rotary positions."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.q_scale = nn.Parameter(torch.ones(width // heads))
        self.k_scale = nn.Parameter(torch.ones(width // heads))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q = rotate(rms_norm(q, self.q_scale), cos, sin)
        k = rotate(rms_norm(k, self.k_scale), cos, sin)
        out: Tensor = self.out(attend(q, k, v).transpose(1, 2).reshape(b, n, d))
        return out


class Mlp(nn.Module):
    """Two layers with a GELU between; `ratio` times wider inside."""

    def __init__(self, width: int, ratio: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, ratio * width)
        self.down = nn.Linear(ratio * width, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(F.gelu(self.up(x), approximate="tanh"))
        return out


def sinusoids(x: Tensor, dim: int, fastest: float = 1000.0) -> Tensor:
    """Numbers 0-1 [...] -> [..., dim]: cosines and sines of rising speed."""
    rates = torch.exp(torch.linspace(0.0, math.log(fastest), dim // 2, device=x.device))
    angles = x.float()[..., None] * rates
    return torch.cat([angles.cos(), angles.sin()], -1)


class Embed(nn.Module):
    """A vector [..., n] -> [..., width] by two layers; where `known` is 0 a learned null takes its place."""

    def __init__(self, n: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(n, width)
        self.second = nn.Linear(width, width)
        self.null = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        """known [...]: 1 where x counts, 0 where it was left out."""
        made = self.second(F.silu(self.first(x)))
        gate = known[..., None].to(made.dtype)
        out: Tensor = made * gate + self.null * (1 - gate)
        return out
