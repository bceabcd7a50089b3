"""A toy pool for the engine's tests: 4 channels, 32 x 32 pixels, smooth closed loops."""

from __future__ import annotations

import math

import torch

from engine.pools.pool import Entry, LatentPool, quantise


def tiny_pool(count: int = 4, frames: int = 8, channels: int = 4, cells: int = 2, sha: str = "") -> LatentPool:
    generator = torch.Generator().manual_seed(count)
    rest, swing, other = (torch.randn(count, 1, channels, cells, cells, generator=generator) for _ in range(3))
    turn = 2 * math.pi * torch.arange(frames).view(1, -1, 1, 1, 1) / frames
    latents, scale = quantise(rest + 0.3 * swing * turn.cos() + 0.3 * other * turn.sin())
    return LatentPool(
        name="p",
        entries=tuple(Entry(f"loop-{i}", "red spiral", ("#ff0000",)) for i in range(count)),
        latents=latents,
        scale=scale,
        attributes=torch.eye(count, 2).contiguous(),
        known=torch.ones(count, 2),
        phases=(torch.arange(frames) / frames).expand(count, -1).contiguous(),
        names=("family/a", "family/b"),
        size=(cells * 16, cells * 16),
        autoencoder=sha,
    )
