"""Motion between two pictures, and pictures moved along it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def flow(a: Tensor, b: Tensor, levels: int = 4, rounds: int = 4) -> Tensor:
    """Motion [N, 2, H, W] in pixels (x, y) with b(p + flow) = a(p): Lucas-Kanade (1981), from coarse to fine."""
    if levels > 1 and min(a.shape[-2:]) >= 24:
        up = flow(F.avg_pool2d(a, 2), F.avg_pool2d(b, 2), levels - 1, rounds)
        motion = 2 * F.interpolate(up, a.shape[-2:], mode="bilinear", align_corners=False)
    else:
        motion = torch.zeros(a.shape[0], 2, *a.shape[-2:])
    kernel = torch.tensor([[0.0, 0.0, 0.0], [-0.5, 0.0, 0.5], [0.0, 0.0, 0.0]])
    padded = F.pad(a, (1, 1, 1, 1), mode="replicate")
    gx, gy = F.conv2d(padded, kernel.view(1, 1, 3, 3)), F.conv2d(padded, kernel.T.reshape(1, 1, 3, 3))

    def window(x: Tensor) -> Tensor:
        return F.avg_pool2d(F.pad(x, (4, 4, 4, 4), mode="replicate"), 9, 1)

    xx, yy, xy = window(gx * gx) + 1e-4, window(gy * gy) + 1e-4, window(gx * gy)
    det = xx * yy - xy * xy
    for _ in range(rounds):
        off = warp(b, motion) - a
        bx, by = window(gx * off), window(gy * off)
        step = torch.cat([yy * bx - xy * by, xx * by - xy * bx], 1) / det
        motion = motion - step.clamp(-1.5, 1.5)
    return motion


def warp(x: Tensor, motion: Tensor) -> Tensor:
    """x [N, C, H, W] seen at p + motion(p)."""
    h, w = x.shape[-2:]
    ys, xs = torch.meshgrid(torch.arange(h, dtype=torch.float32), torch.arange(w, dtype=torch.float32), indexing="ij")
    gx = (xs + motion[:, 0] + 0.5) * 2 / w - 1
    gy = (ys + motion[:, 1] + 0.5) * 2 / h - 1
    return F.grid_sample(x, torch.stack([gx, gy], -1), mode="bilinear", padding_mode="border", align_corners=False)
