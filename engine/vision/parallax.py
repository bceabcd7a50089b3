"""Parallax from one picture and how near things are: layers that part where depth jumps, what they uncover filled in.

Each layer holds a range of nearness and moves by its own, clamped to the range: where depth changes slowly neighbours
agree at their border and nothing tears; where it jumps they move apart (layered depth images, Shade et al. 1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.camera2d import Frame, View, corners, matrix
from engine.vision.nearness import guided
from engine.vision.saliency import Map

LEAST, MOST = 2, 8
"""layers"""
COARSE = 4
"""pixels per step of the grid on which the way back to the source is looked for"""
ROUNDS = 3
"""of looking for it, each starting where the last one ended"""
SOFT = 0.03
"""nearness over which a layer ends"""
FILL_SIDE = 480
"""pixels of the longer side at which covered areas are filled in"""
BAND = 0.06
"""share of the longer side around what is near that is filled in with care: more is never uncovered"""


@dataclass(frozen=True, slots=True)
class Layer:
    """rgba [H, W, 4] uint8, colours not multiplied; near [h, w], its nearness, also beyond its edge."""

    rgba: NDArray[np.uint8]
    near: Map


@dataclass(frozen=True, slots=True)
class Shift:
    """How the camera moved against the picture's own: x, y: source pixels that the nearest moves against the farthest,
    positive to the left and up; dolly: how much closer the nearest has come, as a share."""

    x: float = 0.0
    y: float = 0.0
    dolly: float = 0.0


def layers(picture: Frame, near: Map, count: int) -> tuple[Layer, ...]:
    """The picture [H, W, 3] and nearness [h, w] 0-1 as `count` layers, the farthest first."""
    h, w = picture.shape[:2]
    fine = _sharpened(picture, near)
    small = cv2.resize(near, _within((w, h)), interpolation=cv2.INTER_AREA)
    bounds = _bounds(small, count)
    made = []
    for low, high in pairwise(bounds):
        alpha = np.full((h, w), 255, np.uint8) if low <= 0 else (_step(fine, low) * 255).astype(np.uint8)
        colours = picture if high >= 1 else filled(picture, fine >= high + SOFT)
        own = (small >= low - SOFT) & (small <= high + SOFT)
        range_ = spread(np.clip(small, low, high)[..., None], own)[..., 0]
        made.append(Layer(np.dstack([colours, alpha]), cv2.GaussianBlur(range_, (0, 0), 1.5)))
    return tuple(made)


def seen(made: Sequence[Layer], view: View, shift: Shift, size: tuple[int, int]) -> Frame:
    """What the view shows after the shift, uint8 [H, W, 3]."""
    out: NDArray[np.float32] | None = None
    for layer in made:
        at = _way_back(layer, view, shift, size)
        border = cv2.BORDER_REFLECT_101
        rgba = cv2.remap(layer.rgba, at, None, cv2.INTER_CUBIC, borderMode=border)
        if out is None:
            out = rgba[..., :3].astype(np.float32)
            continue
        x, y, w, h = cv2.boundingRect(rgba[..., 3])
        if w == 0 or h == 0:
            continue
        part = rgba[y : y + h, x : x + w]
        share = part[..., 3:].astype(np.float32) / 255
        below = out[y : y + h, x : x + w]
        below += share * (part[..., :3].astype(np.float32) - below)
    assert out is not None  # there are at least two layers
    eight: Frame = np.clip(out + 0.5, 0, 255).astype(np.uint8)
    return eight


def reach(shift: Shift, view: View, size: tuple[int, int]) -> float:
    """The farthest that anything moves, in source pixels: keep a view so far from the picture's edges."""
    at = corners(view, size)
    half = float(np.linalg.norm(at - at.mean(0), axis=1).max())
    return 0.5 * (float(np.hypot(shift.x, shift.y)) + abs(shift.dolly) * half)


def _way_back(layer: Layer, view: View, shift: Shift, size: tuple[int, int]) -> NDArray[np.float32]:
    """[H, W, 2]: where in the source each pixel seen comes from. Looked for on a coarse grid, by fixed-point rounds."""
    w, h = size
    gw, gh = -(-w // COARSE) + 1, -(-h // COARSE) + 1
    x, y = np.meshgrid(np.arange(gw) * float(COARSE), np.arange(gh) * float(COARSE))
    base = np.stack([x, y, np.ones_like(x)], -1) @ matrix(view, size).T
    pull = np.array([shift.x, shift.y]) - shift.dolly * (base - np.array([view.x - 0.5, view.y - 0.5]))
    lh, lw = layer.near.shape
    sh, sw = layer.rgba.shape[:2]
    scale, offset = np.array([lw / sw, lh / sh]), np.array([0.5 * lw / sw - 0.5, 0.5 * lh / sh - 0.5])
    at = base
    for _ in range(ROUNDS):
        near = cv2.remap(
            layer.near,
            (at * scale + offset).astype(np.float32),
            None,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        at = base + (near[..., None] - 0.5) * pull
    # the grid's points lie on every COARSE-th pixel: enlarge so that they stay there
    shown = np.array([[1 / COARSE, 0, 0], [0, 1 / COARSE, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out: NDArray[np.float32] = cv2.warpAffine(at.astype(np.float32), shown, (w, h), flags=flags)
    return out


def _bounds(near: Map, count: int) -> list[float]:
    """Where layers end: half way between equal steps of nearness and equal areas."""
    count = min(MOST, max(LEAST, count))
    even = np.linspace(0, 1, count + 1)[1:-1]
    return [0.0, *np.unique(0.5 * even + 0.5 * np.quantile(near, even)).clip(0.02, 0.98).tolist(), 1.0]


def _step(near: Map, low: float) -> Map:
    u = np.clip((near - low) / SOFT * 0.5 + 0.5, 0, 1)
    out: Map = (u * u * (3 - 2 * u)).astype(np.float32)
    return out


def _sharpened(picture: Frame, near: Map) -> Map:
    """Nearness at the picture's size, its jumps where the picture has edges."""
    h, w = picture.shape[:2]
    guide = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    large = cv2.resize(near, (w, h), interpolation=cv2.INTER_LINEAR)
    return np.clip(guided(guide, large, max(2, max(h, w) // 240), 2e-3), 0, 1)


def _within(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, FILL_SIDE / max(size))
    return max(2, round(size[0] * scale)), max(2, round(size[1] * scale))


def filled(picture: Frame, gone: NDArray[np.bool_]) -> Frame:
    """The picture with what is `gone` [H, W] filled in from around it: with care near its edge (Telea 2004), smoothly
    farther in."""
    if not gone.any() or gone.all():
        return picture
    h, w = picture.shape[:2]
    gone = cv2.dilate(gone.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    small = cv2.resize(picture, _within((w, h)), interpolation=cv2.INTER_AREA)
    hole = cv2.resize(gone.astype(np.float32), _within((w, h)), interpolation=cv2.INTER_AREA) > 0.02
    smooth = np.clip(spread(small.astype(np.float32), ~hole), 0, 255).astype(np.uint8)
    inner = cv2.erode(
        hole.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, round(BAND * max(hole.shape)))
    )
    band = (hole & (inner == 0)).astype(np.uint8)
    careful = cv2.inpaint(smooth, band, 5, cv2.INPAINT_TELEA) if band.any() else smooth
    large = cv2.resize(careful, (w, h), interpolation=cv2.INTER_CUBIC)
    share = cv2.GaussianBlur(gone.astype(np.float32), (0, 0), 1.0)[..., None]
    share = np.where(gone[..., None], np.maximum(share, 1.0), 0.0)
    out: Frame = (picture + share * (large.astype(np.float32) - picture) + 0.5).astype(np.uint8)
    return out


def spread(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """values [h, w, C] where known, elsewhere what lies around, smoothly (pull-push, Gortler et al. 1996)."""
    if known.all() or not known.any():
        return values
    weight = known.astype(np.float32)[..., None]
    return _pull_push(np.where(weight > 0, values, 0.0).astype(np.float32), weight)


def _pull_push(summed: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """summed = values * weight; weight [h, w, 1], 0-1."""
    h, w = weight.shape[:2]
    mean = (summed / np.maximum(weight, 1e-6)).astype(np.float32)
    if float(weight.min()) >= 1 or max(h, w) <= 1:
        return mean
    half = ((w + 1) // 2, (h + 1) // 2)
    both = cv2.resize(np.concatenate([summed, weight], 2), half, interpolation=cv2.INTER_AREA)
    both = both.reshape(half[1], half[0], -1)
    below = both[..., -1:]
    more = np.minimum(1.0, 4 * below) / np.maximum(below, 1e-6)
    coarse = _pull_push(both[..., :-1] * more, below * more)
    up = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR).reshape(h, w, -1)
    out: NDArray[np.float32] = weight * mean + (1 - weight) * up
    return out
