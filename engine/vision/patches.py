"""Nearest patches and their votes: what texture synthesis stands on (Kwatra et al. 2005; Wexler et al. 2007)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Picture = NDArray[np.float32]
"""[H, W, C], any range"""
Spots = NDArray[np.int64]
"""[N, 2]: row and column of the upper left corner of each patch"""
AT_ONCE = 1024
"""patches looked up in one go: bounds the table of distances"""
KEPT = 0.97
"""share of the variance that the principal components keep"""
SAMPLE = 3000
"""patches that the components are found from, about"""
MOST = 48
"""principal components at most: more cost time and change nothing that is seen"""


def grid(shape: tuple[int, int], size: int, stride: int, shift: int = 0) -> Spots:
    """Corners of patches every `stride` pixels that cover a picture of `shape` (H, W) whole, the edges included."""
    axes = []
    for length in shape:
        last = length - size
        line = np.arange(shift % stride, last + 1, stride)
        axes.append(np.unique(np.concatenate([[0], line, [last]])))
    rows, columns = np.meshgrid(*axes, indexing="ij")
    return np.stack([rows.ravel(), columns.ravel()], axis=1).astype(np.int64)


def cut(picture: Picture, spots: Spots, size: int) -> NDArray[np.float32]:
    """The patches at the spots, [N, size * size * C]."""
    views = np.lib.stride_tricks.sliding_window_view(picture, (size, size), axis=(0, 1))
    taken = views[spots[:, 0], spots[:, 1]]  # [N, C, size, size]
    return np.ascontiguousarray(taken.transpose(0, 2, 3, 1).reshape(len(spots), -1), np.float32)


@dataclass(frozen=True, slots=True)
class Book:
    """Patches that can be looked up by likeness, by a matrix product over their principal components."""

    patches: NDArray[np.float32]
    """[M, d]"""
    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    """[d, k]"""
    keys: NDArray[np.float32]
    """[M, k]"""
    half: NDArray[np.float32]
    """[M]: half of the squared length of each key"""

    @classmethod
    def of(cls, patches: NDArray[np.float32]) -> Book:
        """patches [M, d], M at least 1."""
        mean = patches.mean(0)
        centred = patches - mean
        some, width = centred[:: max(1, len(centred) // SAMPLE)], patches.shape[1]
        covariance = some.T @ some / len(some)
        spread, axes = eigh(covariance, subset_by_index=[max(0, width - MOST), width - 1])
        spread, axes = np.maximum(spread[::-1], 0.0), axes[:, ::-1]
        share = np.cumsum(spread) / max(float(np.trace(covariance)), 1e-9)
        kept = min(MOST, int(np.searchsorted(share, KEPT)) + 1)
        axes = np.ascontiguousarray(axes[:, :kept], np.float32)
        keys = np.asarray(centred @ axes, np.float32)
        return cls(patches, mean, axes, keys, 0.5 * np.square(keys).sum(1))

    def nearest(self, wanted: NDArray[np.float32]) -> NDArray[np.int64]:
        """wanted [N, d] -> [N], the index of the patch most like each."""
        found = np.empty(len(wanted), np.int64)
        for start in range(0, len(wanted), AT_ONCE):
            part = (wanted[start : start + AT_ONCE] - self.mean) @ self.axes
            found[start : start + AT_ONCE] = np.argmax(part @ self.keys.T - self.half, axis=1)
        return found


def vote(
    patches: NDArray[np.float32], weights: NDArray[np.float32], spots: Spots, shape: tuple[int, int, int]
) -> tuple[Picture, Picture]:
    """Patches [N, d] laid over each other at their spots: the weighted sum [H, W, C] and the weights [H, W, 1].

    A patch counts less towards its rim, or the grid they lie on would be seen.
    """
    size = round((patches.shape[1] / shape[2]) ** 0.5)
    ramp = np.sin(np.pi * (np.arange(size) + 0.5) / size).astype(np.float32)
    total, weight = np.zeros(shape, np.float32), np.zeros((*shape[:2], 1), np.float32)
    blocks = patches.reshape(len(spots), size, size, shape[2]) * weights[:, None, None, None]
    for row in range(size):
        for column in range(size):
            at = spots[:, 0] + row, spots[:, 1] + column
            share = ramp[row] * ramp[column]
            total[at] += share * blocks[:, row, column]
            weight[at] += share * weights[:, None]
    return total, weight
