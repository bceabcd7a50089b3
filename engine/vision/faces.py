"""Faces in a picture: few misses where consent is asked for, few mistakes where a face is measured.

Two detectors: a cascade of local binary patterns (Liao et al. 2007; it comes with scikit-image, frontal faces alone)
and three small networks (engine/vision/mtcnn.py; only where torch and facenet-pytorch are installed). One more
detector is one more row of DETECTORS.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from skimage.feature import Cascade

Frame = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""x, y of the upper left corner, width, height in pixels"""
SMALLEST, LARGEST = 320, 960
"""pixels of the longer side between which is looked; `sure` looks at LARGEST_SURE at most"""
LARGEST_SURE = 512
CASCADE_SURE, CASCADE = 320, 400
"""the same for the cascade, which is slow; smaller faces are not found"""
VOTES = 0.4
"""share of its looks in which the cascade must find a face; with less it sees some in nearly every photograph"""
FACE_PX, FACE_SURE_PX = 18, 28
"""the smallest face that is looked for, in the picture as it is looked at: 2 % of the longer side, and 5 %"""
LENIENT, STERN = (0.6, 0.7, 0.7), (0.6, 0.7, 0.9)
"""scores from which on each network hands a window on"""
TURNS, TURNED = (-30.0, 30.0, 90.0, -90.0, 180.0), 640
"""degrees by which the picture is turned to look for heads that are not upright; pixels of its longer side then"""
SLIGHT = (0.0, -15.0, 15.0, -30.0, 30.0)
"""the same for the cascade, which sees no more than 10 degrees off"""
SAME = 0.3
"""boxes that share this much of their union, or of the smaller one twice that, are one face"""


@dataclass(frozen=True, slots=True)
class Face:
    """box: pixels of the picture, and may reach over its edge. score: 0-1 of its detector, not of one scale."""

    box: Box
    score: float
    by: str = ""
    """the row of DETECTORS"""
    points: tuple[tuple[float, float], ...] = ()
    """left and right eye (as seen), nose, left and right corner of the mouth; empty where the detector has none"""


Detector = Callable[[Frame, bool], list[Face]]
"""(picture, sure) -> faces, in pixels of the picture; raises whatever goes wrong"""


def find(picture: Frame, sure: bool = False) -> list[Face]:
    """Faces in a picture [h, w, 3] (sRGB) or [h, w], uint8 of any size, the largest first.

    By the best detector that is installed. sure False: as many as can be found, turned and dark ones too, at the price
    of some that are none. sure True: upright ones alone, few of them false, and many times quicker.

    Raises ValueError for anything but such a picture; what a detector raises is not caught: who asks for consent must
    not take a failure for an empty picture.
    """
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
        raise ValueError(f"not a picture uint8 [h, w, 3] or [h, w], but {picture.dtype} {list(picture.shape)}")
    if min(picture.shape[:2]) < 2:
        return []
    colour = np.repeat(picture[..., None], 3, 2) if picture.ndim == 2 else picture
    small, scale = _sized(np.ascontiguousarray(colour), sure)
    found = DETECTORS[installed()[0]](small, sure)
    faces = [_scaled(face, 1 / scale) for face in grouped(found)]
    return sorted(faces, key=lambda face: (-face.box[2] * face.box[3], face.box))


def installed() -> tuple[str, ...]:
    """Rows of DETECTORS that can be used here, the best first."""
    networks = all(importlib.util.find_spec(name) is not None for name in ("torch", "facenet_pytorch"))
    return tuple(name for name in DETECTORS if name != "networks" or networks)


def grouped(found: Sequence[Face]) -> list[Face]:
    """One face for all that overlap: the one of the highest score (of the first detector where they are equal)."""
    kept: list[Face] = []
    for face in sorted(found, key=lambda f: (list(DETECTORS).index(f.by), -f.score)):
        if not any(_same(face.box, other.box) for other in kept):
            kept.append(face)
    return kept


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0-1."""
    shared = _shared(a, b)
    return shared / max(1e-9, a[2] * a[3] + b[2] * b[3] - shared)


def _shared(a: Box, b: Box) -> float:
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, across) * max(0.0, down)


def _same(a: Box, b: Box) -> bool:
    smaller = min(a[2] * a[3], b[2] * b[3])
    return overlap(a, b) > SAME or _shared(a, b) > 2 * SAME * smaller


def _sized(picture: Frame, sure: bool) -> tuple[Frame, float]:
    """The picture as it is looked at, and how many times as large as it was."""
    side = max(picture.shape[:2])
    if side >= SMALLEST:
        return _within(picture, LARGEST_SURE if sure else LARGEST)
    h, w = (max(2, round(n * SMALLEST / side)) for n in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (w, h), interpolation=cv2.INTER_CUBIC), np.uint8), SMALLEST / side


def _within(picture: Frame, most: int) -> tuple[Frame, float]:
    """The picture with a longer side of at most `most` pixels, and how many times as large as it was."""
    side = max(picture.shape[:2])
    if side <= most:
        return picture, 1.0
    h, w = (max(2, round(n * most / side)) for n in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA), np.uint8), most / side


def _scaled(face: Face, scale: float) -> Face:
    x, y, w, h = (scale * v for v in face.box)
    return replace(face, box=(x, y, w, h), points=tuple((scale * px, scale * py) for px, py in face.points))


def _networks(picture: Frame, sure: bool) -> list[Face]:
    from engine.vision import mtcnn  # torch

    if sure:
        return [face for face in _read(mtcnn.find(picture, FACE_SURE_PX)) if face.score > 0.95]
    found = [face for one in (picture, _even(picture)) for face in _read(mtcnn.find(one, FACE_PX, LENIENT))]
    small, scale = _within(picture, TURNED)
    for turn in TURNS:
        turned, back = _turned(small, turn)
        # heads on their side or upside down are rarer than what looks a little like one
        least = LENIENT if abs(turn) <= 30 else STERN
        found += [_scaled(_put_back(face, back), 1 / scale) for face in _read(mtcnn.find(turned, FACE_PX, least))]
    return found


def _read(rows: NDArray[np.float32]) -> list[Face]:
    faces = []
    for x, y, w, h, score, *places in rows.astype(float).tolist():
        points = tuple(zip(places[::2], places[1::2], strict=True))
        faces.append(Face((x, y, w, h), score, "networks", points))
    return faces


@cache
def _patterns() -> Cascade:
    return Cascade(skimage.data.lbp_frontal_face_cascade_filename())


def _cascade(picture: Frame, sure: bool) -> list[Face]:
    """score: how many of the looks found it; sure: as it is and mirrored, at least once each in several windows."""
    if sure:  # slow: at a lower size, and smaller faces not at all
        small, scale = _within(picture, CASCADE_SURE)
        faces = [_scaled(face, 1 / scale) for face in _looked([(small, 0.0, False), (small, 0.0, True)], 4)]
        return [face for face in faces if face.score >= 1.0]
    picture, scale = _within(picture, CASCADE)
    even = _even(picture)
    looks = [(one, turn, False) for one in (picture, even) for turn in SLIGHT] + [(even, 0.0, True)]
    return [_scaled(face, 1 / scale) for face in _looked(looks, 3) if face.score >= VOTES]


def _looked(looks: Sequence[tuple[Frame, float, bool]], neighbours: int) -> list[Face]:
    found: list[Face] = []
    for one, turn, mirror in looks:
        turned, back = _turned(one, turn)
        for face in _windows(turned[:, ::-1] if mirror else turned, neighbours):
            x, y, w, h = face.box
            box = (turned.shape[1] - x - w, y, w, h) if mirror else face.box
            found.append(_put_back(replace(face, box=box), back))
    kept: list[Face] = []
    for face in found:
        if not any(_same(face.box, other.box) for other in kept):
            votes = sum(_same(face.box, other.box) for other in found)
            kept.append(replace(face, score=min(1.0, votes / len(looks))))
    return kept


def _windows(picture: Frame, neighbours: int) -> list[Face]:
    """Frontal faces that are found in so many neighbouring windows."""
    h, w = picture.shape[:2]
    least, most = 24, int(0.9 * min(h, w))
    if most < least:
        return []
    boxes = _patterns().detect_multi_scale(
        np.ascontiguousarray(picture),
        scale_factor=1.2,
        step_ratio=1,
        min_size=(least, least),
        max_size=(most, most),
        min_neighbor_number=neighbours,
    )
    rows = sorted((int(b["c"]), int(b["r"]), int(b["width"]), int(b["height"])) for b in boxes)
    return [Face((float(x), float(y), float(w), float(h)), 0.0, "cascade") for x, y, w, h in rows]


def _even(picture: Frame) -> Frame:
    """With its light evened out (CLAHE), for faces in the dark or against the light."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(3.0, (8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _turned(picture: Frame, degrees: float) -> tuple[Frame, NDArray[np.float64]]:
    """The picture turned about its middle, nothing cut off, and the way back [2, 3]."""
    h, w = picture.shape[:2]
    if degrees == 0:
        return picture, np.eye(2, 3)
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    cos, sin = abs(float(turn[0, 0])), abs(float(turn[0, 1]))
    width, height = round(h * sin + w * cos), round(h * cos + w * sin)
    turn[:, 2] += (width - w) / 2, (height - h) / 2
    made = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(made, np.uint8), np.asarray(cv2.invertAffineTransform(turn), np.float64)


def _put_back(face: Face, back: NDArray[np.float64]) -> Face:
    """From the turned picture to the one before: the middle moves, the sides stay."""
    x, y, w, h = face.box
    cx, cy = (back @ (x + w / 2, y + h / 2, 1.0)).tolist()
    points = tuple((float(p[0]), float(p[1])) for p in (back @ (px, py, 1.0) for px, py in face.points))
    return replace(face, box=(cx - w / 2, cy - h / 2, w, h), points=points)


DETECTORS: dict[str, Detector] = {"networks": _networks, "cascade": _cascade}
"""name -> detector, the best first"""
