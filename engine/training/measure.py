"""Measures of pictures and clips: likeness, sharpness, flicker along the motion. Frames are uint8 [N, H, W, 3]."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.motion import flow, warp

Frames = NDArray[np.uint8]
LUMA = (0.2126, 0.7152, 0.0722)


def grey(frames: Frames) -> Tensor:
    """float [N, 1, H, W], 0-1"""
    x = torch.from_numpy(np.ascontiguousarray(frames)).float() / 255.0
    return (x @ torch.tensor(LUMA))[:, None]


def ssim(a: Frames, b: Frames) -> float:
    """Mean structural similarity of the luma, Gaussian windows of sigma 1.5 (Wang et al. 2004)."""
    line = torch.exp(-(torch.arange(-5, 6).float() ** 2) / (2 * 1.5**2))
    line = line / line.sum()

    def blur(x: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(x, line.view(1, 1, 1, -1)), line.view(1, 1, -1, 1))

    x, y = grey(a), grey(b)
    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    score = (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(score.mean())


def looks(frames: Frames) -> dict[str, NDArray[np.float64]]:
    """Per frame: luma and contrast (mean and spread of the luma), saturation, sharpness (mean slope), all 0-1."""
    g = grey(frames)
    x = frames.astype(np.float32) / 255.0
    slope = (g[..., 1:] - g[..., :-1]).abs().mean((1, 2, 3)) + (g[..., 1:, :] - g[..., :-1, :]).abs().mean((1, 2, 3))
    return {
        "luma": g.mean((1, 2, 3)).double().numpy(),
        "contrast": g.std((1, 2, 3)).double().numpy(),
        "saturation": (x.max(-1) - x.min(-1)).mean((1, 2)).astype(np.float64),
        "sharpness": slope.double().numpy(),
    }


def flicker(frames: Frames) -> float:
    """Mean change between neighbouring frames that no motion explains, 0-255."""
    g = grey(frames)
    a, b = g[:-1], g[1:]
    return 255.0 * float((warp(b, flow(a, b)) - a).abs().mean())


def steps(frames: Frames) -> NDArray[np.float64]:
    """[N - 1]: mean difference of neighbouring frames, 0-255."""
    x = frames.astype(np.float32)
    change: NDArray[np.float64] = np.abs(np.diff(x, axis=0)).mean((1, 2, 3)).astype(np.float64)
    return change
