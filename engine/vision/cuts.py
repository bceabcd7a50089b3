"""Scene cuts: where two frames that follow each other show different things, so that nothing in between is right."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.flow import Frame, both, consistent, luma, warp

WIDTH = 128
"""pixels at which frames are compared"""
LIKE = 0.5
"""least local correlation of pixels that show the same thing"""
EXPLAINED = 0.25
"""share of the picture that must be found again in the other; photographs of other things: 0.12 at most, the fastest
motion that the flow follows: 0.4 and more"""
CHANGED = 0.55
"""mean change by the contrast (standard deviation) of the pictures below which it is one shot, however it swirls"""
COLOURS = 0.65
"""Hellinger distance of the histograms, squared, from which a picture is another, whatever its forms"""


def is_cut(a: Frame, b: Frame) -> bool:
    """True where b [H, W, 3] does not go on from a: another shot, a flash, or a jump too far to be followed.

    Motion, zoom, fades of up to a half, dissolves and noise are no cuts."""
    a, b = _small(a), _small(b)
    change = float(np.abs(a.astype(np.float32) - b.astype(np.float32)).mean())
    if change > CHANGED * max(float(a.std()), float(b.std())) and change > 2.0:
        return explained(a, b) < EXPLAINED or colours(a, b) > COLOURS
    return False


def explained(a: Frame, b: Frame) -> float:
    """Share 0-1 of the pixels that the flow finds again in the other picture, both ways and alike; the worse way."""
    forward, backward = both(luma(a), luma(b))
    ways = ((luma(a), luma(b), forward, backward), (luma(b), luma(a), backward, forward))
    shares = [consistent(to, back, 1.5) & (_alike(one, warp(other, to)) > LIKE) for one, other, to, back in ways]
    return float(min(share.mean() for share in shares))


def colours(a: Frame, b: Frame) -> float:
    """1 - Bhattacharyya coefficient of the RGB histograms (6 bins a channel, smoothed), 0-1."""
    first, second = (_histogram(x) for x in (a, b))
    return float(1.0 - np.sqrt(first * second).sum())


def _histogram(picture: Frame) -> NDArray[np.float64]:
    counts = cv2.calcHist([picture], [0, 1, 2], None, [6, 6, 6], [0.0, 256.0] * 3)
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if i == axis else (0, 0) for i in range(3)], mode="edge")
        counts = sum(w * padded.take(range(s, s + 6), axis) for s, w in ((0, 0.25), (1, 0.5), (2, 0.25)))
    return np.asarray(counts / counts.sum(), np.float64)


def _alike(a: Frame, b: Frame) -> NDArray[np.float32]:
    """Correlation in windows of 9 by 9 pixels [H, W]; less than 1 where the contrast differs; flat to flat is 1."""
    x, y = (v.astype(np.float32) - cv2.blur(v.astype(np.float32), (9, 9)) for v in (a, b))
    power = cv2.blur(x * x + y * y, (9, 9)) / 2
    return np.asarray((cv2.blur(x * y, (9, 9)) + 4.0) / (power + 4.0), np.float32)


def _small(picture: Frame) -> Frame:
    height, width = picture.shape[:2]
    if width <= WIDTH:
        return picture
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
