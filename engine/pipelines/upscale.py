"""Larger frames with detail that the frames around them saw: temporal super-resolution without weights.

Iterative back-projection (Irani and Peleg 1991) of brightness: what the large picture would look like in each of the
frames around, moved there along the flow and made small by area, is compared with what is there, and the difference
put back. A pixel of a neighbour counts as far as the way there and back agrees and as it fits; nothing is taken
across a scene cut. Colour is bicubic: video files keep it at half the size anyhow.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from engine.vision.cuts import is_cut
from engine.vision.flow import Field, Frame, flows, grid, mismatch

STEP = 1.6
"""how much of the difference is put back each round; 2 would swing"""
SURE = 0.5
"""pixels: standard deviation of the way there and back that still counts"""
FITS, LEAST = 2.0, 0.25
"""a neighbour's pixel is taken as far as its difference is no more than about so many times the frame's own (what the
doubled frame, made small again, lacks), and so many grey levels: where there is nothing to win, nothing is risked"""
OWN = 1.5
"""weight of the frame itself; a neighbour has 1 at most"""
LARGE = 600_000
"""pixels of a frame above which motion is looked for in coarser steps (0.1 dB less, four times as fast)"""
ENOUGH = 1.05
"""an enlargement that needs no detail"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that came in; shot counts the cuts before it."""

    number: int
    shot: int
    frame: Frame
    luma: Field


def upscaled(
    frames: Iterable[Frame], size: tuple[int, int], radius: int = 1, rounds: int = 3, most: int = 1
) -> Iterator[Frame]:
    """Frames [H, W, 3] at `size` = (W, H): doubled at most `most` times until they cover it, then Lanczos; filled, cut.

    radius: neighbours on either side that detail is taken from, 0-4 (0: each frame alone); 2 radius + 1 frames of each
    doubling are held. rounds: of back-projection, 1-20. Raises ValueError outside."""
    if not 0 <= radius <= 4 or not 1 <= rounds <= 20:
        raise ValueError(f"radius {radius} must be 0 to 4 and rounds {rounds} 1 to 20")
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        return
    out = _with(first, coming)
    for _ in range(min(most, doublings(first.shape[1], first.shape[0], size))):
        out = doubled(out, radius, rounds)
    for frame in out:
        yield fitted(frame, size)


def doublings(width: int, height: int, size: tuple[int, int]) -> int:
    """How often a picture must be doubled to cover `size`."""
    need = max(size[0] / width, size[1] / height)
    return 0 if need <= ENOUGH else math.ceil(math.log2(need) - 1e-9)


def doubled(frames: Iterable[Frame], radius: int = 2, rounds: int = 5) -> Iterator[Frame]:
    """Each frame [H, W, 3] at twice its size, with detail of `radius` neighbours on either side."""
    ways: dict[tuple[int, int], Field] = {}
    for centre, around in _windows(frames, radius):
        near = [seen for seen in around if seen is not centre and seen.shot == centre.shot]
        wanted = [pair for seen in near for pair in ((centre, seen), (seen, centre))]
        missing = [(a, b) for a, b in wanted if (a.number, b.number) not in ways]
        preset = "fast" if radius < 2 or centre.luma.size > LARGE else "medium"
        found = flows([(a.frame, b.frame) for a, b in missing], preset)
        ways |= {(a.number, b.number): way for (a, b), way in zip(missing, found, strict=True)}
        links = [_Link.to(seen, ways[centre.number, seen.number], ways[seen.number, centre.number]) for seen in near]
        yield _enlarged(centre, links, rounds)
        oldest = centre.number - radius
        ways = {pair: way for pair, way in ways.items() if min(pair) > oldest}


@dataclass(frozen=True, slots=True)
class _Link:
    """A neighbour [h, w], and how the enlarged picture [2h, 2w] lies in it."""

    luma: Field
    there: Field
    """where in the large picture each of its pixels is seen [h, w, 2]"""
    back: Field
    """where in it each pixel of the large picture is seen [2h, 2w, 2]"""
    sure: Field
    """how far that agrees with the way back, 0-1 [2h, 2w]"""

    @classmethod
    def to(cls, seen: Seen, forward: Field, backward: Field) -> _Link:
        height, width = seen.luma.shape
        large = (2 * width, 2 * height)
        agreed = np.exp(-(mismatch(forward, backward) ** 2) / np.float32(2 * SURE**2))
        # pixel centres: the large picture's pixel i is at (i + 1/2) / 2 - 1/2 of the small one
        places = (grid(2 * height, 2 * width) - np.float32(0.5)) / 2
        back = places + cv2.resize(forward, large, interpolation=cv2.INTER_LINEAR)
        return cls(seen.luma, 2 * (grid(height, width) + backward), back, cv2.resize(agreed, large))


def _enlarged(centre: Seen, links: list[_Link], rounds: int) -> Frame:
    height, width = centre.luma.shape
    large = (2 * width, 2 * height)
    start = cv2.resize(centre.frame, large, interpolation=cv2.INTER_CUBIC)
    first = _luma(start)
    x = first
    lacking = cv2.blur(np.abs(centre.luma - _halved(x)), (5, 5))
    most = [np.float32(FITS) * _sampled(lacking, np.float32(0.5) * link.there) + np.float32(LEAST) for link in links]
    for _ in range(rounds):
        change = np.float32(OWN) * cv2.resize(centre.luma - _halved(x), large, interpolation=cv2.INTER_CUBIC)
        weight = np.full_like(x, OWN)
        # the mean of the four pixels that begin at each: sampled at 2 p, it is what a small pixel at p sees
        fours = cv2.blur(x, (2, 2), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
        for link, limit in zip(links, most, strict=True):
            error = link.luma - _sampled(fours, link.there)
            fit = np.exp(-((cv2.blur(np.abs(error), (5, 5)) / limit) ** 2))
            error, fit = cv2.split(_sampled(cv2.merge([error, fit]), link.back))
            fit = fit * link.sure
            change += fit * error
            weight += fit
        x = x + np.float32(STEP) * change / weight
    # the same change of all three channels changes brightness alone
    return np.asarray(cv2.add(start, cv2.merge([x - first] * 3), dtype=cv2.CV_8U), np.uint8)


def _halved(x: Field) -> Field:
    return np.asarray(cv2.resize(x, (x.shape[1] // 2, x.shape[0] // 2), interpolation=cv2.INTER_AREA), np.float32)


def _sampled(picture: Field, places: Field) -> Field:
    return np.asarray(cv2.remap(picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _luma(frame: Frame) -> Field:
    """BT.601, not rounded [H, W], 0-255."""
    red, green, blue = cv2.split(frame)
    two = cv2.addWeighted(red, 0.299, green, 0.587, 0.0, dtype=cv2.CV_32F)
    return np.asarray(cv2.scaleAdd(blue.astype(np.float32), 0.114, two), np.float32)


def _windows(frames: Iterable[Frame], radius: int) -> Iterator[tuple[Seen, list[Seen]]]:
    """Each frame with those around it, `radius` on either side where there are so many."""
    held: deque[Seen] = deque(maxlen=2 * radius + 1)
    for number, frame in enumerate(frames):
        shot = held[-1].shot + int(is_cut(held[-1].frame, frame)) if held and radius else 0
        held.append(Seen(number, shot, frame, _luma(frame)))
        if number >= radius:
            yield held[-1 - radius], list(held)
    for left in range(min(radius, len(held)), 0, -1):
        centre = held[-left]
        yield centre, [seen for seen in held if seen.number >= centre.number - radius]


def _with(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from rest


def fitted(frame: Frame, size: tuple[int, int]) -> Frame:
    """Scaled to fill `size` = (W, H), what sticks out cut on two sides; Lanczos, band-limited where it gets smaller."""
    height, width = frame.shape[:2]
    if (width, height) == size:
        return frame
    scale = max(size[0] / width, size[1] / height)
    w, h = size[0] / scale, size[1] / scale
    left, top = (width - w) / 2, (height - h) / 2
    picture = Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS, box=(left, top, left + w, top + h))
    return np.asarray(picture, np.uint8)
