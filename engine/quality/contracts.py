"""What a check of a video is: a generator that is sent one look after another and returns a verdict.

A file of this folder is a check, named as the file, with `watch(clip) -> Watch`. Looks hold what several checks ask
for, each thing computed once; a check keeps numbers, never frames, so memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision import flow

Frame = NDArray[np.uint8]
Flows = tuple[flow.Field, flow.Field]
PRESET = "fast"
"""of DIS"""
AREA = 512 * 288
"""pixels at which is looked: larger frames are made smaller, so that thresholds mean the same at any size"""
_CODES = np.arange(256) / 255.0
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LUMINANCE = np.array([[0.2126, 0.7152, 0.0722]], np.float32)


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known before the first frame. frames: as the file says, 0: not known."""

    fps: float
    frames: int = 0
    prompt: str = ""
    loop: bool = False
    """it is meant to go on with its first frame after its last"""


@dataclass(frozen=True, slots=True)
class Span:
    """Frames first to last, both counted, from 0; `score` of the worst of them, 0 bad - 1 good."""

    first: int
    last: int
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """ok None: not applicable here, and `reason` says why; then there is no score. score: 0 bad - 1 flawless."""

    name: str
    ok: bool | None
    score: float | None
    where: tuple[Span, ...] = ()
    """frames that are to blame, in order; empty where it is the whole clip, or nothing"""
    reason: str = ""
    measured: Mapping[str, float] = field(default_factory=dict)
    """the figures behind the score, with their units in their names"""


class Look:
    """A frame, the one before it, and what is between them, each computed when it is first asked for."""

    def __init__(self, number: int, frame: Frame, before: Look | None = None, flows: Flows | None = None) -> None:
        """frame: uint8 [h, w, 3] sRGB of any size; kept at AREA pixels at most. flows: to this frame and back, where
        they are known already."""
        self.number, self.frame, self.before, self._flows = number, shrunk(frame), before, flows
        if before is not None:
            before.__dict__.pop("between", None)
            before.before = before._flows = None  # two frames are held, not all

    @cached_property
    def grey(self) -> Frame:
        """Luma [h, w], BT.601."""
        return flow.luma(self.frame)

    @cached_property
    def light(self) -> NDArray[np.float32]:
        """Relative luminance [h, w], 0-1, linear (BT.709 primaries, the sRGB curve undone)."""
        linear: NDArray[np.float32] = cv2.transform(cv2.LUT(self.frame, _LINEAR), _LUMINANCE)
        return linear

    @cached_property
    def between(self) -> Between:
        """Motion between the frame before and this one. Only where there is one before."""
        assert self.before is not None
        return Between(self.before, self, self._flows)


class Between:
    """Motion between two looks, both ways (DIS)."""

    def __init__(self, before: Look, now: Look, flows: Flows | None = None) -> None:
        self._before, self._now = before, now
        if flows is not None:
            self._flows = flows

    @cached_property
    def _flows(self) -> Flows:
        return flow.both(self._before.grey, self._now.grey, PRESET)

    @property
    def there(self) -> flow.Field:
        """[h, w, 2]: where each pixel of the frame before goes."""
        return self._flows[0]

    @property
    def back(self) -> flow.Field:
        """[h, w, 2]: where each pixel of this frame was."""
        return self._flows[1]

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """[h, w]: pixels of this frame that were seen before: there and back ends where it began."""
        return flow.consistent(self.back, self.there)

    @cached_property
    def moved(self) -> Frame:
        """The frame before, moved to this one: uint8 [h, w, 3]."""
        return flow.warp(self._before.frame, self.back)

    @cached_property
    def error(self) -> NDArray[np.float32]:
        """[h, w], 0-255: luma of this frame against the one before moved to it."""
        moved = flow.luma(self.moved).astype(np.float32)
        error: NDArray[np.float32] = np.abs(self._now.grey.astype(np.float32) - moved)
        return error


Watch = Generator[None, Look | None, Verdict]
"""Sent every look in order, then None; returns the verdict:

    def watch(clip: Clip) -> Watch:
        while (look := (yield)) is not None:
            ...
        return Verdict(...)
"""


def shrunk(frame: Frame) -> Frame:
    """At AREA pixels at most, in its own shape."""
    height, width = frame.shape[:2]
    scale = (AREA / (height * width)) ** 0.5
    if scale >= 1:
        return frame
    size = max(16, round(width * scale)), max(16, round(height * scale))
    while frame.shape[1] >= 2 * size[0] and frame.shape[0] >= 2 * size[1]:
        half = frame.shape[1] // 2, frame.shape[0] // 2
        frame = np.asarray(cv2.resize(frame, half, interpolation=cv2.INTER_AREA), np.uint8)
    # by less than two, bilinear leaves no pixel out, and is ten times as quick as areas
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), np.uint8)
