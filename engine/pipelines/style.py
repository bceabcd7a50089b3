"""A clip in another manner: every frame is drawn anew, and steadied by the frame before, moved along with the picture.

A styler is a callable: (frame uint8 [H, W, 3], what was made of the frame before, or None after a cut) ->
float32 [H, W, 3], 0-255. `engine.vision.transfer.Transfer` draws after a picture, `Dreamer` below
after words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.model.house import House
from engine.pipelines.poolwalk import to_frames
from engine.pipelines.restyle import dreamed, to_input
from engine.runtimes import eager
from engine.runtimes.runtime import Runtime, Shapes
from engine.types import Request
from engine.vision.flow import Field, both, grid, mismatch, warp
from engine.vision.transfer import Past

Frame = NDArray[np.uint8]
Drawn = NDArray[np.float32]
Styler = Callable[[Frame, Past | None], Drawn]
NATIVE = 512
"""pixels: the longer side of what is drawn; larger frames get their fine detail back afterwards"""
KEEP = 0.9
"""most of the frame before that is kept where the picture is the same, moved"""
ASTRAY = 1.5
"""pixels that the way there and back may miss by before nothing is kept"""
CHANGED = 12.0
"""change of brightness (0-255) beyond that of noise at which nothing is kept"""
CUT = 0.2
"""less than this share of the picture known from the frame before is a cut"""
RENEW = 12
"""frames after which a drawing is moved from another key"""
ANCHOR, BLUR = 0.1, 12.0
"""share of the low frequencies (Gaussian of so many pixels) taken from the frame itself, so that nothing drifts"""
DETAIL = 0.6
"""of the fine luminance detail that is lost by drawing small, what is put back"""


@dataclass(frozen=True, slots=True)
class Steady:
    """How a clip is held steady. keep 0-1: of the frame before; native: the longer side that is drawn at, in pixels."""

    keep: float = KEEP
    native: int = NATIVE
    detail: float = DETAIL


@dataclass(frozen=True, slots=True)
class Key:
    """A drawing that the next ones are moved from at once rather than step by step: each step would blur it."""

    frame: Frame
    drawn: Drawn
    age: int
    """frames since it was made"""
    way: Field
    """[H, W, 2]: from the newest frame to it"""
    sure: NDArray[np.float32]
    """[H, W, 1], 0-1: where that is known"""

    @classmethod
    def of(cls, frame: Frame, drawn: Drawn) -> Key:
        height, width = drawn.shape[:2]
        return cls(frame, drawn, 0, np.zeros((height, width, 2), np.float32), np.ones((height, width, 1), np.float32))


@dataclass(frozen=True, slots=True)
class Last:
    """Of the frame before: as it was, and what was made of it."""

    frame: Frame
    drawn: Drawn
    key: Key


def styled(frames: Iterable[Frame], styler: Styler, steady: Steady = Steady()) -> Iterator[Frame]:
    """Frames uint8 [H, W, 3] of one size -> as many of the same size. Holds two frames, however long the clip is."""
    last: Last | None = None
    for frame in frames:
        small = drawing_size(frame, steady.native)
        past, key = moved(last, small) if last is not None and steady.keep > 0 else (None, None)
        made = styler(small, past)
        if past is not None:
            made = settled(made, past, steady.keep)
        last = Last(small, made, Key.of(small, made) if key is None or key.age >= RENEW else key)
        yield enlarged(made, small, frame, steady.detail)


def drawing_size(frame: Frame, native: int) -> Frame:
    height, width = frame.shape[:2]
    scale = native / max(height, width)
    if scale >= 1.0:
        return frame
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    small: Frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return small


def moved(last: Last, frame: Frame) -> tuple[Past | None, Key | None]:
    """What was made of the frame before, where it is now, and the key's way there; None and None after a cut."""
    back, forth = both(frame, last.frame)
    known = np.clip(1.5 - mismatch(back, forth) / ASTRAY, 0.0, 1.0) * same(warp(last.frame, back), frame) * inside(back)
    if float((known > 0.5).mean()) < CUT:
        return None, None
    soft = cv2.GaussianBlur(known.astype(np.float32), (0, 0), 1.0)[..., None]
    way = back + warp(last.key.way, back)
    there = warp(last.key.sure[..., 0], back) * same(warp(last.key.frame, way), frame) * inside(way)
    sure = np.minimum(soft, there[..., None])
    near, far = warp(last.drawn, back, sharp=True), warp(last.key.drawn, way, sharp=True)
    drawn = np.clip(near + sure * (far - near), 0.0, 255.0)
    return Past(drawn, soft), replace(last.key, age=last.key.age + 1, way=way, sure=sure)


def same(a: Frame, b: Frame) -> NDArray[np.float32]:
    """[H, W], 0-1: where two frames show the same; noise, which is everywhere alike, is no difference."""
    change = cv2.GaussianBlur(np.abs(a.astype(np.float32) - b).mean(2), (0, 0), 1.5)
    return np.asarray(np.clip(1.5 - 1.5 * np.maximum(change - np.median(change), 0.0) / CHANGED, 0.0, 1.0), np.float32)


def inside(motion: Field) -> NDArray[np.float32]:
    """[H, W], 0 or 1: what comes in over the edge is not known, though the flow likes to stretch the edge over it."""
    height, width = motion.shape[:2]
    x, y = np.moveaxis(grid(height, width) + motion, -1, 0)
    edge = (x < 1.0) | (y < 1.0) | (x > width - 2.0) | (y > height - 2.0)
    return np.asarray(~(edge & (np.abs(motion).max(2) > 0.25)), np.float32)


def settled(made: Drawn, past: Past, most: float) -> Drawn:
    """`made` with what is known of the frame before, at most `most` of it; its low frequencies stay near its own."""
    mixed = made + np.float32(most) * past.known * (past.drawn - made)
    drift: Drawn = cv2.GaussianBlur(made - mixed, (0, 0), BLUR)
    return mixed + np.float32(ANCHOR) * drift


def enlarged(made: Drawn, small: Frame, frame: Frame, detail: float) -> Frame:
    """What was drawn small at the size of the frame, the frame's own fine luminance detail put over it."""
    if small is not frame:
        size = (frame.shape[1], frame.shape[0])
        lost = luma(frame) - cv2.resize(luma(small), size, interpolation=cv2.INTER_CUBIC)
        large = cv2.resize(made, size, interpolation=cv2.INTER_CUBIC)
        made = large + np.float32(detail) * lost[..., None]
    return np.asarray(np.clip(made + 0.5, 0.0, 255.0), np.uint8)


def luma(frame: Frame) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.float32)


@dataclass(frozen=True, slots=True)
class Dreamer:
    """A styler after words: each frame is the picture that the house model goes by, the noise standing still."""

    house: House
    request: Request
    """prompts, seed, strength, steps; controls as in engine.pipelines.restyle"""
    runtime: Runtime

    @classmethod
    def of(cls, house: House, request: Request) -> Dreamer:
        """Raises EngineError without a denoiser or without a word that it knows."""
        if house.denoiser is None or house.text is None:
            raise EngineError("style by words needs the denoiser", house.missing)
        if not any(house.text.vector(text)[1] for text, _ in request.prompts):
            said = ", ".join(text for text, _ in request.prompts)[:60]
            raise EngineError(f"prompt {said!r}: no words in it", 'say what to see, such as "golden spiral"')
        shapes = Shapes(1, (house.autoencoder.config.latent, 2, 2))
        return cls(house, request, eager.open(house, shapes, Path()))

    @torch.inference_mode()
    def __call__(self, frame: Frame, past: Past | None) -> Drawn:
        size = (frame.shape[1], frame.shape[0])
        x = to_input(frame, size).to(self.runtime.dtype)
        base = self.runtime.encode(x).float()
        latents = dreamed(base, replace(self.request, size=size), self.house, self.runtime)
        plain, made = self.pictures(torch.cat([base, latents]), size)
        lost = luma(frame) - luma(plain)  # by the autoencoder: eyes, letters, edges
        made = made.astype(np.float32) + np.float32(DETAIL) * lost[..., None]
        share = np.float32(min(1.0, self.request.strength / 0.2))  # at strength 0 nothing of the autoencoder is left
        return np.asarray(frame + share * (made - frame), np.float32)

    def pictures(self, latents: torch.Tensor, size: tuple[int, int]) -> NDArray[np.uint8]:
        """[N, C, h, w] -> uint8 [N, H, W, 3], the middle cut out."""
        decoded = self.runtime.decode(latents.to(self.runtime.dtype))
        y, x = (decoded.shape[2] - size[1]) // 2, (decoded.shape[3] - size[0]) // 2
        return to_frames(decoded[..., y : y + size[1], x : x + size[0]], size)


def chained(first: Styler, second: Styler) -> Styler:
    """The second styler over what the first one made: words over a picture's manner."""

    def in_turn(frame: Frame, past: Past | None) -> Drawn:
        made = first(frame, past)
        return second(np.clip(made + 0.5, 0.0, 255.0).astype(np.uint8), past)

    return in_turn
