"""Dense optical flow: DIS (Kroeger et al. 2016, "Fast optical flow using dense inverse search"), OpenCV's.

A flow f [H, W, 2] float32 holds (right, down) in pixels: the point at p of picture a is at p + f[p] in picture b.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Field = NDArray[np.float32]
Some = TypeVar("Some", bound=np.generic)

SMALLEST = 32
"""pixels a side; DIS has no patch left to look for in less, so that smaller pictures get wider borders"""
PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}

_pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="flow")
"""DIS alone keeps two cores three quarters busy; several at once keep them full (the interpreter is let go of)"""


def luma(picture: Frame) -> Frame:
    """[H, W, 3] sRGB or [H, W] -> [H, W], BT.601."""
    grey: Frame = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return grey


def flow(a: Frame, b: Frame, preset: str = "medium") -> Field:
    """Where each pixel of a [H, W, 3] or [H, W] uint8 goes in b (same size): [H, W, 2], b[p + f[p]] = a[p]."""
    if a.shape[:2] != b.shape[:2]:
        raise ValueError(f"flow between {a.shape[1]}x{a.shape[0]} and {b.shape[1]}x{b.shape[0]}")
    height, width = a.shape[:2]
    down, right = max(0, SMALLEST - height), max(0, SMALLEST - width)
    greys = [np.ascontiguousarray(luma(x)) for x in (a, b)]
    if down or right:
        greys = [cv2.copyMakeBorder(x, 0, down, 0, right, cv2.BORDER_REPLICATE) for x in greys]
    found: Field = cv2.DISOpticalFlow.create(PRESETS[preset]).calc(greys[0], greys[1], None)
    return np.ascontiguousarray(found[:height, :width])


def flows(pairs: Sequence[tuple[Frame, Frame]], preset: str = "medium") -> list[Field]:
    """flow() of each pair, at once on all cores."""
    return [waiting.result() for waiting in [_pool.submit(flow, a, b, preset) for a, b in pairs]]


def both(a: Frame, b: Frame, preset: str = "medium") -> tuple[Field, Field]:
    """Flow from a to b and from b to a."""
    forward, backward = flows([(a, b), (b, a)], preset)
    return forward, backward


@lru_cache(maxsize=4)
def grid(height: int, width: int) -> Field:
    """[H, W, 2]: the place (x, y) of each pixel. Shared: not to be written to."""
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    places.setflags(write=False)
    return places


def warp(picture: NDArray[Some], motion: Field, sharp: bool = False) -> NDArray[Some]:
    """picture [H, W] or [H, W, C] sampled at p + motion[p], its borders repeated; bilinear, or bicubic if sharp."""
    places = grid(*motion.shape[:2]) + motion
    how = cv2.INTER_CUBIC if sharp else cv2.INTER_LINEAR
    moved: NDArray[Some] = cv2.remap(picture, places, None, how, borderMode=cv2.BORDER_REPLICATE)
    return moved


def mismatch(forward: Field, backward: Field) -> Field:
    """How far from where it was each pixel comes back to, in pixels [H, W]; infinite where it leaves the picture."""
    height, width = forward.shape[:2]
    gap = forward + warp(backward, forward)
    off = np.sqrt(gap[..., 0] ** 2 + gap[..., 1] ** 2)
    x, y = np.moveaxis(grid(height, width) + forward, -1, 0)
    off[(x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)] = np.inf
    return off


def consistent(forward: Field, backward: Field, tol: float = 1.0) -> NDArray[np.bool_]:
    """[H, W]: pixels that the way there and back leaves within `tol` pixels; never those that leave the picture."""
    return mismatch(forward, backward) <= tol


def warped_error(a: Frame, b: Frame) -> float:
    """Mean absolute error, 0-255, of b against a moved to it, over consistent pixels: flicker without the motion.

    Two pictures that have nothing in common have no such pixels; then it is their plain difference.
    """
    back, forward = both(b, a)
    known = consistent(back, forward)
    moved = warp(a, back) if known.any() else a
    error = np.abs(moved.astype(np.float32) - b.astype(np.float32))
    return float(error[known].mean() if known.any() else error.mean())
