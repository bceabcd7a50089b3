"""Pictures with a hole, filled from what is around it: diffusion (Telea 2004) for cracks, for more whole patches of the
rest, those at strong edges first (Criminisi et al. 2004)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.patches import Spots, cut, grid

Frame = NDArray[np.uint8]
Hole = NDArray[np.bool_]
"""[H, W], true where the picture is not known"""
CRACK = 3.0
"""pixels from the edge: what is nowhere deeper than that is filled by diffusion"""
PATCH = 11
"""pixels a side, at the size that is worked at"""
WORK = 112
"""pixels: the longer side of the hole that is worked at; larger holes are worked at a whole fraction of their size"""
READ = 8000
"""patches around the hole that are looked through, about"""
NEAR = 0.001
"""squared grey levels that a pixel of distance, squared, counts for: what is near is more alike"""


def telea(picture: Frame, hole: Hole, radius: float = 3.0) -> Frame:
    """Diffusion from the edge; good for cracks, fog for more."""
    return np.asarray(cv2.inpaint(picture, hole.astype(np.uint8), radius, cv2.INPAINT_TELEA), np.uint8)


def filled(picture: Frame, hole: Hole) -> Frame:
    """picture [H, W, 3] with its hole filled; the same everywhere else. Without anything around it, grey."""
    if not hole.any():
        return picture
    if hole.all():
        return np.full_like(picture, 128)
    depth = cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), cv2.DIST_L2, 3)
    if float(depth.max()) <= CRACK:
        return telea(picture, hole)
    out, (rows, columns) = picture.copy(), surroundings(hole)
    part = patched(picture[rows, columns], hole[rows, columns])
    inside = hole[rows, columns]
    out[rows, columns][inside] = part[inside]
    return out


def surroundings(hole: Hole, margin: float = 1.0, least: int = 48) -> tuple[slice, slice]:
    """Rows and columns of the hole and as much again (margin) on every side, at least `least` pixels."""
    found = []
    for axis in (1, 0):
        line = np.flatnonzero(hole.any(axis=axis))
        first, last = int(line[0]), int(line[-1]) + 1
        more = max(least, round(margin * (last - first)))
        found.append(slice(max(0, first - more), min(hole.shape[1 - axis], last + more)))
    return found[0], found[1]


def patched(picture: Frame, hole: Hole) -> Frame:
    """The hole filled with copies of patches of the rest; by diffusion where there is no whole patch."""
    rows, columns = surroundings(hole, 0.0, 0)
    longest = max(rows.stop - rows.start, columns.stop - columns.start)
    factor = max(1, -(-longest // WORK))
    down, right = (-length % factor for length in hole.shape)
    whole = cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE)
    missing = np.pad(hole, ((0, down), (0, right)), mode="edge")
    small, small_hole = _smaller(whole.astype(np.float32), missing, factor)
    work = Work.of(small, small_hole)
    if work is None:
        return telea(picture, hole)
    out = np.asarray(whole).copy()
    while work.hole.any():
        target, source, new = work.step()
        y, x, v, u = (factor * int(n) for n in (*target, *source))
        side = factor * PATCH
        wanted = np.kron(new, np.ones((factor, factor), bool)) & missing[y : y + side, x : x + side]
        out[y : y + side, x : x + side][wanted] = out[v : v + side, u : u + side][wanted]
    return out[: hole.shape[0], : hole.shape[1]]


@dataclass(slots=True)
class Work:
    """A picture that is being filled."""

    picture: NDArray[np.float32]
    hole: Hole
    sure: NDArray[np.float32]
    """[H, W], 0-1: how much of what is around each pixel was known when it was set"""
    spots: Spots
    patches: NDArray[np.float32]
    """[M, d]: those without a hole, at `spots`"""
    squares: NDArray[np.float32]

    @classmethod
    def of(cls, picture: NDArray[np.float32], hole: Hole) -> Work | None:
        """None where no whole patch is known."""
        if min(hole.shape) < PATCH:
            return None
        spots = grid(hole.shape, PATCH, 1)
        sums = cv2.integral(hole.astype(np.uint8))
        y, x = spots[:, 0], spots[:, 1]
        inside = sums[y + PATCH, x + PATCH] - sums[y, x + PATCH] - sums[y + PATCH, x] + sums[y, x]
        spots = spots[inside == 0]
        if len(spots) == 0:
            return None
        spots = spots[:: max(1, len(spots) // READ)]
        patches = cut(picture, spots, PATCH)
        return cls(picture.copy(), hole.copy(), (~hole).astype(np.float32), spots, patches, np.square(patches))

    def step(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Hole]:
        """Fill the patch that is best known and has the strongest edge: (its corner, its source's, the new pixels)."""
        target = self._most_urgent()
        y, x = int(target[0]), int(target[1])
        part, missing = self.picture[y : y + PATCH, x : x + PATCH], self.hole[y : y + PATCH, x : x + PATCH].copy()
        known = np.repeat(~missing[..., None], 3, axis=2).astype(np.float32).ravel()
        wanted = part.ravel() * known
        error = self.squares @ known - 2 * (self.patches @ wanted)
        apart = np.square(self.spots - target).sum(1).astype(np.float32)
        best = int(np.argmin(error + np.float32(NEAR) * float(known.sum()) * apart))
        source = self.spots[best]
        part[missing] = self.patches[best].reshape(PATCH, PATCH, 3)[missing]
        sure = self.sure[y : y + PATCH, x : x + PATCH]
        sure[missing] = float(sure[~missing].mean()) * 0.95
        self.hole[y : y + PATCH, x : x + PATCH] = False
        return target, source, missing

    def _most_urgent(self) -> NDArray[np.int64]:
        rows, columns = surroundings(self.hole, 0.0, PATCH + 2)
        hole, sure = self.hole[rows, columns], self.sure[rows, columns]
        edge = hole & (cv2.erode(np.pad(hole, 1).astype(np.uint8), np.ones((3, 3), np.uint8))[1:-1, 1:-1] == 0)
        edge = edge if edge.any() else hole
        share = cv2.boxFilter(sure, -1, (PATCH, PATCH), borderType=cv2.BORDER_REFLECT)
        grey = self.picture[rows, columns].mean(2)
        gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
        far = cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        gx[far], gy[far] = 0, 0  # edges of the hole itself are none
        strength = cv2.dilate(np.hypot(gx, gy), np.ones((PATCH, PATCH), np.uint8))
        urgency = np.where(edge, share * (strength + 30.0), -1.0)
        y, x = np.unravel_index(int(np.argmax(urgency)), urgency.shape)
        last = np.array(self.hole.shape) - PATCH
        corner = np.array([y + rows.start, x + columns.start]) - PATCH // 2
        return np.asarray(np.clip(corner, 0, last), np.int64)


def _smaller(picture: NDArray[np.float32], hole: Hole, factor: int) -> tuple[NDArray[np.float32], Hole]:
    """Areas averaged over what is known of them; where any of its pixels is missing, all are."""
    if factor == 1:
        return picture, hole
    size = (hole.shape[1] // factor, hole.shape[0] // factor)
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    share = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return small, np.asarray(share > 1e-4)
