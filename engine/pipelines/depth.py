"""Depth as the denoiser is told it: how near things are, 0-1, in each of its cells.

The house model was trained with exp(-k z) of our own 3D generators, k from 0.1 to 0.2 in their units.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Frame = NDArray[np.uint8]
FALL = 0.14
"""per scene unit"""


def in_cells(nearness: NDArray[np.float32], cells: tuple[int, int]) -> Tensor:
    """nearness [H, W], 0-1 -> [1, h, w], the mean of each cell, as `Conditioning.depth` wants it. The middle is cut out
    where its shape is another."""
    h, w = nearness.shape
    scale = min(h / cells[0], w / cells[1])
    high, wide = round(cells[0] * scale), round(cells[1] * scale)
    y, x = (h - high) // 2, (w - wide) // 2
    small = cv2.resize(nearness[y : y + high, x : x + wide], cells[::-1], interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.clip(small, 0, 1).astype(np.float32))[None]


def nearness_of(depth: NDArray[np.float32], fall: float = FALL) -> NDArray[np.float32]:
    """Depth in scene units -> nearness 0-1."""
    return np.exp(-fall * np.maximum(depth, 0)).astype(np.float32)


def relief(nearness: NDArray[np.float32]) -> Frame:
    """A picture [H, W, 3] to go by that is drawn from nearness [H, W] 0-1: lit from the upper left, darker with depth,
    lines where it steps."""
    soft = cv2.GaussianBlur(nearness, (0, 0), max(1.0, nearness.shape[0] / 200))
    slope_x = cv2.Sobel(soft, cv2.CV_32F, 1, 0) * nearness.shape[0] / 16
    slope_y = cv2.Sobel(soft, cv2.CV_32F, 0, 1) * nearness.shape[0] / 16
    lit = np.clip(0.5 - 0.35 * (slope_x + slope_y), 0, 1)
    edge = np.clip(np.hypot(slope_x, slope_y) - 0.8, 0, 1)
    grey = (0.06 + 0.94 * nearness) * (0.35 + 0.9 * lit) + 0.35 * edge
    return np.repeat(np.clip(grey * 255, 0, 255)[..., None], 3, 2).astype(np.uint8)
