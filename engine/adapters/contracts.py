"""What an adapter of somebody else's weights takes and gives: one callable for every family."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError

Frame = NDArray[np.uint8]
"""[H, W, 3] sRGB, top row first"""
Clip = NDArray[np.uint8]
"""[N, H, W, 3] sRGB"""
Progress = Callable[[int, int], bool]
"""(steps done, steps in all) -> whether to go on; called after every denoising step"""


class Cancelled(EngineError):
    """Somebody said stop between two steps."""


class AdapterError(EngineError):
    """Weights of others that are missing, broken, or asked for what they cannot do."""


@dataclass(frozen=True, slots=True, eq=False)
class AdapterJob:
    """What to make. `size` = (W, H) in pixels, any; `frames` in all, the context's among them."""

    prompt: str
    negative: str = ""
    frames: int = 16
    size: tuple[int, int] = (512, 288)
    steps: int = 0
    """0: what suits the family"""
    guidance: float = 0.0
    """0: what suits the family; 1: none, and then the negative prompt does nothing"""
    seed: int = 0
    context: Clip | None = None
    """frames of `size` to go on from: the first frames that come back are these, bit for bit"""
    strength: float = 1.0
    """image families: how much of `image` is dreamed over, 0-1"""
    image: Frame | None = None
    """video families: the first frame, when there is no context; image families: what to dream over"""


Generate = Callable[[AdapterJob, Progress], Iterator[Frame]]
"""Frames one by one, exactly `job.frames` of them. Raises Cancelled, AdapterError."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Frame and size rules of a family: clips have stride * n + rest frames, sides are a multiple of `multiple`."""

    stride: int
    rest: int
    window: int
    """most frames made in one go"""
    overlap: int
    """frames of the window before that the next one is shown"""
    multiple: int
    least: int = 1
    """fewest frames made in one go"""
    steps: int = 50
    guidance: float = 5.0

    def frames(self, wanted: int) -> int:
        """The smallest allowed count that is not below `wanted`."""
        above = max(wanted, self.least) - self.rest
        return self.rest + self.stride * max(0 if self.rest else 1, math.ceil(above / self.stride))

    def shown(self, count: int) -> int:
        """How many frames `count` given ones become when they are encoded: 0, or the next stride * n + rest."""
        return count and count + -(count - self.rest) % self.stride

    def size(self, wanted: tuple[int, int]) -> tuple[int, int]:
        """The smallest allowed (W, H) that covers `wanted`."""
        width, height = (-(-side // self.multiple) * self.multiple for side in wanted)
        return width, height

    def __str__(self) -> str:
        if self.window == 1:
            return f"single pictures; sides by {self.multiple}"
        count = f"{self.stride}n+{self.rest} frames" if self.stride > 1 else "frames"
        return f"{count}, {self.window} at once, {self.overlap} shown to the next; sides by {self.multiple}"


def check(job: AdapterJob) -> None:
    """Raises AdapterError for a job that no family can do."""
    if job.frames < 1:
        raise AdapterError(f"{job.frames} frames: nothing to make", "ask for 1 or more")
    if not 0 <= job.strength <= 1:
        raise AdapterError(f"strength {job.strength:g}: out of range", "0 to 1")
    width, height = job.size
    for name, picture in (("context", job.context), ("image", job.image)):
        if picture is None:
            continue
        if picture.ndim != (4 if name == "context" else 3) or picture.shape[-1] != 3 or picture.dtype != np.uint8:
            raise AdapterError(f"{name}: not uint8 RGB, but {picture.dtype} {picture.shape}", "give [H, W, 3] bytes")
        if picture.shape[-3:-1] != (height, width):
            got = f"{picture.shape[-2]}x{picture.shape[-3]}"
            raise AdapterError(f"{name}: {got}, but the job is {width}x{height}", f"scale it to {width}x{height}")
    if job.context is not None and not 1 <= len(job.context) <= job.frames:
        raise AdapterError(f"context: {len(job.context)} frames for a job of {job.frames}", "1 to all of them")


def stretched(clip: Clip, size: tuple[int, int]) -> Clip:
    """[N, H, W, 3] with its edges repeated outwards to `size` (W, H), the picture in the middle."""
    below, beside = size[1] - clip.shape[1], size[0] - clip.shape[2]
    top, left = below // 2, beside // 2
    return np.pad(clip, ((0, 0), (top, below - top), (left, beside - left), (0, 0)), mode="edge")


def cropped(clip: Clip, size: tuple[int, int]) -> Clip:
    """The middle of [N, H, W, 3], `size` = (W, H): what `stretched` put there."""
    top, left = (clip.shape[1] - size[1]) // 2, (clip.shape[2] - size[0]) // 2
    return clip[:, top : top + size[1], left : left + size[0]]
