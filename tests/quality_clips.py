"""Clips made in code for the tests of the checks: honest motion of every kind, and ways to break it on purpose.

A clip is a list of frames uint8 [h, w, 3]. What makes one has a name that is a noun; what changes one takes it first.
Every clip that is random takes its seed, and none is stored.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

Frame = NDArray[np.uint8]
Frames = list[Frame]
SIZE = (256, 144)
"""width and height where nothing else is said"""
COUNT = 24
POOL = Path(__file__).parent.parent / "latent_pools" / "house" / "pool.mp4"
LOOP = 8
"""frames of a loop of the pool"""
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field")


# honest motion


@lru_cache(maxsize=8)
def photograph(name: str = "astronaut") -> Frame:
    """A picture in colour that scikit-image carries with it."""
    return np.ascontiguousarray(getattr(data, name)()[..., :3])


def camera(
    name: str = "astronaut",
    count: int = COUNT,
    size: tuple[int, int] = SIZE,
    *,
    right: float = 0.0,
    down: float = 0.0,
    zoom: float = 1.0,
    turn: float = 0.0,
) -> Frames:
    """A camera over a photograph. right, down: pixels a frame; zoom: factor a frame; turn: degrees a frame."""
    picture, (width, height) = photograph(name), size
    base = 1.25 * max(width / picture.shape[1], height / picture.shape[0])
    out = []
    for i in range(count):
        k = i - count / 2
        m = cv2.getRotationMatrix2D((picture.shape[1] / 2, picture.shape[0] / 2), turn * k, base * zoom**k)
        m[:, 2] += (width / 2 - picture.shape[1] / 2 - right * k, height / 2 - picture.shape[0] / 2 - down * k)
        out.append(cv2.warpAffine(picture, m, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT))
    return out


def still(name: str = "astronaut", count: int = COUNT, size: tuple[int, int] = SIZE) -> Frames:
    return camera(name, count, size)


def flat(level: int = 128, count: int = COUNT, size: tuple[int, int] = SIZE) -> Frames:
    return [np.full((size[1], size[0], 3), level, np.uint8) for _ in range(count)]


def shapes(count: int = COUNT, size: tuple[int, int] = SIZE, speed: float = 2.0, seed: int = 1) -> Frames:
    """Discs and boxes of one colour each that cross a gradient and each other."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    back = np.stack([60 + 80 * x / width, 40 + 60 * y / height, np.full_like(x, 70)], axis=-1)
    at = rng.uniform(0.15, 0.6, (6, 2)) * (width, height)
    way = rng.uniform(0, 2 * np.pi, 6)
    radius, colour = rng.uniform(0.08, 0.16, 6) * height, rng.uniform(60, 255, (6, 3))
    out = []
    for i in range(count):
        picture = back.copy()
        for k in range(6):
            cx, cy = at[k] + speed * i * np.array([np.cos(way[k]), np.sin(way[k])])
            far = np.hypot(x - cx, y - cy) if k % 2 else np.maximum(np.abs(x - cx), np.abs(y - cy))
            inside = np.clip(radius[k] - far + 0.5, 0, 1)[..., None]
            picture = picture * (1 - inside) + inside * colour[k]
        out.append(_bytes(picture))
    return out


def occluders(count: int = COUNT, size: tuple[int, int] = SIZE, speed: float = 3.0) -> Frames:
    """Textured discs that pass over a photograph: a lot is covered and uncovered, nothing turns into anything."""
    back, skin = still("coffee", 1, size)[0], photograph("chelsea")
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    out = []
    for i in range(count):
        picture = back.astype(np.float32)
        for k, (u, v, dx, dy, r) in enumerate(
            [(0.2, 0.3, 1, 0.2, 0.2), (0.8, 0.6, -1, 0.1, 0.25), (0.4, 0.9, 0.4, -0.6, 0.15)]
        ):
            cx, cy = u * size[0] + dx * speed * i, v * size[1] + dy * speed * i
            inside = np.clip(r * size[1] - np.hypot(x - cx, y - cy) + 0.5, 0, 1)[..., None]
            painted = cv2.remap(
                skin, x - cx + 120 + 60 * k, y - cy + 150, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
            )
            picture = picture * (1 - inside) + inside * painted
        out.append(_bytes(picture))
    return out


def plasma(count: int = COUNT, size: tuple[int, int] = SIZE, rate: float = 0.02) -> Frames:
    """A smooth pattern that flows as a generator's does; `rate` in turns a frame."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32) / size[1]
    out = []
    for i in range(count):
        t = 2 * np.pi * rate * i
        v = (
            np.sin(7 * x + t)
            + np.sin(9 * y - t)
            + np.sin(6 * (x + y) + 2 * t)
            + np.sin(8 * np.hypot(x - 0.8, y - 0.5) - t)
        )
        out.append(_bytes(np.stack([128 + 110 * np.sin(np.pi * v / 2 + p) for p in (0, 2.1, 4.2)], axis=-1)))
    return out


@lru_cache(maxsize=1)
def pool_loops(most: int = 102) -> tuple[tuple[Frame, ...], ...]:
    """The loops of the house pool, 8 frames of 512x288 each."""
    with av.open(str(POOL)) as file:
        frames: list[Frame] = []
        for frame in file.decode(video=0):
            frames.append(frame.to_ndarray(format="rgb24"))
            if len(frames) == most * LOOP:
                break
    return tuple(tuple(frames[i : i + LOOP]) for i in range(0, len(frames), LOOP))


# honest change


def faded(frames: Sequence[Frame], first: float = 1.0, last: float = 0.2) -> Frames:
    """The gain goes evenly from first to last."""
    return gained(frames, np.linspace(first, last, len(frames)))


def pulsed(frames: Sequence[Frame], period: int = 15, depth: float = 0.3) -> Frames:
    """Smooth pulses of light, as on the beat: up at once within three frames, down slowly."""
    k = np.arange(len(frames)) % period
    shape = np.where(k < 3, np.sin(np.pi / 2 * k / 3), np.exp(-(k - 3) / (0.3 * period)))
    return gained(frames, 1 - depth + depth * shape)


def breathing(frames: Sequence[Frame], period: int = 16, depth: float = 0.15) -> Frames:
    """The gain goes up and down as a sine."""
    return gained(frames, 1 + depth * np.sin(2 * np.pi * np.arange(len(frames)) / period))


def grained(frames: Sequence[Frame], sigma: float = 3.0, seed: int = 0) -> Frames:
    """The noise of a camera: new in every frame, in every pixel."""
    rng = np.random.default_rng(seed)
    return [_bytes(f + rng.normal(0, sigma, f.shape)) for f in frames]


def coded(frames: Sequence[Frame], crf: int = 28, fps: int = 25) -> Frames:
    """As H.264 gives them back."""
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1] & ~1, frames[0].shape[0] & ~1, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        file.mux(stream.encode(None))
    held.seek(0)
    with av.open(held) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


# breaking it


def gained(frames: Sequence[Frame], gains: Iterable[float]) -> Frames:
    """Each frame's codes times its gain."""
    return [_bytes(f.astype(np.float32) * g) for f, g in zip(frames, gains, strict=True)]


def flickering(frames: Sequence[Frame], amount: float = 0.04, seed: int | None = None) -> Frames:
    """Brightness up and down by +-amount from frame to frame; by chance (uniform in sign) with a seed."""
    signs = np.where(np.arange(len(frames)) % 2 == 0, 1.0, -1.0)
    if seed is not None:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(frames))
    return gained(frames, 1 + amount * signs)


def boiling(frames: Sequence[Frame], sigma: float = 12.0, grain: float = 3.0, seed: int = 0) -> Frames:
    """Texture that is new in every frame, in blotches of `grain` pixels: what a generator without memory paints."""
    rng = np.random.default_rng(seed)
    out = []
    for f in frames:
        blotches = cv2.GaussianBlur(rng.normal(0, 1, f.shape[:2]).astype(np.float32), (0, 0), grain)
        out.append(_bytes(f + (sigma * blotches / blotches.std())[..., None]))
    return out


def melted(frames: Sequence[Frame], other: Sequence[Frame], first: int, last: int) -> Frames:
    """Frames first to last turn into the other clip's: both are bent towards each other while one gives way."""
    out = list(frames[:first])
    height, width = frames[0].shape[:2]
    field = _swirl(width, height, 0.9)
    for i in range(first, len(frames)):
        u = min(1.0, (i - first + 1) / (last - first + 2))
        a, b = _bent(frames[i], field, u), _bent(other[i], field, u - 1)
        out.append(_bytes(a.astype(np.float32) * (1 - u) + b.astype(np.float32) * u))
    return out


def swirled(frames: Sequence[Frame], first: int, speed: float = 0.35, radius: float = 0.35) -> Frames:
    """From `first` on the middle is stirred, faster inside than outside: forms are torn. speed: radians a frame."""
    height, width = frames[0].shape[:2]
    field = _swirl(width, height, radius)
    return [f if i < first else _bent(f, field, speed * (i - first + 1)) for i, f in enumerate(frames)]


def swapped(frames: Sequence[Frame]) -> Frames:
    """The second half before the first: one jump in the middle, at frame len - len // 2."""
    return [*frames[len(frames) // 2 :], *frames[: len(frames) // 2]]


def shuffled(frames: Sequence[Frame], seed: int = 0) -> Frames:
    return [frames[i] for i in np.random.default_rng(seed).permutation(len(frames))]


def interrupted(frames: Sequence[Frame], at: int, other: Frame) -> Frames:
    """One foreign frame."""
    fitted = cv2.resize(other, (frames[0].shape[1], frames[0].shape[0]), interpolation=cv2.INTER_AREA)
    return [*frames[:at], np.asarray(fitted, np.uint8), *frames[at + 1 :]]


def _bytes(picture: NDArray[np.floating]) -> Frame:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _swirl(width: int, height: int, radius: float) -> NDArray[np.float32]:
    """Angle by place [h, w]: 1 in the middle, 0 outside `radius` (of the height)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    far = np.hypot(x - width / 2, y - height / 2) / (radius * height)
    return np.asarray(np.clip(1 - far, 0, 1) ** 2, np.float32)


def _bent(frame: Frame, field: NDArray[np.float32], turns: float) -> Frame:
    height, width = frame.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = field * np.float32(turns)
    dx, dy = x - width / 2, y - height / 2
    at_x = width / 2 + np.cos(angle) * dx - np.sin(angle) * dy
    at_y = height / 2 + np.sin(angle) * dx + np.cos(angle) * dy
    return np.asarray(cv2.remap(frame, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.uint8)
