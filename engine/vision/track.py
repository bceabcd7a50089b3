"""What stays the same from frame to frame: the camera's motion from tracked corners, and a box that is followed.

Corners: Shi and Tomasi 1994, followed by pyramidal Lucas-Kanade (Bouguet 2000), there and back. The motion is the
simplest of identity, translation, similarity, affinity and homography that explains them. The box: median flow (Kalal
et al. 2010), held to its first look by template matching.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Grey = NDArray[np.uint8]
"""[H, W]"""
Points = NDArray[np.float32]
"""[N, 2], x and y in pixels"""
Transform = NDArray[np.float64]
"""[3, 3]: where a point (x, y, 1) of one picture is in another"""
Box = tuple[float, float, float, float]
"""x, y of the upper left corner, width, height in pixels"""
CORNERS = 400
LEAST = 8
"""corners that a motion is believed on"""
NEAR = 0.8
"""pixels by which a corner may miss the motion it belongs to"""
RETURN = 0.5
"""pixels by which the way there and back may miss"""
STILL = 0.04
"""pixels: less motion than that is none, and nothing need be resampled"""
SURE, LOST = 0.6, 0.3
"""likeness (1 is the same) to the box's look: above it is taken for the new look, below it the box is lost"""
LOOK = 80
"""pixels: the longer side of the box at which it is followed"""
FAR = 48.0
"""root mean square of colours (0-255) that are not alike at all"""


def corners(grey: Grey, seen: Grey, most: int = CORNERS) -> Points:
    """Corners [N, 2] where `seen` [H, W] is not 0."""
    found = cv2.goodFeaturesToTrack(grey, most, 0.01, 7, mask=seen)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def followed(a: Grey, b: Grey, points: Points, guess: Points | None = None) -> tuple[Points, NDArray[np.bool_]]:
    """Where points of a are in b, and which of them the way back brings home."""
    if len(points) == 0:
        return points, np.zeros(0, bool)
    start = points.copy() if guess is None else guess.astype(np.float32)
    there, ok = _pyramids(a, b, points, start)
    back, ok_back = _pyramids(b, a, there, points)
    home = np.linalg.norm(back - points, axis=1) < RETURN
    return there, home & ok & ok_back


def _pyramids(a: Grey, b: Grey, points: Points, start: Points) -> tuple[Points, NDArray[np.bool_]]:
    there, ok, _ = cv2.calcOpticalFlowPyrLK(
        a, b, points, start.copy(), winSize=(21, 21), maxLevel=3, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    return np.asarray(there, np.float32), np.asarray(ok).ravel() > 0


def moved(points: Points, transform: Transform) -> Points:
    """points [N, 2] through a transform."""
    made = np.c_[points.astype(np.float64), np.ones(len(points))] @ transform.T
    return np.asarray(made[:, :2] / made[:, 2:], np.float32)


def between(a: Grey, b: Grey, seen: tuple[Grey, Grey], guess: Transform | None = None) -> Transform | None:
    """The motion of the camera from a to b, from corners where both are `seen`; None where too few are found again."""
    points = corners(a, seen[0])
    there, ok = followed(a, b, points, None if guess is None else moved(points, guess))
    x, y = (np.clip(np.rint(there[:, i]).astype(int), 0, b.shape[1 - i] - 1) for i in (0, 1))
    ok &= seen[1][y, x] > 0
    if int(ok.sum()) < LEAST:
        return None
    return simplest(points[ok], there[ok], (a.shape[1], a.shape[0]))


def simplest(p: Points, q: Points, size: tuple[int, int]) -> Transform | None:
    """The motion with the fewest freedoms that explains p -> q nearly as well as the best does; None if none does."""
    models = [np.eye(3), _shift(p, q), _similar(p, q), _affine(p, q), _homography(p, q)]
    judged = []
    for model in models:
        if model is None or not np.isfinite(model).all() or not _sane(model, size):
            continue
        off = np.linalg.norm(moved(p, model) - q, axis=1)
        near = off < NEAR
        judged.append((model, int(near.sum()), float(off[near].mean()) if near.any() else np.inf))
    most = max((count for _, count, _ in judged), default=0)
    if most < max(LEAST, 0.25 * len(p)):
        return None
    least = min(error for _, count, error in judged if count >= 0.95 * most)
    for model, count, error in judged:
        if count >= 0.95 * most and error <= 1.1 * least + 0.01:
            return model
    return None


def _shift(p: Points, q: Points) -> Transform:
    off = np.median(q - p, axis=0)
    near = np.linalg.norm(q - p - off, axis=1) < NEAR
    out = np.eye(3)
    out[:2, 2] = (q - p)[near].mean(axis=0) if near.any() else off
    return out


def _similar(p: Points, q: Points) -> Transform | None:
    found, _ = cv2.estimateAffinePartial2D(p, q, method=cv2.RANSAC, ransacReprojThreshold=NEAR)
    return None if found is None else np.vstack([found, [0.0, 0.0, 1.0]])


def _affine(p: Points, q: Points) -> Transform | None:
    found, _ = cv2.estimateAffine2D(p, q, method=cv2.RANSAC, ransacReprojThreshold=NEAR)
    return None if found is None else np.vstack([found, [0.0, 0.0, 1.0]])


def _homography(p: Points, q: Points) -> Transform | None:
    found, _ = cv2.findHomography(p, q, cv2.RANSAC, NEAR)
    return None if found is None else np.asarray(found, np.float64)


def _sane(model: Transform, size: tuple[int, int]) -> bool:
    """No picture is turned inside out, nor made many times larger or smaller, between two frames."""
    w, h = size
    frame = moved(np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32), model)
    area = float(cv2.contourArea(frame, oriented=True))
    return bool(cv2.isContourConvex(frame)) and 0.1 < abs(area) / (w * h) < 10 and area > 0


def is_still(transform: Transform, size: tuple[int, int]) -> bool:
    """True where no corner of a picture of size (W, H) moves by what could be seen."""
    w, h = size
    frame = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    return bool(np.abs(moved(frame, transform) - frame).max() < STILL)


@dataclass(frozen=True, slots=True)
class Found:
    """Where the box is in a frame, and how like its look that is (1: the same)."""

    box: Box
    alike: float = 1.0

    @property
    def lost(self) -> bool:
        return self.alike < LOST


def tracked(frames: Iterable[Frame], box: Box) -> Iterator[Found]:
    """The box in each frame, `box` being where it is in the first. Holds two frames.

    Where it will be is guessed twice, by the points in it and by its last motion; its look (in colour, its corners
    left out) decides. A lost box stays where it is and is looked for everywhere."""
    looks: _Looks | None = None
    before: Grey | None = None
    speed = (0.0, 0.0)
    scale = min(1.0, LOOK / max(box[2:]))
    box = tuple(scale * v for v in box)  # type: ignore[assignment]  # four stay four
    for frame in frames:
        size = (max(16, round(frame.shape[1] * scale)), max(16, round(frame.shape[0] * scale)))
        small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else frame
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        found = Found(box)
        if looks is None or before is None:
            looks = _Looks.of(small, box)
        else:
            along = (box[0] + speed[0], box[1] + speed[1], box[2], box[3])
            found = looks.found(small, (pushed(before, grey, box), along))
            speed = (0.0, 0.0) if found.lost else (found.box[0] - box[0], found.box[1] - box[1])
            box = found.box
        before = grey
        x, y, w, h = (v / scale for v in found.box)
        yield Found((x, y, w, h), found.alike)


def pushed(before: Grey, now: Grey, box: Box) -> Box:
    """The box moved and scaled by the median of the points in it."""
    x, y, w, h = box
    steps = (np.arange(12) + 0.5) / 12
    grid = np.stack(np.meshgrid(x + w * steps, y + h * steps), axis=-1).reshape(-1, 2).astype(np.float32)
    inside = (grid[:, 0] > 0) & (grid[:, 1] > 0) & (grid[:, 0] < now.shape[1] - 1) & (grid[:, 1] < now.shape[0] - 1)
    points = grid[inside]
    there, ok = followed(before, now, points)
    if int(ok.sum()) < LEAST:
        return box
    p, q = points[ok], there[ok]
    shift = np.median(q - p, axis=0)
    i, j = np.triu_indices(len(p), 1)
    apart = np.linalg.norm(p[i] - p[j], axis=1)
    far = apart > 0.25 * min(w, h)
    scale = float(np.median(np.linalg.norm(q[i] - q[j], axis=1)[far] / apart[far])) if far.any() else 1.0
    scale = min(1.05, max(0.95, scale))
    cx, cy = x + w / 2 + float(shift[0]), y + h / 2 + float(shift[1])
    return cx - scale * w / 2, cy - scale * h / 2, scale * w, scale * h


@dataclass(slots=True)
class _Looks:
    """The look of the box in the first frame, and in the last one in which it was surely found."""

    first: Frame
    last: Frame

    @classmethod
    def of(cls, frame: Frame, box: Box) -> _Looks:
        look = _cut(frame, box)
        return cls(look, look)

    def found(self, frame: Frame, guesses: tuple[Box, ...]) -> Found:
        """The box near one of the guesses where it is most like its look; looked for everywhere once it is lost."""
        best = Found(guesses[0], -1.0)
        for x, y, w, h in guesses:
            reach = 3 + 0.15 * max(w, h)
            near = (x - reach, y - reach, w + 2 * reach, h + 2 * reach)
            # its first look is believed before its last: what drifts, drifts there
            for look, bonus in ((self.first, 0.05), (self.last, 0.0)):
                one = _match(frame, look, near, (w, h))
                best = max(best, Found(one.box, one.alike + bonus), key=lambda f: f.alike)
        if best.lost:
            whole = (0.0, 0.0, float(frame.shape[1]), float(frame.shape[0]))
            again = _match(frame, self.first, whole, best.box[2:])
            return again if again.alike > SURE else Found(guesses[0], best.alike)
        if best.alike > SURE:
            self.last = _cut(frame, best.box)
        return best


def _cut(frame: Frame, box: Box) -> Frame:
    x, y, w, h = box
    size = (max(4, round(w)), max(4, round(h)))
    return np.asarray(cv2.getRectSubPix(frame, size, (x + (w - 1) / 2, y + (h - 1) / 2)), np.uint8)


def _match(frame: Frame, look: Frame, area: Box, size: tuple[float, float]) -> Found:
    """The place in `area` that is most like the look, to a fraction of a pixel.

    Half of it is correlation, which light cannot fool, half is colour, which flat things have too."""
    w, h = max(4, round(size[0])), max(4, round(size[1]))
    patch = np.asarray(cv2.resize(look, (w, h), interpolation=cv2.INTER_AREA), np.float32)
    ax, ay = int(np.floor(area[0])), int(np.floor(area[1]))
    part_size = (max(w + 2, round(area[2])), max(h + 2, round(area[3])))
    centre = (ax + (part_size[0] - 1) / 2, ay + (part_size[1] - 1) / 2)
    part = np.asarray(cv2.getRectSubPix(frame, part_size, centre), np.float32)
    y, x = np.mgrid[:h, :w]
    round_ = np.hypot((x + 0.5) / w - 0.5, (y + 0.5) / h - 0.5) < 0.48
    weight = np.repeat(round_.astype(np.float32)[..., None], 3, axis=2)
    form = np.nan_to_num(cv2.matchTemplate(part, patch, cv2.TM_CCOEFF_NORMED, mask=weight), nan=0.0, posinf=0.0)
    error = np.sqrt(np.maximum(cv2.matchTemplate(part, patch, cv2.TM_SQDIFF, mask=weight), 0) / weight.sum())
    likeness = np.asarray(0.5 * np.clip(form, -1, 1) + 0.5 * (1 - error / FAR), np.float32)
    row, column = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
    dx, dy = _peak(likeness[row, :], int(column)), _peak(likeness[:, column], int(row))
    return Found((ax + dx, ay + dy, size[0], size[1]), float(likeness[row, column]))


def _peak(line: NDArray[np.float32], at: int) -> float:
    """The top of a parabola through a peak and its neighbours."""
    if not 0 < at < len(line) - 1:
        return float(at)
    a, b, c = (float(v) for v in line[at - 1 : at + 2])
    bend = a - 2 * b + c
    return at + (0.5 * (a - c) / bend if bend < -1e-9 else 0.0)
