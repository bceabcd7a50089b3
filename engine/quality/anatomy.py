"""Whether faces (and hands) keep their shape: only where there are people, and never a made-up score.

Faces are looked for a few times a second (engine/vision/faces.py) and followed from one look to the next by the points
in them (Lucas-Kanade, there and back). Held against them: a shape that changes, a size that jumps, faces that come or
go in the middle of the picture, and points of a face that no face has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.quality import hands
from engine.quality.contracts import Clip, Frame, Look, Span, Verdict, Watch
from engine.quality.limits import LIMITS
from engine.vision import faces, track
from engine.vision.faces import Box, Face

NAME = "anatomy"
EVERY_S = 1 / 3
"""seconds from look to look"""
STRETCH = 0.6
"""change of the logarithm of a face's shape that is as bad as can be; a fifth taller fails"""
JUMP = math.log(4)
"""the same for its size from one look to the next, beyond what the points in it say"""
FLIP = 0.25
"""for each face that comes or goes for no reason within FLIPS_S"""
FLIPS_S = 4.0
HOME = 0.4
"""share of points that must be found again for a face to be still there"""
LIGHT = 24.0
"""of 255, by which a point's luma may change from look to look"""
SCENE = 0.2
"""share of the picture's corners found again, below which it is another scene"""
DIFFERENT = 40.0
"""of 255, mean difference from look to look of a picture without corners, above which it is another scene"""
SHORT = 2
"""looks that a face must be seen in to count: one alone is a mistake of the detector's"""


@dataclass(slots=True)
class _Track:
    """One face over the looks in which it was there."""

    box: Box
    born: int
    flip: bool
    """it came out of nowhere"""
    seen: int = 1
    drawn: float = 0.0
    """log of how much wider than high it was drawn since it was first seen, by the motion of the points in it"""
    shapes: list[tuple[int, float]] = field(default_factory=list)
    """log of (distance of the eyes / distance of eyes and mouth); empty where the detector has no such points"""
    drawns: list[tuple[int, float]] = field(default_factory=list)
    bad: list[tuple[int, float]] = field(default_factory=list)
    """frames and how bad, 0-1"""


@dataclass(slots=True)
class _Eyes:
    """What is remembered from look to look: numbers, and the luma of one picture."""

    grey: Frame | None = None
    tracks: list[_Track] = field(default_factory=list)
    done: list[_Track] = field(default_factory=list)
    lost: list[tuple[int, _Track]] = field(default_factory=list)
    looks: int = 0

    def see(self, look: Look) -> None:
        found = faces.find(look.frame, sure=True)
        self.looks += 1
        people = [one.box for one in self.tracks] + [face.box for face in found]
        if self.grey is not None and people and _other_scene(self.grey, look.grey, people):
            self.done, self.tracks, self.grey = self.done + self.tracks, [], None
        left = list(found)
        for one in list(self.tracks):
            self._follow(one, left, look)
        for face in left:
            self._born(face, look)
        self.grey = look.grey

    def _follow(self, one: _Track, left: list[Face], look: Look) -> None:
        """A face of the look before: found again, followed by its points, gone over the edge, or just gone."""
        assert self.grey is not None
        match = max(left, key=lambda face: _near(one.box, face.box), default=None)
        if match is not None and _near(one.box, match.box) > 0:
            left.remove(match)
            motion = _motion(self.grey, look.grey, one.box, match.box)
            _compare(one, match, motion, look.number)
            return
        motion = _motion(self.grey, look.grey, one.box, None)
        if motion is not None:
            one.box = _carried(one.box, motion)
            one.seen += 1
            if _inside(one.box, look.grey):
                return
        elif _inside(one.box, look.grey):
            self.lost.append((look.number, one))
        self.tracks.remove(one)
        self.done.append(one)

    def _born(self, face: Face, look: Look) -> None:
        """A face that was not there before; one that the detector only missed comes out of nowhere no more."""
        before = None if self.grey is None else _motion(look.grey, self.grey, face.box, None)
        flip = self.grey is not None and before is None and _inside(face.box, look.grey)
        one = _Track(face.box, look.number, flip)
        _shape(one, face, look.number)
        self.tracks.append(one)


def watch(clip: Clip) -> Watch:
    """Looks every EVERY_S seconds."""
    step = max(1, round(clip.fps * EVERY_S))
    eyes, palms = _Eyes(), hands.Palms()
    last = -1
    while (look := (yield)) is not None:
        last = look.number
        if last % step == 0:
            eyes.see(look)
            palms.see(look)
    people = [one for one in eyes.done + eyes.tracks if one.seen >= SHORT]
    if not people and not palms.scores:
        return Verdict(NAME, None, None, (), f"no people seen in {eyes.looks} looks; {palms.said}")
    scores = dict.fromkeys((n for n in range(0, last + 1, step)), 1.0)
    flips = _flips(eyes, people)
    worst = {"shape": 0.0, "drawn": 0.0, "size": 0.0, "flips": float(len(flips))}
    for at, score in [*_judged(people, worst), *_crowded(flips, clip.fps), *palms.scores]:
        scores[at] = min(scores[at], score)
    score = min(scores.values())
    limit = LIMITS[NAME].least
    where = [(at, s) for at, s in scores.items() if s < limit]
    measured = {**worst, "faces": float(len(people)), "looks": float(eyes.looks), "frames_per_look": float(step)}
    return Verdict(NAME, score >= limit, score, _spans(where, step, last), _said(worst, palms.said, step), measured)


def _said(worst: dict[str, float], palms: str, step: int) -> str:
    by = faces.installed()[0]
    return (
        f"faces: shape changes by up to {100 * math.expm1(worst['shape']):.0f} %, size jumps by up to "
        f"{100 * math.expm1(worst['size']):.0f} %, {worst['flips']:.0f} came or went for no reason "
        f"(looked every {step} frames, by {by}); {palms}"
    )


def _compare(one: _Track, face: Face, motion: NDArray[np.float64] | None, number: int) -> None:
    """A face and itself a look later. motion [2, 3]: of the points in it."""
    grown = 0.5 * math.log(max(1e-6, face.box[2] * face.box[3]) / max(1e-6, one.box[2] * one.box[3]))
    if motion is not None:
        w, h = _sides(motion)
        one.drawn += math.log(w / h)
        grown -= 0.5 * math.log(w * h)
    one.bad.append((number, min(1.0, abs(grown))))
    one.box, one.seen = face.box, one.seen + 1
    _shape(one, face, number)


def _shape(one: _Track, face: Face, number: int) -> None:
    one.drawns.append((number, one.drawn))
    if face.points:
        eyes, mouth = _span(face.points)
        one.shapes.append((number, math.log(max(1e-3, eyes) / max(1e-3, mouth))))


def _span(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Pixels between the eyes, and from their middle down to that of the mouth; below 0: the mouth is above."""
    left, right, _, a, b = (np.array(p) for p in points)
    across, down = right - left, (a + b) / 2 - (left + right) / 2
    length = float(np.hypot(*across))
    below = float(across[0] * down[1] - across[1] * down[0]) / max(1e-6, length)
    return length, below


def _judged(people: Sequence[_Track], worst: dict[str, float]) -> list[tuple[int, float]]:
    """(frame, score) of what shapes and sizes do."""
    out = []
    for one in people:
        for kind, shapes in (("shape", one.shapes), ("drawn", one.drawns)):
            first = shapes[0][1] if shapes else 0.0
            for at, shape in shapes:
                worst[kind] = max(worst[kind], abs(shape - first))
                out.append((at, max(0.0, 1 - abs(shape - first) / STRETCH)))
        for at, jump in one.bad:
            worst["size"] = max(worst["size"], jump)
            out.append((at, max(0.0, 1 - jump / JUMP)))
    return out


def _flips(eyes: _Eyes, people: Sequence[_Track]) -> list[int]:
    """Frames in which a face came or went for no reason."""
    return sorted([one.born for one in people if one.flip] + [at for at, one in eyes.lost if one.seen >= SHORT])


def _crowded(flips: Sequence[int], fps: float) -> list[tuple[int, float]]:
    """One may turn away; several within FLIPS_S do not."""
    near = FLIPS_S * fps
    return [(at, max(0.0, 1 - FLIP * sum(abs(at - other) <= near for other in flips))) for at in flips]


def _near(a: Box, b: Box) -> float:
    """Above 0 where they may be the same face a look later, more for nearer ones."""
    size = math.sqrt(max(a[2] * a[3], 1.0))
    off = math.hypot(a[0] + a[2] / 2 - b[0] - b[2] / 2, a[1] + a[3] / 2 - b[1] - b[3] / 2)
    return 1 - off / size


def _inside(box: Box, grey: Frame) -> bool:
    """Wholly, and not at the edge, where faces may come and go."""
    h, w = grey.shape
    edge = 0.25 * box[2]
    return box[0] > edge and box[1] > edge and box[0] + box[2] < w - edge and box[1] + box[3] < h - edge


def _motion(a: Frame, b: Frame, box: Box, to: Box | None) -> NDArray[np.float64] | None:
    """The affine motion [2, 3] of the points in a box from a to b; None where too few are found again."""
    x, y, w, h = box
    steps = 0.1 + 0.8 * (np.arange(9) + 0.5) / 9
    points = np.stack(np.meshgrid(x + w * steps, y + h * steps), axis=-1).reshape(-1, 2).astype(np.float32)
    guess = None
    if to is not None:
        guess = np.eye(3)
        guess[:2, 2] = to[0] + to[2] / 2 - x - w / 2, to[1] + to[3] / 2 - y - h / 2
    there, home = track.followed(a, b, points, None if guess is None else track.moved(points, guess))
    home &= _alike(a, b, points, there)
    if home.mean() < HOME:
        return None
    found, _ = cv2.estimateAffine2D(points[home], there[home], method=cv2.RANSAC, ransacReprojThreshold=2.0)
    return None if found is None or min(_sides(found)) < 0.3 or max(_sides(found)) > 3 else np.asarray(found)


def _alike(a: Frame, b: Frame, points: NDArray[np.float32], there: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Points that are about as light as they were: those of flat walls come home whatever was there before."""
    was, now = (
        cv2.remap(cv2.blur(x, (3, 3)), p[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        for x, p in ((a, points), (b, there))
    )
    return np.asarray(np.abs(was.astype(np.float32) - now) < LIGHT).ravel()


def _sides(motion: NDArray[np.float64]) -> tuple[float, float]:
    """How much wider and how much higher it makes things."""
    return float(np.hypot(*motion[:, 0])), float(np.hypot(*motion[:, 1]))


def _carried(box: Box, motion: NDArray[np.float64]) -> Box:
    x, y, w, h = box
    cx, cy = (motion @ (x + w / 2, y + h / 2, 1.0)).tolist()
    sx, sy = _sides(motion)
    return cx - sx * w / 2, cy - sy * h / 2, sx * w, sy * h


def _other_scene(a: Frame, b: Frame, people: Sequence[Box]) -> bool:
    """Corners all over the picture, people left out, are not found again."""
    seen = np.full(a.shape, 255, np.uint8)
    for x, y, w, h in people:  # heads are larger than faces
        seen[max(0, int(y - h / 2)) : max(0, int(y + 1.5 * h)), max(0, int(x - w / 2)) : max(0, int(x + 1.5 * w))] = 0
    points = track.corners(a, seen, 100)
    if len(points) < 20:
        return bool(np.abs(a.astype(np.float32) - b).mean(where=seen > 0) > DIFFERENT) if seen.any() else False
    there, home = track.followed(a, b, points)
    return float((home & _alike(a, b, points, there)).mean()) < SCENE


def _spans(where: Sequence[tuple[int, float]], step: int, last: int) -> tuple[Span, ...]:
    """Each from the look before, after which it may have begun, to the look itself; neighbours as one."""
    out: list[Span] = []
    for at, score in where:
        first = max(0, at - step + 1)
        if out and first <= out[-1].last + 1:
            out[-1] = Span(out[-1].first, at, min(score, out[-1].score))
        else:
            out.append(Span(first, min(at, last), score))
    return tuple(out)
