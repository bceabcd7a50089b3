"""The house autoencoder: one frame, 16 times smaller each way, 32 channels, nothing but convolutions.

Norm-free residual networks in the manner of EDSR (Lim et al. 2017): pixel-unshuffle by 4 first, so that no
convolution ever runs at full size. Latents leave the encoder with mean 0 and variance 1 per channel (statistics are
stored with the weights).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DOWN = 16
"""pixels per latent cell, each way"""


@dataclass(frozen=True, slots=True)
class AutoencoderConfig:
    """`widths` are channels at 1/4, 1/8 and 1/16 of the size; `encoder` and `decoder` count residual blocks there."""

    latent: int = 32
    widths: tuple[int, int, int] = (64, 128, 256)
    encoder: tuple[int, int, int] = (1, 2, 2)
    decoder: tuple[int, int, int] = (1, 2, 3)


class Residual(nn.Module):
    """x + conv(relu(conv(x))); the second convolution begins at zero, so a fresh block is the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.second(F.relu(self.first(x)))
        return out


def _blocks(width: int, count: int) -> list[nn.Module]:
    return [Residual(width) for _ in range(count)]


def _encoder(config: AutoencoderConfig) -> nn.Sequential:
    a, b, c = config.widths
    n = config.encoder
    return nn.Sequential(
        nn.PixelUnshuffle(4),
        nn.Conv2d(48, a, 3, padding=1),
        *_blocks(a, n[0]),
        nn.Conv2d(a, b, 2, stride=2),
        *_blocks(b, n[1]),
        nn.Conv2d(b, c, 2, stride=2),
        *_blocks(c, n[2]),
        nn.Conv2d(c, config.latent, 3, padding=1),
    )


def _decoder(config: AutoencoderConfig) -> nn.Sequential:
    a, b, c = config.widths
    n = config.decoder
    return nn.Sequential(
        nn.Conv2d(config.latent, c, 3, padding=1),
        *_blocks(c, n[2]),
        nn.Conv2d(c, 4 * b, 1),
        nn.PixelShuffle(2),
        *_blocks(b, n[1]),
        nn.Conv2d(b, 4 * a, 1),
        nn.PixelShuffle(2),
        *_blocks(a, n[0]),
        nn.Conv2d(a, 48, 3, padding=1),
        nn.PixelShuffle(4),
    )


class Autoencoder(nn.Module):
    """Frames [N, 3, H, W], -1 to 1, H and W multiples of 16 <-> latents [N, C, H/16, W/16], mean 0, variance 1."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = _encoder(config)
        self.decoder = _decoder(config)
        self.register_buffer("mean", torch.zeros(config.latent))
        self.register_buffer("std", torch.ones(config.latent))

    def encode(self, frames: Tensor) -> Tensor:
        z: Tensor = self.encoder(frames)
        return (z - self.mean.view(1, -1, 1, 1).to(z.dtype)) / self.std.view(1, -1, 1, 1).to(z.dtype)

    def decode(self, z: Tensor) -> Tensor:
        raw: Tensor = z * self.std.view(1, -1, 1, 1).to(z.dtype) + self.mean.view(1, -1, 1, 1).to(z.dtype)
        out: Tensor = self.decoder(raw)
        return out

    def forward(self, frames: Tensor, noise: Tensor | None = None, halve: bool = False) -> Tensor:
        """What training sees: the batch's own statistics take the place of the stored ones, which follow slowly.

        noise [N] is added to the latents, as a share of their spread. halve: the decoder gets them half as large and
        shall give the picture half as large (Skorokhodov et al. 2025: latents that scale are easier to learn).
        """
        z = self.encoder(frames).float()
        mean, std = z.mean((0, 2, 3)), z.std((0, 2, 3)) + 1e-4
        self.follow(mean, std)
        unit = (z - mean.view(1, -1, 1, 1)) / std.view(1, -1, 1, 1)
        if halve:
            unit = F.avg_pool2d(unit, 2)
        if noise is not None:
            unit = unit + noise.view(-1, 1, 1, 1) * torch.randn_like(unit)
        raw = unit * self.std.view(1, -1, 1, 1) + self.mean.view(1, -1, 1, 1)
        out: Tensor = self.decoder(raw.to(frames.dtype))
        return out

    @torch.no_grad()
    def follow(self, mean: Tensor, std: Tensor, rate: float = 0.02) -> None:
        """Let the stored statistics follow those of a batch."""
        self.mean.lerp_(mean.to(self.mean.dtype), rate)
        self.std.lerp_(std.to(self.std.dtype), rate)
