"""A picture with depth seen from another camera: exact where both depths are known, and lifted off one picture.

Depth [H, W] is measured along the camera's axis in scene units; pixel (column, row) is known at its centre.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.camera3d import View, matrix

Frame = NDArray[np.uint8]
Map = NDArray[np.float32]
APART = 0.02
"""share of the depth by which two surfaces must differ to be two"""
STEP = 0.06
"""jump of depth between neighbouring pixels, as a share, that is the edge of a thing"""
REACH = 0.10
"""share of the picture's height that a plate goes on behind what stands before it"""
CROP = 0.90
"""how much of a lifted picture the camera sees at rest: the rest is for moving about"""


def grid(size: tuple[int, int], fov: float) -> Map:
    """[H, W, 3]: where the ray of every pixel is at depth 1, in the camera's own axes (right, up, back)."""
    w, h = size
    half = np.tan(np.deg2rad(fov) / 2)
    xs = ((np.arange(w) + 0.5) * 2 / h - w / h) * half
    ys = (1 - (np.arange(h) + 0.5) * 2 / h) * half
    x, y = np.meshgrid(xs, ys)
    return np.stack([x, y, np.full_like(x, -1.0)], -1).astype(np.float32)


def points(depth: Map, view: View) -> Map:
    """[H, W, 3]: what every pixel shows, in the world."""
    h, w = depth.shape
    local = grid((w, h), view.fov) * depth[..., None]
    out: Map = local @ matrix(view.turn).T.astype(np.float32) + view.eye.astype(np.float32)
    return out


def onto(world: Map, view: View, size: tuple[int, int]) -> tuple[Map, Map]:
    """world [..., 3] -> pixels [..., 2] (columns, rows; pixel (0, 0) has its centre at 0, 0) and depth [...].

    What lies behind the camera has a depth of at most 0 and pixels that mean nothing."""
    w, h = size
    local = (world - view.eye.astype(np.float32)) @ matrix(view.turn).astype(np.float32)
    depth = -local[..., 2]
    scale = h / (2 * np.tan(np.deg2rad(view.fov) / 2)) / np.where(depth > 1e-6, depth, np.inf)
    x = local[..., 0] * scale + w / 2 - 0.5
    y = h / 2 - 0.5 - local[..., 1] * scale
    return np.stack([x, y], -1).astype(np.float32), depth.astype(np.float32)


def motion(depth: Map, view: View, before: View) -> tuple[Map, Map]:
    """Where each pixel of the picture with this depth was in another view: pixels [H, W, 2], and its depth there."""
    return onto(points(depth, view), before, (depth.shape[1], depth.shape[0]))


def backward(
    source: NDArray[np.generic], source_depth: Map, source_view: View, depth: Map, view: View
) -> tuple[NDArray[np.generic], Map]:
    """What `view`, whose depth is known, shows of the source [H, W, C]; and seen [H, W]: 1 where the source saw the
    same surface, 0 where something stood before it or it was out of the picture. Any sizes."""
    h, w = source_depth.shape
    place, expected = onto(points(depth, view), source_view, (w, h))
    x, y = np.ascontiguousarray(place[..., 0]), np.ascontiguousarray(place[..., 1])
    picture = cv2.remap(source, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    # a slanted surface changes within a pixel: any depth between the neighbours' is the same surface
    box = np.ones((3, 3), np.uint8)
    far = cv2.remap(cv2.dilate(source_depth, box), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    near = cv2.remap(cv2.erode(source_depth, box), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    apart = APART * np.abs(expected)
    same = (expected > near - apart) & (expected < far + apart) & (far - near < 4 * STEP * far)
    inside = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1) & (expected > 0)
    return picture.reshape(*depth.shape, *source.shape[2:]), (same & inside).astype(np.float32)


def splatted(depth: Map, view: View, to: View, size: tuple[int, int]) -> Map:
    """The depth that the surface of `view` has from another camera, [H, W]; 0 where it shows nothing.

    Every pixel is four points; the nearest one counts, and cracks between points are closed."""
    w, h = depth.shape[1], depth.shape[0]
    fine = cv2.resize(depth, (2 * w, 2 * h), interpolation=cv2.INTER_NEAREST)
    place, far = onto(points(fine, view), to, size)
    column, row = np.rint(place[..., 0]).astype(np.int64), np.rint(place[..., 1]).astype(np.int64)
    good = (far > 1e-3) & (column >= 0) & (column < size[0]) & (row >= 0) & (row < size[1])
    out = np.full(size[0] * size[1], np.inf, np.float32)
    np.minimum.at(out, row[good] * size[0] + column[good], far[good])
    flat = out.reshape(size[1], size[0])
    filled = cv2.medianBlur(np.where(np.isfinite(flat), flat, 0).astype(np.float32), 3)
    # a far point that shows through a near surface, and a crack, are both put right by their neighbours
    cracked = ~np.isfinite(flat) | ((filled > 0) & (flat > filled * (1 + STEP)))
    return np.where(cracked, filled, flat).astype(np.float32)


def forward(
    picture: Frame, depth: Map, view: View, to: View, size: tuple[int, int] | None = None
) -> tuple[Frame, Map, Map]:
    """The picture [H, W, 3] as another camera sees it, its depth [H, W], and seen [H, W]: 0 in the holes."""
    size = size or (picture.shape[1], picture.shape[0])
    there = splatted(depth, view, to, size)
    seen = (there > 0).astype(np.float32)
    place, _ = onto(points(there, to), view, (picture.shape[1], picture.shape[0]))
    x, y = np.ascontiguousarray(place[..., 0]), np.ascontiguousarray(place[..., 1])
    shown = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.where(seen[..., None] > 0, shown, 0).astype(np.uint8), there, seen


def spread(values: NDArray[np.generic], weight: Map) -> Map:
    """values [H, W, C] where weight is more than 0, flowing smoothly into where it is 0 (push and pull over a pyramid,
    Gortler et al. 1996)."""
    start = np.asarray(values, np.float32)
    start = start if start.ndim == 3 else start[..., None]
    sums: list[Map] = [start * weight[..., None]]
    weights = [weight]
    while min(weights[-1].shape) > 2:
        half = ((sums[-1].shape[1] + 1) // 2, (sums[-1].shape[0] + 1) // 2)
        small = cv2.resize(sums[-1], half, interpolation=cv2.INTER_AREA)
        sums.append(small if small.ndim == 3 else small[..., None])
        weights.append(cv2.resize(weights[-1], half, interpolation=cv2.INTER_AREA))
    out = (sums[-1] / np.maximum(weights[-1], 1e-6)[..., None]).astype(np.float32)
    for total, much in zip(sums[-2::-1], weights[-2::-1], strict=True):
        up = cv2.resize(out, (total.shape[1], total.shape[0]), interpolation=cv2.INTER_LINEAR)
        up = up if up.ndim == 3 else up[..., None]
        share = np.clip(much, 0, 1)[..., None]
        out = (total / np.maximum(much, 1e-6)[..., None] * share + up * (1 - share)).astype(np.float32)
    return np.asarray(out)


@dataclass(frozen=True, slots=True, eq=False)
class Lifted:
    """A picture with depth, and the plate behind it: what goes on where near things stand before it. At rest the
    camera sees the middle of it (CROP)."""

    picture: Frame
    depth: Map
    plate: Frame
    plate_depth: Map
    view: View

    @property
    def fov(self) -> float:
        """Of a camera at rest, degrees."""
        return float(2 * np.rad2deg(np.arctan(CROP * np.tan(np.deg2rad(self.view.fov) / 2))))


def lift(picture: Frame, depth: Map, fov: float = 50.0) -> Lifted:
    """picture [H, W, 3] and its depth, any size, made to fit. The camera stands at the origin and looks along -z."""
    h, w = picture.shape[:2]
    if depth.shape != (h, w):
        depth = cv2.resize(depth, (w, h), interpolation=cv2.INTER_LINEAR)
    deep = np.ascontiguousarray(crisp(depth.astype(np.float32)))
    hidden, far_side = behind_edges(deep, REACH * h)
    sure = far_side.astype(np.float32)
    if not hidden.any() or not far_side.any():
        hidden = np.zeros_like(hidden)
    plate = np.where(hidden[..., None], spread(picture, sure), picture)
    flat = spread(deep, sure)[..., 0]
    plate_depth = np.where(hidden, np.maximum(flat, deep), deep)
    view = View(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]), fov)
    return Lifted(picture, deep, _noisy(plate, picture, hidden), plate_depth.astype(np.float32), view)


def behind_edges(depth: Map, reach: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of the surroundings [H, W] of every jump of depth, `reach` pixels deep: the near side, behind which something
    may go on, and the far side, which tells what."""
    box = np.ones((3, 3), np.uint8)
    near, far = cv2.erode(depth, box), cv2.dilate(depth, box)
    edge = far - near > STEP * far
    if not edge.any():
        return edge, edge
    away, label = cv2.distanceTransformWithLabels(
        (~edge).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    middles = np.zeros(int(label.max()) + 1, np.float32)
    middles[label[edge]] = np.sqrt(near * far)[edge]
    before = depth < middles[label]
    # the pixels at an edge itself have something of both
    return before & (away < reach), ~before & (away > 2) & (away < 2 * reach)


def crisp(depth: Map) -> Map:
    """Soft edges made steps: between two surfaces there is nothing that could be drawn out like rubber."""
    box = np.ones((5, 5), np.uint8)
    near, far = cv2.erode(depth, box), cv2.dilate(depth, box)
    stepped = np.where(depth - near < far - depth, near, far)
    return np.where(far - near > 2 * STEP * far, stepped, depth).astype(np.float32)


def _noisy(plate: Map, picture: Frame, hidden: NDArray[np.bool_]) -> Frame:
    """The smooth fill with the grain of the picture: a place without any looks painted over."""
    grain = picture.astype(np.float32) - cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 2.0)
    rolled = np.roll(grain, (grain.shape[0] // 3, grain.shape[1] // 3), (0, 1))
    return np.clip(np.where(hidden[..., None], plate + 0.5 * np.clip(rolled, -24, 24), plate), 0, 255).astype(np.uint8)


def seen_by(lifted: Lifted, view: View, size: tuple[int, int]) -> tuple[Frame, Map]:
    """The lifted picture from a camera: the plate, and before it the picture; [H, W, 3] and depth [H, W]."""
    front, front_depth, seen = forward(lifted.picture, lifted.depth, lifted.view, view, size)
    back, back_depth, behind = forward(lifted.plate, lifted.plate_depth, lifted.view, view, size)
    edge = cv2.GaussianBlur(cv2.erode(seen, np.ones((3, 3), np.uint8), borderValue=1), (0, 0), 0.8)
    there = np.maximum(seen, behind)
    share = np.where(behind > 0, np.minimum(edge, seen), seen)[..., None]
    shown = front * share + back * (1 - share)
    if (there == 0).any():
        shown = np.where(there[..., None] > 0, shown, spread(shown, there))
    depth = np.where(seen > 0, front_depth, back_depth)
    depth = np.where(there > 0, depth, spread(depth, there)[..., 0])
    return np.clip(shown + 0.5, 0, 255).astype(np.uint8), depth.astype(np.float32)


def flown(lifted: Lifted, views: Iterable[View], size: tuple[int, int]) -> Iterator[tuple[Frame, Map, View]]:
    """The lifted picture along a path: frame, depth and view of each."""
    for view in views:
        frame, depth = seen_by(lifted, view, size)
        yield frame, depth, view
