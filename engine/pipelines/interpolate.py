"""Frames between frames: any rate, slow motion, closed loops; the frames that were there stay as they are.

A pixel of the frame at t is looked for along the flow from either side (fixed point of u(p) = f(p - t u(p)), so that
nothing is splatted and no holes are left), sampled in both neighbours, and taken from one alone where the other does
not show it (forward-backward consistency). Three candidates, the two flows and the plain blend, are weighed per pixel
by their residuals: swirls that no flow explains are blended, as they should be. Nothing is mixed across a scene cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.cuts import is_cut
from engine.vision.flow import Field, Frame, both, grid, mismatch, warp

Timed = tuple[Fraction, Frame]
"""seconds from the start, [H, W, 3]"""

ROUNDING = Fraction(1, 1900)
"""seconds: times in Matroska and WebM are whole milliseconds; so near to a source frame, a frame is that one"""
LOST = 30.0
"""what a pixel costs (grey levels) that one side alone shows; more, and edges are blended; less, and swirls are torn"""
SURE = 1.0
"""pixels: standard deviation of the way there and back that still counts as consistent"""
DECIDED = 0.6
"""by how much a grey level of residual weighs (softmin)"""
MOST = 600_000
"""pixels at which motion is looked for; larger pictures are halved for it, and only sampled at their full size"""
ROUNDS = 4
"""of the fixed point; it halves its error about twice a round where the motion is smooth"""


def evenly(frames: Iterable[Frame], fps: Fraction) -> Iterator[Timed]:
    """Frames of a constant rate with their times."""
    for number, frame in enumerate(frames):
        yield number / fps, frame


def interpolate(
    frames: Iterable[Timed], fps: Fraction, speed: Fraction = Fraction(1), loop: bool = False, skip: int = 0
) -> Iterator[Frame]:
    """Frame n, from `skip` on, as it was at n / fps * speed seconds; the last is held as long as the one before it was.

    frames: times go up, sizes are equal; four are held at once (and the first, to close a loop: the last then flows
    into it). Where a time falls on a source frame, it is that frame, bit for bit. Raises ValueError for a rate or
    speed that is not above 0 and for times that do not go up."""
    if fps <= 0 or speed <= 0:
        raise ValueError(f"fps {fps} and speed {speed} must be above 0")
    step, number = speed / fps, 0
    near = min(ROUNDING, step / 4)
    for gap in _gaps(frames, loop, 1 / fps):
        while number * step < gap.end - (min(3 * ROUNDING, step / 4) if gap.last else near):
            at = max(number * step - gap.start, Fraction(0))
            if number >= skip:
                yield gap.a if at <= near else gap.at(float(at / (gap.end - gap.start)))
            number += 1


@dataclass(frozen=True)
class Gap:
    """Two frames that follow each other; before and after: their neighbours of the same shot, where there are any."""

    start: Fraction
    end: Fraction
    a: Frame
    b: Frame
    before: Frame | None = None
    after: Frame | None = None
    cut: bool = False
    last: bool = False

    @cached_property
    def _between(self) -> Between:
        return Between(self)

    def at(self, t: float) -> Frame:
        """The frame at t, 0-1 of the way; the nearer one where there is a cut."""
        if self.cut or np.array_equal(self.a, self.b):
            return self.a if t < 0.5 else self.b
        return self._between.at(t)


def _gaps(frames: Iterable[Timed], loop: bool, alone: Fraction) -> Iterator[Gap]:
    """Gaps from each frame to the next, looking one frame ahead; the last one leads to itself, or to the first."""
    gap: Gap | None = None
    for start, a, end, b in _steps(frames, loop, alone):
        if end <= start:
            raise ValueError(f"frame times must go up, not from {float(start):.4f} s to {float(end):.4f} s")
        cut = a is b or is_cut(a, b)
        before = None if gap is None or gap.cut else gap.a
        if gap is not None:
            yield gap if cut else replace(gap, after=b)
        gap = Gap(start, end, a, b, before, None, cut)
    if gap is not None:
        yield replace(gap, last=True)


def _steps(frames: Iterable[Timed], loop: bool, alone: Fraction) -> Iterator[tuple[Fraction, Frame, Fraction, Frame]]:
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        return
    (start, a), long = first, alone
    for end, b in rest:
        yield start, a, end, b
        start, a, long = end, b, end - start
    yield start, a, start + long, first[1] if loop else a


class Between:
    """Everything of a gap that does not depend on when, at the size that motion is looked for."""

    def __init__(self, gap: Gap) -> None:
        self.whole = (gap.a, gap.b)
        before, after = (None if frame is None else _small(frame) for frame in (gap.before, gap.after))
        self.a, self.b = _small(gap.a), _small(gap.b)
        self.forward, self.backward = both(self.a, self.b)
        self.seen_a = _sure(mismatch(self.forward, self.backward))
        self.seen_b = _sure(mismatch(self.backward, self.forward))
        self.blend = np.float32(0.5) * _level(self.a, self.b)
        if before is not None and after is not None:
            self.blend *= _bend((before, self.a, self.b, after))

    def at(self, t: float) -> Frame:
        """The frame at t, 0-1 of the way."""
        near, far = np.float32(1 - t), np.float32(t)
        ways = (_along(self.forward, t), -_along(self.backward, 1.0 - t))
        shares: list[Field] = []
        costs: list[Field] = []
        for own, u in enumerate(ways):
            back, forth = -far * u, near * u
            seen = warp(self.seen_b, forth) if own else warp(self.seen_a, back)
            # the side that this flow starts from shows its pixel for certain, the other where they agree
            share_a = near * _inside(back) * (seen if own else 1) + np.float32(1e-4)
            share_b = far * _inside(forth) * (1 if own else seen) + np.float32(1e-4)
            shares.append(np.asarray(share_a / (share_a + share_b), np.float32))
            costs.append(np.float32(0.5) * _level(warp(self.a, back), warp(self.b, forth)) * seen + LOST * (1 - seen))
        *moved, blend = _softmin([*costs, self.blend])
        a, b = self.whole
        out = self._seen(a, near * blend) + self._seen(b, far * blend)
        for u, weight, share in zip(ways, moved, shares, strict=True):
            out += self._seen(a, weight * share, -far * u)
            out += self._seen(b, weight * (1 - share), near * u)
        return np.asarray(cv2.convertScaleAbs(out), np.uint8)

    def _seen(self, whole: Frame, weight: Field, motion: Field | None = None) -> Field:
        """The weighted picture, moved: weight and motion as large as the picture that motion is looked for in."""
        size = (whole.shape[1], whole.shape[0])
        if weight.shape != whole.shape[:2]:
            scale = np.array([size[0] / weight.shape[1], size[1] / weight.shape[0]], np.float32)
            motion = None if motion is None else np.asarray(cv2.resize(motion * scale, size), np.float32)
            weight = np.asarray(cv2.resize(weight, size), np.float32)
        moved = whole if motion is None else warp(whole, motion, sharp=True)
        return np.asarray(cv2.multiply(moved, cv2.merge([weight] * 3), dtype=cv2.CV_32F), np.float32)


def _small(frame: Frame) -> Frame:
    """At most MOST pixels, by whole steps of a half."""
    while frame.shape[0] * frame.shape[1] > MOST:
        size = (frame.shape[1] + 1) // 2, (frame.shape[0] + 1) // 2
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    return frame


def _along(motion: Field, t: float) -> Field:
    """The motion of the pixels that are at p when t of the way is gone [H, W, 2]."""
    u = motion
    for _ in range(ROUNDS):
        u = warp(motion, np.float32(-t) * u)
    return u


def _level(a: Frame, b: Frame) -> Field:
    """Mean absolute difference around each pixel, 0-255 [H, W]."""
    return np.asarray(cv2.blur(cv2.absdiff(a, b), (5, 5)).mean(axis=-1, dtype=np.float32), np.float32)


def _bend(row: tuple[Frame, Frame, Frame, Frame]) -> Field:
    """0.2 where the brightness changes evenly over four frames, so that a blend is right, to 2 where it jumps."""
    z, a, b, y = (frame.astype(np.int16) for frame in row)
    steps = [_smooth(a - z), _smooth(b - a), _smooth(y - b)]
    bends = [_smooth(b - 2 * a + z), _smooth(y - 2 * b + a)]
    most = np.maximum(bends[0] / (steps[0] + steps[1] + 1), bends[1] / (steps[1] + steps[2] + 1))
    return np.asarray(np.clip(2 * most**2, 0.2, 2.0), np.float32)


def _smooth(change: NDArray[np.int16]) -> Field:
    return np.asarray(cv2.blur(np.abs(change).astype(np.float32).mean(axis=-1), (9, 9)), np.float32)


def _sure(off: Field) -> Field:
    return np.asarray(np.exp(-(off**2) / np.float32(2 * SURE**2)), np.float32)


def _inside(motion: Field) -> NDArray[np.bool_]:
    height, width = motion.shape[:2]
    x, y = np.moveaxis(grid(height, width) + motion, -1, 0)
    return np.asarray((x >= -0.5) & (y >= -0.5) & (x <= width - 0.5) & (y <= height - 0.5), np.bool_)


def _softmin(costs: list[Field]) -> list[Field]:
    least = np.minimum.reduce(costs)
    shares = [np.exp(np.float32(DECIDED) * (least - cost)) for cost in costs]
    whole = np.add.reduce(shares)
    # smooth, so that candidates pass into each other and nothing is torn
    return [np.asarray(cv2.blur(share / whole, (7, 7)), np.float32) for share in shares]
