"""How near things are in one picture, without weights: cues that hold for most photographs, made to follow edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from skimage.segmentation import slic

from engine.vision.camera2d import Frame
from engine.vision.saliency import Map, shrunk, unit

SIDE = 320
"""pixels of the longer side at which depth is estimated"""
PIECES = 220
FAR_COLOUR = 22.0
"""steps of colour (8-bit Lab) on the way from the border after which a piece is surely apart from it"""
SHARP, CLEAR = 0.10, 0.06
"""weights of the lesser cues against 1 for the place in the picture; chosen by hand on photographs"""


def estimate(picture: Frame) -> Map:
    """[h, w] at most 320 pixels long, 0 far to 1 near.

    The ground comes nearer towards the lower edge; what differs from the picture's borders (geodesic saliency, Wei et
    al. 2012) stands upright on it, all of it as near as its foot. What is in focus and what no haze veils (dark
    channel, He et al. 2009) is a little nearer. It is a guess, good for gentle parallax.
    """
    small = shrunk(picture, SIDE)
    if float(small.std((0, 1)).max()) < 1.0:
        return np.full(small.shape[:2], 0.5, np.float32)
    h, w = small.shape[:2]
    low = np.repeat(np.linspace(0, 1, h, dtype=np.float32)[:, None], w, 1)
    upright = apart(small)
    mixed = low + upright * (1.0 - low) + SHARP * sharp(small) + CLEAR * clear(small)
    guide = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return unit(guided(guide, unit(mixed), max(4, SIDE // 24), 4e-3))


def apart(picture: Frame) -> Map:
    """How far a piece is, in colour, from the top and the sides of the picture by the shortest way."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    labels = slic(picture, n_segments=PIECES, compactness=12, start_label=0, enforce_connectivity=True)
    count = int(labels.max()) + 1
    if count < 2:
        return np.zeros(labels.shape, np.float32)
    area = np.bincount(labels.ravel(), minlength=count)
    colour = np.stack([np.bincount(labels.ravel(), lab[..., c].ravel(), count) / area for c in range(3)], 1)
    pairs = np.concatenate([_pairs(labels[:, :-1], labels[:, 1:]), _pairs(labels[:-1], labels[1:])])
    pairs = np.unique(np.sort(pairs, 1), axis=0)
    length = np.linalg.norm(colour[pairs[:, 0]] - colour[pairs[:, 1]], axis=1)
    length = np.maximum(length - 6.0, 0.0) + 0.05  # the slow change of a sky is no way; 0 would be no edge
    graph = coo_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    low = 2 * labels.shape[0] // 3
    border = np.unique(np.concatenate([labels[0], labels[:low, 0], labels[:low, -1]]))
    away = dijkstra(graph, directed=False, indices=border, min_only=True)
    return unit((1.0 - np.exp(-away / FAR_COLOUR)).astype(np.float32)[labels])


def _pairs(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    both = np.stack([a.ravel(), b.ravel()], 1)
    out: NDArray[np.int64] = both[both[:, 0] != both[:, 1]]
    return out


def sharp(picture: Frame) -> Map:
    """Focus: how much of an edge another blur takes away (Zhuo and Sim 2011), spread from the edges over the areas."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, coarse = _edges(cv2.GaussianBlur(grey, (0, 0), 0.7)), _edges(cv2.GaussianBlur(grey, (0, 0), 2.0))
    ratio = np.clip(fine / (coarse + 1.0), 0, 4)
    weight = fine + 0.5
    sigma = 0.05 * max(grey.shape)
    spread = cv2.GaussianBlur(ratio * weight, (0, 0), sigma) / cv2.GaussianBlur(weight, (0, 0), sigma)
    return unit(spread)


def _edges(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    length: NDArray[np.float32] = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    return length


def clear(picture: Frame) -> Map:
    """The opposite of haze: the darkest channel nearby is dark."""
    dark = cv2.erode(picture.min(-1), np.ones((9, 9), np.uint8)).astype(np.float32)
    return unit(255.0 - cv2.GaussianBlur(dark, (0, 0), 4.0))


def guided(guide: Map, values: Map, radius: int, epsilon: float) -> Map:
    """Smoothed within areas, sharp at the guide's edges (guided filter, He et al. 2010)."""
    box = (2 * radius + 1, 2 * radius + 1)
    mean, wanted = cv2.blur(guide, box), cv2.blur(values, box)
    spread = cv2.blur(guide * guide, box) - mean * mean
    together = cv2.blur(guide * values, box) - mean * wanted
    slope = together / (spread + epsilon)
    level = wanted - slope * mean
    out: Map = cv2.blur(slope, box) * guide + cv2.blur(level, box)
    return out
