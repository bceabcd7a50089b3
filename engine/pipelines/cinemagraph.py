"""A still in which one area moves for ever: motion inside a feathered mask, outside the picture bit for bit, looped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.vision import organic
from engine.vision.camera2d import Frame
from engine.vision.saliency import shrunk

Mask = NDArray[np.float32]
"""[H, W], 0-1"""
Moving = Callable[[float], Frame]
"""turn (0-1) of the loop -> the whole picture as it would be if all of it moved"""
LOOK_SIDE, MOST_LOOKS = 256, 64
"""pixels of the longer side, and moments, at which the calmest one is looked for"""
FADE, MOST_FADE = 0.25, 16
"""share of a loop of video, and frames at most, over which its end fades into what came before its beginning"""


@dataclass(frozen=True, slots=True)
class Job:
    motion: str = "ripple"
    """ripple, flow, sway or drift"""
    frames: int = 96
    strength: float = 1.0
    """how far things move; 1 suits most pictures, 0-4"""
    degrees: float = 0.0
    """where `flow` flows: 0 to the right, 90 up"""
    seed: int = 0


def feathered(mask: Mask, feather: float) -> Mask:
    """The mask faded in over `feather` pixels *inside* its edge: what was 0 stays exactly 0."""
    if not (mask > 0).any():
        raise EngineError("the mask is empty", "nothing in it is brighter than black: mark what shall move")
    if feather <= 0:
        return mask
    solid = (mask > 0.02).astype(np.uint8)
    ring = np.pad(solid, 1, constant_values=1)  # the picture's edge is no edge of the mask
    away = cv2.distanceTransform(ring, cv2.DIST_L2, 5)[1:-1, 1:-1]
    u = np.clip(away / feather, 0, 1)
    out: Mask = (mask * u * u * (3 - 2 * u)).astype(np.float32)
    return out


def moving(still: Frame, mask: Mask, job: Job) -> Moving:
    """The job's motion for a still [H, W, 3]. Raises EngineError for a motion that is none."""
    h, w = still.shape[:2]
    rows = np.flatnonzero((mask > 0).any(1))
    place = organic.Place.of((w, h), (float(rows[0]) / h, float(rows[-1] + 1) / h) if len(rows) else (0.0, 1.0))
    if job.motion == "flow":
        current = organic.stream(place, job.seed, job.degrees, 0.10 * job.strength)
        return lambda turn: organic.carried(still, current, turn)
    if job.motion not in organic.MOTIONS:
        raise EngineError(f'no motion "{job.motion}"', f"there are {', '.join(organic.MOTIONS)}, or a prompt")
    make = {"ripple": organic.ripple, "sway": organic.sway, "drift": organic.drift}[job.motion]
    field = make(place, job.seed, job.strength)
    return lambda turn: organic.moved(still, field(turn))


def laid(still: Frame, moved: Frame, mask: Mask) -> Frame:
    """moved over still; where the mask is 0 the still's very bytes."""
    share = mask[..., None]
    mixed = still + share * (moved.astype(np.float32) - still) + 0.5
    out: Frame = np.where(share > 0, np.clip(mixed, 0, 255).astype(np.uint8), still)
    return out


@dataclass(frozen=True, slots=True)
class Loop:
    """Frames that can be had from any one on; the last flows into the first."""

    still: Frame
    mask: Mask
    motion: Moving
    count: int
    start: float = 0.0
    """turn at which the loop begins"""

    def __call__(self, start: int = 0) -> Iterator[Frame]:
        """uint8 [H, W, 3], from frame `start` on."""
        x, y, w, h = cv2.boundingRect((self.mask > 0).astype(np.uint8))
        area = slice(y, y + h), slice(x, x + w)
        for i in range(start, self.count):
            moved = self.motion((self.start + i / self.count) % 1.0)
            out = self.still.copy()
            out[area] = laid(self.still[area], moved[area], self.mask[area])
            yield out


def loop(still: Frame, mask: Mask, job: Job, dress: Callable[[Frame, float], Frame] | None = None) -> Loop:
    """still [H, W, 3], mask [H, W] as large, 0-1, feathered. dress (frame, turn) -> frame: dreams over what moves.

    The loop begins where the motion is calmest, so that the seam is never its largest step."""
    if mask.shape != still.shape[:2]:
        raise EngineError(f"a mask of {mask.shape[1]}x{mask.shape[0]}", "make it as large as the picture")
    plain = moving(still, mask, job)
    start = calmest(still, mask, job)
    if dress is None:
        return Loop(still, mask, plain, job.frames, start)
    dressed = dress
    return Loop(still, mask, lambda turn: dressed(plain(turn), turn), job.frames, start)


def calmest(still: Frame, mask: Mask, job: Job) -> float:
    """The turn at which the step from the frame before is the smallest; looked for on a small picture."""
    small = shrunk(still, LOOK_SIDE)
    size = small.shape[1], small.shape[0]
    where = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    if not (where > 0).any():
        return 0.0
    run, looks = moving(small, where, job), min(job.frames, MOST_LOOKS)
    steps = []
    for i in range(looks):
        now, before = run(i / looks), run((i / looks - 1 / job.frames) % 1.0)
        steps.append(float((np.abs(now.astype(np.float32) - before) * where[..., None]).mean()))
    return int(np.argmin(steps)) / looks


def longest(frames: int) -> int:
    """Frames of the longest loop that so many frames of video give."""
    return max(frames - MOST_FADE, int(frames / (1 + FADE)))


def from_video(frames: Iterable[Frame], mask: Mask, count: int) -> Iterator[Frame]:
    """A loop of `count` frames out of a video: its first frame stands still outside the mask; inside the video moves,
    its end faded into what came before its beginning. Holds at most 2 * MOST_FADE frames of the masked area.

    Raises EngineError for a video of fewer than 3 frames; one that is too short gives a shorter loop, or goes to and
    fro."""
    fade = min(MOST_FADE, max(1, round(FADE * count)))
    x, y, w, h = cv2.boundingRect((mask > 0).astype(np.uint8))
    share = mask[y : y + h, x : x + w]
    still: Frame | None = None
    before: list[Frame] = []
    held: list[Frame] = []

    def shown(part: Frame) -> Frame:
        assert still is not None
        out = still.copy()
        out[y : y + h, x : x + w] = laid(still[y : y + h, x : x + w], part, share)
        return out

    # the loop is frames fade to count - 1, then those after them, fading into frames 0 to fade - 1
    for frame in islice(frames, count + fade):
        still = frame if still is None else still
        part = frame[y : y + h, x : x + w].copy()
        (before if len(before) < fade else held).append(part)
        if len(held) > fade:
            yield shown(held.pop(0))
    if len(before) + len(held) < 3:
        raise EngineError("a video of fewer than three frames", "give a longer one, or a still picture")
    if len(held) < fade:  # too short to fade: forwards, then back
        every = [*before, *held]
        yield from map(shown, [*every, *every[-2:0:-1]])
        return
    for i, (late, first) in enumerate(zip(held, before, strict=True)):
        at = (i + 1) / (len(held) + 1)
        yield shown(((1 - at) * late.astype(np.float32) + at * first + 0.5).astype(np.uint8))
