"""Cameras in space: a pinhole's view, paths through key frames, easing that lands on beats, a hand that shakes.

World: right-handed, y up. A camera at rest looks along -z with y up; quaternions are (x, y, z, w). Pure numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
REST = np.array([0.0, 0.0, 0.0, 1.0])
SAMPLES = 64
"""of every piece of a path, for its length"""
EASINGS = ("linear", "smooth", "beat", "punch")


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Where a camera stands: eye [3] in scene units, turn [4] (unit quaternion), vertical field of view in degrees."""

    eye: Array
    turn: Array
    fov: float = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Key frames: times [N] rising (seconds), eyes [N, 3], turns [N, 4], fovs [N]. Closed: the last flows into the
    first, and `times` has N + 1 numbers, the last of them the end of the turn."""

    times: Array
    eyes: Array
    turns: Array
    fovs: Array
    closed: bool = False
    steady: bool = False
    """the same speed everywhere, whatever the times of the inner key frames say"""

    @property
    def seconds(self) -> float:
        return float(self.times[-1] - self.times[0])


def path(
    times: Sequence[float],
    views: Sequence[View],
    closed: bool = False,
    steady: bool = False,
) -> Path:
    """Raises ValueError for times that do not rise, or too few of them (views + 1 where closed)."""
    at = np.asarray(times, float)
    if len(views) < 1 + closed or len(at) != len(views) + closed or (np.diff(at) <= 0).any():
        raise ValueError("a path needs times that rise, one for each view, and one more where it is closed")
    turns = [np.asarray(views[0].turn, float) / np.linalg.norm(views[0].turn)]
    for view in views[1:]:
        turn = np.asarray(view.turn, float) / np.linalg.norm(view.turn)
        turns.append(turn if float(turn @ turns[-1]) >= 0 else -turn)
    eyes = np.array([view.eye for view in views], float)
    return Path(at, eyes, np.array(turns), np.array([v.fov for v in views], float), closed, steady)


def at(way: Path, t: float) -> View:
    """The view at t seconds; before the first key frame and after the last the camera stands still."""
    last = len(way.times) - 1
    if last == 0:
        return View(way.eyes[0], way.turns[0], float(way.fovs[0]))
    t = float(np.clip(t, way.times[0], way.times[-1]))
    i, u = _even(way, t) if way.steady else _place(way.times, t)
    a, b = i, (i + 1) % len(way.eyes)
    eye, fov = _curve(way, way.eyes, i, u), float(_curve(way, way.fovs[:, None], i, u)[0])
    return View(eye, slerp(way.turns[a], way.turns[b], u), fov)


def _place(times: Array, t: float) -> tuple[int, float]:
    i = int(np.clip(np.searchsorted(times, t, "right") - 1, 0, len(times) - 2))
    return i, float((t - times[i]) / (times[i + 1] - times[i]))


def _curve(way: Path, values: Array, i: int, u: float) -> Array:
    """Catmull and Rom 1974 with the tangents of unevenly spaced times: through every key frame, its velocity unbroken.
    Piece i at u 0-1."""
    p1, p2, m1, m2 = (
        _value(way, values, i),
        _value(way, values, i + 1),
        _tangent(way, values, i),
        _tangent(way, values, i + 1),
    )
    long = way.times[i + 1] - way.times[i]
    u2, u3 = u * u, u * u * u
    out: Array = (
        (2 * u3 - 3 * u2 + 1) * p1 + (u3 - 2 * u2 + u) * long * m1 + (3 * u2 - 2 * u3) * p2 + (u3 - u2) * long * m2
    )
    return out


def _value(way: Path, values: Array, k: int) -> Array:
    return np.asarray(values[k % len(values)] if way.closed else values[int(np.clip(k, 0, len(values) - 1))])


def _tangent(way: Path, values: Array, k: int) -> Array:
    """Per second, at key frame k: the slope over both neighbours; one-sided at an open end."""
    count = len(way.times) - 1
    if way.closed:
        before = way.times[k % count] - way.times[(k - 1) % count] if k % count else way.times[-1] - way.times[-2]
        after = way.times[k % count + 1] - way.times[k % count]
        return np.asarray((_value(way, values, k + 1) - _value(way, values, k - 1)) / (before + after))
    low, high = max(k - 1, 0), min(k + 1, count)
    return np.asarray((values[high] - values[low]) / (way.times[high] - way.times[low]))


def _even(way: Path, t: float) -> tuple[int, float]:
    """Piece and u where the way that is gone is the share of the time that is spent."""
    pieces = len(way.times) - 1
    us = np.linspace(0, 1, SAMPLES + 1)
    points = np.array([_curve(way, way.eyes, i, float(u)) for i in range(pieces) for u in us[:-1]])
    points = np.vstack([points, _curve(way, way.eyes, pieces - 1, 1.0)])
    gone = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if gone[-1] <= 0:
        return _place(way.times, t)
    share = (t - way.times[0]) / way.seconds
    place = float(np.interp(share * gone[-1], gone, np.arange(len(gone)))) / SAMPLES
    i = min(int(place), pieces - 1)
    return i, place - i


def slerp(a: Array, b: Array, u: float) -> Array:
    """Between two unit quaternions [4], the shorter way, at even angular speed (Shoemake 1985). Of length 1."""
    cosine = float(a @ b)
    if cosine < 0:
        b, cosine = -b, -cosine
    angle = np.arccos(min(cosine, 1.0))
    mixed = a + u * (b - a) if angle < 1e-6 else np.sin((1 - u) * angle) * a + np.sin(u * angle) * b
    return np.asarray(mixed / np.linalg.norm(mixed))


def looking(eye: Sequence[float] | Array, target: Sequence[float] | Array, roll: float = 0.0) -> Array:
    """The turn [4] of a camera at `eye` that looks at `target`, y up; roll in degrees, clockwise."""
    back = np.asarray(eye, float) - np.asarray(target, float)
    back = back / np.linalg.norm(back)
    up = np.array([0.0, 1.0, 0.0]) if abs(back[1]) < 0.9999 else np.array([0.0, 0.0, -np.sign(back[1])])
    right = np.cross(up, back)
    right /= np.linalg.norm(right)
    turn = quaternion(np.stack([right, np.cross(back, right), back], 1))
    half = -np.deg2rad(roll) / 2
    return times(turn, np.array([0.0, 0.0, np.sin(half), np.cos(half)]))


def times(a: Array, b: Array) -> Array:
    """The turn b, then a (Hamilton's product)."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return np.array([
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    ])  # fmt: skip


def matrix(turn: Array) -> Array:
    """Rotation [3, 3], camera to world; its columns are right, up and back."""
    x, y, z, w = turn / np.linalg.norm(turn)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def quaternion(rotation: Array) -> Array:
    """The turn [4] of a rotation matrix [3, 3] (Shepperd 1978)."""
    m, trace = rotation, float(np.trace(rotation))
    parts = np.array([m[0, 0], m[1, 1], m[2, 2], trace])
    k = int(parts.argmax())
    if k == 3:
        q = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1 + trace])
    else:
        i, j, n = k, (k + 1) % 3, (k + 2) % 3
        q = np.zeros(4)
        q[i], q[j], q[n] = 1 + 2 * m[i, i] - trace, m[j, i] + m[i, j], m[n, i] + m[i, n]
        q[3] = m[n, j] - m[j, n]
    return np.asarray(q / np.linalg.norm(q))


def about(axis: Sequence[float], degrees: float) -> Array:
    """The turn [4] by an angle about an axis, against the clock as seen from its tip."""
    half, line = np.deg2rad(degrees) / 2, np.asarray(axis, float)
    return np.append(np.sin(half) * line / np.linalg.norm(line), np.cos(half))


def beside(view: View, right: float) -> View:
    """The camera moved along its own right, looking the same way: the other eye."""
    return replace(view, eye=view.eye + right * matrix(view.turn)[:, 0])


def eased(share: float, easing: str = "linear", beats: float = 0.0) -> float:
    """The share 0-1 of a way after this share 0-1 of the time. beats: in the whole time, for the last two.

    linear; smooth: gently off and on; beat: it hurries between beats and comes to rest on every beat; punch: it darts
    off on every beat and glides to the next. On a beat `beat` and `punch` are where `linear` is. Raises ValueError."""
    u = min(max(share, 0.0), 1.0)
    if easing == "linear":
        return u
    if easing == "smooth":
        return u * u * u * (u * (6 * u - 15) + 10)
    if easing not in EASINGS:
        raise ValueError(f'no easing "{easing}"; there are: {", ".join(EASINGS)}')
    if beats <= 0:
        return u
    place = u * beats
    whole = min(np.floor(place), beats)
    f, long = float(place - whole), min(1.0, beats - whole)
    moved = f * f * (3 - 2 * f) if easing == "beat" else 1 - (1 - f) ** 3
    # a last beat that is cut short still arrives at the end
    end = long * long * (3 - 2 * long) if easing == "beat" else 1 - (1 - long) ** 3
    return float((whole + (moved / end * long if long < 1 and end > 0 else moved)) / beats)


def shaken(view: View, t: float, amount: float, bpm: float = 0.0, seed: int = 0) -> View:
    """A camera in a hand: it drifts (`amount` 1: about 1.5 degrees) and, with a tempo, is struck on each beat."""
    if amount <= 0:
        return view
    rng = np.random.default_rng(seed)
    phases, rates = rng.uniform(0, 2 * np.pi, (3, 3)), np.array([0.31, 0.83, 1.7]) * rng.uniform(0.85, 1.15, (3, 3))
    sway = (np.sin(2 * np.pi * rates * t + phases) * np.array([0.6, 0.3, 0.15])).sum(1)
    hit = 0.0
    if bpm > 0:
        beat = t * bpm / 60
        side = 1.0 if int(np.floor(beat)) % 2 else -1.0
        since = (beat % 1.0) * 60 / bpm
        hit = side * float(np.exp(-7 * since) * np.cos(2 * np.pi * 6 * since))
    yaw, pitch, roll = amount * 1.5 * (sway + hit * np.array([0.2, 0.7, 0.4]))
    turn = view.turn
    for axis, degrees in (((0, 1, 0), yaw), ((1, 0, 0), pitch), ((0, 0, 1), roll)):
        turn = times(turn, about(axis, degrees))
    return replace(view, turn=turn)


def orbit(target: Sequence[float], distance: float, height: float, seconds: float, fov: float = 50.0) -> Path:
    """Once round the target at the height (scene units), looking at it; closed, and of even speed."""
    views = []
    for k in range(24):
        angle = 2 * np.pi * k / 24
        eye = np.array([target[0] + distance * np.sin(angle), height, target[2] + distance * np.cos(angle)])
        views.append(View(eye, looking(eye, target), fov))
    return path(np.linspace(0, seconds, 25).tolist(), views, closed=True)
