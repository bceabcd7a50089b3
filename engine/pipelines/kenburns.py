"""The Ken Burns effect by itself: where to look, the way there, and parallax on it. No weights, no torch.

The way is a cubic B-spline (C2) in coordinates of the room that the camera has: 0 is the one edge, 1 the other. Its
control points are held in there, so the whole curve is (convex hull), and no frame leaves the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

from engine.vision import camera2d, nearness, parallax
from engine.vision.camera2d import Frame, View
from engine.vision.moves import textured
from engine.vision.saliency import ABOVE, Map, Point, points

PER_SECOND = 1.06
"""how much larger things become in a second, where no zoom is said"""
LEAST_ZOOM, MOST_ZOOM = 1.15, 2.0
OUT = 0.35
"""share of the seeds that zoom out"""
GUESSED, KNOWN = 0.35, 0.8
"""how much more than the farthest the nearest moves, with depth that was estimated and with depth that was given"""
MOST_SHIFT = 0.05
"""share of the picture's width that this may come to"""
LAYERS = 4


@dataclass(frozen=True, slots=True)
class Job:
    size: tuple[int, int] = (1920, 1080)
    frames: int = 192
    fps: float = 24.0
    seed: int = 0
    points: int = 3
    """points of interest to visit, 1-8"""
    zoom: float = 0.0
    """from the widest to the closest view, at least 1; 0: by the length of the video"""
    parallax: float = 1.0
    """0: flat"""


@dataclass(frozen=True, slots=True)
class Room:
    """How close the camera is at each moment, and what room that leaves it. Sizes are (W, H)."""

    widest: float
    """source pixels per pixel where the view is widest"""
    zoom: float
    outwards: bool
    source: tuple[int, int]
    size: tuple[int, int]
    inset: float = 0.0
    """source pixels kept from the picture's edges"""

    def scale(self, u: float) -> float:
        """Constant speed of the zoom's logarithm; u: 0 begin to 1 end."""
        return float(self.widest * self.zoom ** -((1 - u) if self.outwards else u))

    def span(self, axis: int, u: float) -> tuple[float, float]:
        """The first place that the view's middle may take, and the length of all of them; in source pixels."""
        margin = self.scale(u) * self.size[axis] / 2 + self.inset
        return margin, max(0.0, self.source[axis] - 2 * margin)


@dataclass(frozen=True, slots=True)
class Way:
    """spline: 0-1 (begin to end) -> [2], 0-1 of the room in x and y."""

    room: Room
    spline: BSpline

    def at(self, u: float) -> View:
        """u: 0 begin to 1 end."""
        share = self.spline(u)
        (x, width), (y, height) = self.room.span(0, u), self.room.span(1, u)
        return View(x + float(share[0]) * width, y + float(share[1]) * height, self.room.scale(u))


def way(found: Sequence[Point], source: tuple[int, int], job: Job, inset: float = 0.0) -> Way:
    """From the least interesting point to the most interesting one, getting closer; some seeds the other way round."""
    rng = np.random.default_rng((job.seed, 77)) if job.seed else None
    zoom = job.zoom or min(MOST_ZOOM, max(LEAST_ZOOM, PER_SECOND ** (job.frames / job.fps)))
    outwards = rng is not None and float(rng.random()) < OUT
    inset = min(inset, 0.2 * min(source))
    widest = min((source[0] - 2 * inset) / job.size[0], (source[1] - 2 * inset) / job.size[1])
    room = Room(widest, zoom, outwards, source, job.size, inset)
    stops = _stops(found, source, rng)
    if outwards:
        stops.reverse()
    times = np.linspace(0, 1, len(stops))
    wanted = np.array([_place(room, stop, float(t)) for stop, t in zip(stops, times, strict=True)])
    spline = make_interp_spline(times, wanted, k=min(3, len(stops) - 1))
    return Way(room, BSpline(spline.t, np.clip(spline.c, 0, 1), spline.k))


def _stops(found: Sequence[Point], source: tuple[int, int], rng: np.random.Generator | None) -> list[Point]:
    """The order of the points: the most interesting last, before it always the nearest that is left."""
    middle = Point(0.5, 0.5, 0.0, 0.5, "detail")
    left = list(found) or [middle]
    if rng is not None and len(left) > 1 and left[0].kind != "face" and rng.random() < 0.5:
        left[0], left[1] = left[1], left[0]
    order = [left.pop(0)]
    while left:
        last = order[-1]
        near = min(left, key=lambda p: math.hypot((p.x - last.x) * source[0], (p.y - last.y) * source[1]))
        left.remove(near)
        order.append(near)
    order.reverse()
    return [middle, *order] if len(order) == 1 else order


def _place(room: Room, stop: Point, u: float) -> tuple[float, float]:
    """The place in the room at which the view's middle is nearest to the point."""
    lower = ABOVE * room.scale(u) * room.size[1] if stop.kind == "face" else 0.0
    wanted = (stop.x * room.source[0], stop.y * room.source[1] + lower)
    found = []
    for axis in (0, 1):
        first, length = room.span(axis, u)
        found.append(min(1.0, max(0.0, (wanted[axis] - first) / length)) if length > 1e-6 else 0.5)
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames that can be had from any one on."""

    way: Way
    count: int
    levels: tuple[Frame, ...]
    layers: tuple[parallax.Layer, ...] = ()
    pull: float = 0.0
    """how much more than the farthest the nearest moves"""

    def __call__(self, start: int = 0) -> Iterator[Frame]:
        """uint8 [H, W, 3], from frame `start` on."""
        for i in range(start, self.count):
            u = i / max(1, self.count - 1)
            if self.layers:
                yield parallax.seen(self.layers, self.way.at(u), self.shift(u), self.way.room.size)
            else:
                yield camera2d.seen(self.levels, self.way.at(u), self.way.room.size)

    def shift(self, u: float) -> parallax.Shift:
        """Things near move as the view does, only more; all is as it was in the middle of the way."""
        return _shift(self.way, self.pull, u)


def _shift(way_: Way, pull: float, u: float) -> parallax.Shift:
    now, middle = way_.at(u), way_.at(0.5)
    x, y = pull * (now.x - middle.x), pull * (now.y - middle.y)
    most = MOST_SHIFT * way_.room.source[0]
    soft = 1.0 / math.sqrt(1.0 + (x * x + y * y) / (most * most))  # smooth, so that the motion stays C2
    return parallax.Shift(x * soft, y * soft, 0.4 * pull * (1 - now.scale / middle.scale))


def shot(picture: Frame, job: Job, near: Map | None = None) -> Shot:
    """The whole effect for picture [H, W, 3]; near [h, w], 0-1, 1 the nearest: depth that is known."""
    found = points(picture, min(8, max(1, job.points)))
    pull = job.parallax * (GUESSED if near is None else KNOWN)
    if pull <= 0:
        return Shot(way(found, camera2d.size_of(picture), job), job.frames, camera2d.pyramid(picture))
    source = textured(picture, job.size)
    size = camera2d.size_of(source)
    plain = way(found, size, job)
    reach = max(parallax.reach(_shift(plain, pull, u), plain.at(u), job.size) for u in np.linspace(0, 1, 33))
    made = parallax.layers(source, nearness.estimate(picture) if near is None else near, LAYERS)
    return Shot(way(found, size, job, reach), job.frames, (), made, pull)
