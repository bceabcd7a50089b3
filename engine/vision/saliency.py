"""What the eye goes to in a picture: saliency from spectrum, colour and entropy; faces; points of interest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.filters.rank import entropy
from skimage.morphology import disk

from engine.vision import faces as detector
from engine.vision.camera2d import Frame

Map = NDArray[np.float32]
"""[h, w], 0-1"""
SIDE = 160
"""pixels of the longer side at which is looked"""
EDGE = 0.25
"""what is nearer to the picture's edge than this share of half its length counts less: a camera cannot centre it"""
ABOVE = 0.12
"""a face lies so far above the middle of what is shown, in heights"""
WHOLE = 0.97
"""share of a side that is shown from which on it does not matter what is cut"""
APART = 0.22
"""least distance of two points, as a share of the diagonal"""


@dataclass(frozen=True, slots=True)
class Point:
    """x, y: 0-1 of the picture; weight: 0-1; radius: of what is there, as a share of the picture's shorter side."""

    x: float
    y: float
    weight: float
    radius: float
    kind: str
    """face or detail"""


def shrunk(picture: Frame, side: int = SIDE) -> Frame:
    """The picture with its longer side at most `side` pixels, never less than 8 each way."""
    h, w = picture.shape[:2]
    scale = min(1.0, side / max(h, w))
    size = max(8, round(w * scale)), max(8, round(h * scale))
    out: Frame = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return out


def spectral(grey: NDArray[np.float32]) -> Map:
    """Spectral residual (Hou and Zhang 2007): what the smooth log spectrum of a picture does not foretell."""
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    spectrum = np.fft.fft2(small)
    amplitude = np.log(np.abs(spectrum) + 1e-6).astype(np.float32)
    residual = amplitude - cv2.blur(amplitude, (3, 3))
    back = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    smooth = cv2.GaussianBlur(back.astype(np.float32), (0, 0), 2.5)
    return unit(cv2.resize(smooth, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_CUBIC))


def contrast(picture: Frame) -> Map:
    """Colours far from the mean colour (frequency-tuned saliency, Achanta et al. 2009)."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    fine = cv2.GaussianBlur(lab, (0, 0), 1.5)
    return unit(np.linalg.norm(fine - lab.mean((0, 1)), axis=-1))


def busy(grey: NDArray[np.float32]) -> Map:
    """Local entropy: how much there is to see."""
    eight = np.clip(grey, 0, 255).astype(np.uint8)
    return unit(cv2.GaussianBlur(entropy(eight, disk(5)).astype(np.float32), (0, 0), 3.0))


def saliency(picture: Frame) -> Map:
    """[h, w] at most 160 pixels long: all three together, the middle a little favoured."""
    small = shrunk(picture)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if float(grey.std()) < 1.0 and float(small.std((0, 1)).max()) < 1.0:
        return np.zeros(grey.shape, np.float32)
    found = 0.4 * spectral(grey) + 0.35 * contrast(small) + 0.25 * busy(grey)
    h, w = grey.shape
    y, x = np.abs(np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j])
    middle = (1.0 - 0.25 * (x * x + y * y)) * np.clip((1.0 - np.maximum(x, y)) / EDGE, 0.1, 1.0)
    return unit(found * middle)


def faces(picture: Frame) -> list[Point]:
    """Faces, the largest first (engine/vision/faces.py, the sure ones)."""
    h, w = picture.shape[:2]
    found = []
    for face in detector.find(picture, sure=True):
        x, y, width, height = face.box
        found.append(Point((x + width / 2) / w, (y + height / 2) / h, 1.0, width / 2 / min(h, w), "face"))
    return found


def points(picture: Frame, count: int) -> list[Point]:
    """At most `count` points of interest, the most interesting first: faces, then peaks of saliency, well apart."""
    attention = cv2.GaussianBlur(saliency(picture), (0, 0), 0.04 * SIDE)
    found = faces(picture)[:count]
    h, w = attention.shape
    y, x = np.mgrid[0.5 / h : 1 - 0.5 / h : h * 1j, 0.5 / w : 1 - 0.5 / w : w * 1j]
    for point in found:
        attention = attention * _far(x, y, point.x, point.y, w / h)
    while len(found) < count:
        at = int(attention.argmax())
        best = float(attention.flat[at])
        if best < 0.08:
            break
        px, py = float(x.flat[at]), float(y.flat[at])
        found.append(Point(px, py, min(1.0, best), 0.2, "detail"))
        attention = attention * _far(x, y, px, py, w / h)
    return found


def framed(picture: Frame, size: tuple[int, int]) -> Frame:
    """The picture cut to the shape of `size` = (W, H): around the largest face where there is one, else the middle."""
    h, w = picture.shape[:2]
    cut_w, cut_h = min(w, round(h * size[0] / size[1])), min(h, round(w * size[1] / size[0]))
    cut_w, cut_h = max(1, cut_w), max(1, cut_h)
    x, y = (w - cut_w) // 2, (h - cut_h) // 2
    if min(cut_w / w, cut_h / h) < WHOLE:
        for face in faces(picture)[:1]:
            x = min(max(0, round(face.x * w - cut_w / 2)), w - cut_w)
            y = min(max(0, round(face.y * h - cut_h * (0.5 - ABOVE))), h - cut_h)
    return np.ascontiguousarray(picture[y : y + cut_h, x : x + cut_w])


def _far(x: NDArray[np.float64], y: NDArray[np.float64], px: float, py: float, shape: float) -> Map:
    """0 near the point, 1 from about twice APART on."""
    square = ((x - px) * shape) ** 2 + (y - py) ** 2
    width = APART * math.hypot(shape, 1.0)
    return (1.0 - np.exp(-((square / width**2) ** 2))).astype(np.float32)


def unit(values: NDArray[np.float32]) -> Map:
    """Stretched to 0-1 between its 1 % and 99 % points; all 0 where there is no difference."""
    low, high = np.percentile(values, [1, 99])
    if high - low < 1e-9:
        return np.zeros(values.shape, np.float32)
    out: Map = np.clip((values - low) / (high - low), 0, 1).astype(np.float32)
    return out
