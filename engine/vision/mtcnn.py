"""Faces and their five points by three small networks (MTCNN, Zhang et al. 2016).

The weights (2 MB, MIT) come with the package facenet-pytorch, of whose code nothing is run: it asks for older
libraries than ours. Read with weights_only, so that nothing in them is executed either.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Frame = NDArray[np.uint8]
CELL, STRIDE = 12, 2
"""pixels a side that the first network looks at, and how far apart, at each scale"""
SHRINK = 0.709
"""from scale to scale: half the area"""
MOST = 2000
"""windows of one scale that are looked at more closely, the best first"""
Weights = dict[str, Tensor]


@cache
def weights() -> tuple[Weights, Weights, Weights]:
    """Of the three networks. Raises FileNotFoundError where the package is not installed."""
    spec = importlib.util.find_spec("facenet_pytorch")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("facenet-pytorch is not installed")
    folder = Path(spec.origin).parent / "data"
    first, second, third = (
        torch.load(folder / f"{name}net.pt", map_location="cpu", weights_only=True) for name in ("p", "r", "o")
    )
    return first, second, third


@torch.inference_mode()
def find(
    picture: Frame, least_px: float, thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)
) -> NDArray[np.float32]:
    """Faces of a picture [h, w, 3] sRGB that are `least_px` or larger: [N, 15], the surest first.

    x, y, w, h in pixels, score 0-1, then x, y of the left and right eye (as seen), the nose, the left and right corner
    of the mouth. thresholds: scores from which on each network hands a window on.
    """
    with _one_thread():
        return _found(picture, least_px, thresholds)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Networks as small as these gain nothing from a second thread, and on a busy machine wait for it 20 times as
    long as they take."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _found(picture: Frame, least_px: float, thresholds: tuple[float, float, float]) -> NDArray[np.float32]:
    first, second, third = weights()
    boxes = _proposed(first, picture, least_px, thresholds[0])
    for net, side, least in ((second, 24, thresholds[1]), (third, 48, thresholds[2])):
        if len(boxes) == 0:
            break
        square = _square(boxes)
        scores, shifts, points = (_third if side == 48 else _second)(net, _cut(picture, square, side))
        keep = scores >= least
        square, scores, shifts, points = square[keep], scores[keep], shifts[keep], points[keep]
        at = square[:, :2, None].transpose(1, 2) + points * (square[:, 2:4] - square[:, :2])[:, None]
        boxes = torch.cat([_moved(square, shifts), scores[:, None], at.flatten(1)], 1)
        boxes = boxes[_apart(boxes, 0.7)]
    if len(boxes) == 0:
        return np.zeros((0, 15), np.float32)
    boxes = boxes[_apart(boxes, 0.4)]
    boxes[:, 2:4] -= boxes[:, :2]
    return np.asarray(boxes.numpy(), np.float32)


def _proposed(net: Weights, picture: Frame, least_px: float, least: float) -> Tensor:
    """Windows [N, 5] (x0, y0, x1, y1, score) that the first network thinks well of, at all scales."""
    found, scale = [], CELL / max(float(least_px), CELL)
    h, w = picture.shape[:2]
    while min(h, w) * scale >= CELL:
        size = (int(w * scale + 1), int(h * scale + 1))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        chances, shifts = _first(net, _told(small[None]))
        y, x = torch.nonzero(chances >= least, as_tuple=True)
        scores = chances[y, x]
        corner = torch.stack([x, y], 1) * float(STRIDE)
        windows = torch.cat([corner / scale, (corner + CELL) / scale], 1)
        boxes = torch.cat([_moved(windows, shifts[:, y, x].T), scores[:, None]], 1)
        boxes = boxes[scores.argsort(descending=True, stable=True)[:MOST]]
        found.append(boxes[_apart(boxes, 0.5)])
        scale *= SHRINK
    if not found:
        return torch.zeros(0, 5)
    boxes = torch.cat(found)
    return boxes[_apart(boxes, 0.7)][:MOST]


def _first(net: Weights, x: Tensor) -> tuple[Tensor, Tensor]:
    """[1, 3, h, w] -> chances [h', w'], shifts of the corners [4, h', w']."""
    x = F.max_pool2d(_conv(net, x, 1), 2, 2, ceil_mode=True)
    x = _conv(net, _conv(net, x, 2), 3)
    chance = F.conv2d(x, net["conv4_1.weight"], net["conv4_1.bias"]).softmax(1)[0, 1]
    return chance, F.conv2d(x, net["conv4_2.weight"], net["conv4_2.bias"])[0]


def _second(net: Weights, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """[N, 3, 24, 24] -> chances [N], shifts [N, 4], no points [N, 0, 2]."""
    x = F.max_pool2d(_conv(net, x, 1), 3, 2, ceil_mode=True)
    x = F.max_pool2d(_conv(net, x, 2), 3, 2, ceil_mode=True)
    x = _dense(net, _conv(net, x, 3), 4)
    return _linear(net, x, "dense5_1").softmax(1)[:, 1], _linear(net, x, "dense5_2"), x.new_zeros(len(x), 0, 2)


def _third(net: Weights, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """[N, 3, 48, 48] -> chances [N], shifts [N, 4], points [N, 5, 2] as shares of the window."""
    x = F.max_pool2d(_conv(net, x, 1), 3, 2, ceil_mode=True)
    x = F.max_pool2d(_conv(net, x, 2), 3, 2, ceil_mode=True)
    x = F.max_pool2d(_conv(net, x, 3), 2, 2, ceil_mode=True)
    x = _dense(net, _conv(net, x, 4), 5)
    points = _linear(net, x, "dense6_3").view(-1, 2, 5).transpose(1, 2)
    return _linear(net, x, "dense6_1").softmax(1)[:, 1], _linear(net, x, "dense6_2"), points


def _conv(net: Weights, x: Tensor, number: int) -> Tensor:
    made = F.conv2d(x, net[f"conv{number}.weight"], net[f"conv{number}.bias"])
    return F.prelu(made, net[f"prelu{number}.weight"])


def _dense(net: Weights, x: Tensor, number: int) -> Tensor:
    flat = x.permute(0, 3, 2, 1).flatten(1)  # columns before rows: so the weights were stored
    return F.prelu(_linear(net, flat, f"dense{number}"), net[f"prelu{number}.weight"])


def _linear(net: Weights, x: Tensor, name: str) -> Tensor:
    return F.linear(x, net[f"{name}.weight"], net[f"{name}.bias"])


def _moved(windows: Tensor, shifts: Tensor) -> Tensor:
    """Corners [N, 4] moved by shares of the width and the height."""
    sides = windows[:, 2:4] - windows[:, :2]
    return windows[:, :4] + shifts * torch.cat([sides, sides], 1)


def _square(boxes: Tensor) -> Tensor:
    """[N, 4]: with the same middle, and as wide as high as the longer side."""
    half = (boxes[:, 2:4] - boxes[:, :2]).amax(1, keepdim=True) / 2
    middle = (boxes[:, 2:4] + boxes[:, :2]) / 2
    return torch.cat([middle - half, middle + half], 1)


def _cut(picture: Frame, square: Tensor, side: int) -> Tensor:
    """[N, 3, side, side] out of the picture; what lies outside is middle grey."""
    h, w = picture.shape[:2]
    parts = np.full((len(square), side, side, 3), 127, np.uint8)
    for part, (x0, y0, x1, y1) in zip(parts, square.round().int().tolist(), strict=True):
        inside = picture[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
        if min(inside.shape[:2]) < 1:
            continue
        edges = (max(0, -y0), max(0, y1 - h), max(0, -x0), max(0, x1 - w))
        whole = cv2.copyMakeBorder(inside, *edges, cv2.BORDER_CONSTANT, value=(127, 127, 127)) if any(edges) else inside
        part[:] = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA)
    return _told(parts)


def _told(pictures: Frame) -> Tensor:
    """[N, h, w, 3] sRGB as the networks were taught it: [N, 3, h, w], -1 to 1."""
    return (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() - 127.5) / 128


def _apart(boxes: Tensor, most: float) -> Tensor:
    """Which of boxes [N, 5+] to keep, the surest first, so that no two share more than `most` of their union."""
    order = boxes[:, 4].argsort(descending=True, stable=True)
    x0, y0, x1, y1 = boxes[order, :4].T.numpy()
    area, keep = (x1 - x0) * (y1 - y0), []
    left = np.arange(len(order))
    while len(left):
        i, left = left[0], left[1:]
        keep.append(int(i))
        across = np.minimum(x1[i], x1[left]) - np.maximum(x0[i], x0[left])
        down = np.minimum(y1[i], y1[left]) - np.maximum(y0[i], y0[left])
        shared = np.clip(across, 0, None) * np.clip(down, 0, None)
        left = left[shared <= most * (area[i] + area[left] - shared)]
    return order[torch.tensor(keep, dtype=torch.long)]
