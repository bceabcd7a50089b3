"""Pictures to music: one dream for each beat, the latents between two of them on their way, and pulses on the pixels.

What the music says is decided elsewhere; here a `Key` is a dream that is whole at its frame. The way there begins
slowly and ends at full speed, so that most changes in the very frame of the beat. A `Pulse` is what a drum does to
one frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.conditioning import together
from engine.diffusion.contracts import Conditioning
from engine.diffusion.denoisers import keeping_clean
from engine.diffusion.guidance import led
from engine.diffusion.schedule import levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import heard
from engine.pipelines.text2video import AT_ONCE, Job, Scene, cells, pictures, sampler
from engine.pools.interpolate import mix, settled
from engine.pools.memory import Memory, Recalled

Frame = NDArray[np.uint8]
TRIES = 12
"""seeds that are tried for a memory that was not shown just before"""
RECENT = 3
"""pictures back that count as just before"""
FINE = 1.2
"""pixels: standard deviation of what counts as detail"""


@dataclass(frozen=True, slots=True)
class Picture:
    """Words, and a seed that chooses among the memories that fit them."""

    prompt: str
    seed: int


@dataclass(frozen=True, slots=True)
class Key:
    """A dream that is whole at `frame`."""

    frame: int
    shown: tuple[tuple[Picture, float], ...]
    """pictures and their weights, 1 together"""
    turn: float = 0.0
    """of the memories' loops, in turns"""
    ease: float = 3.0
    """power of the way there: 1 is a straight line, more arrives later and faster"""
    cut: bool = False
    """nothing of it is seen before its frame"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a frame is given; all 0: left as it is."""

    zoom: float = 0.0
    """share by which it is enlarged, 0-1"""
    light: float = 0.0
    """share of brightness added, -1 to 1"""
    colour: float = 0.0
    """share of saturation added, 0-1"""
    detail: float = 0.0
    """share of fine detail added, 0-2"""


def frames(
    keys: Sequence[Key], pulses: Callable[[int], Pulse], job: Job, house: House, memory: Memory, start: int = 0
) -> Iterator[Frame]:
    """Frames uint8 [H, W, 3] of the job's size, from `start` to its last; pulses: of each frame number.

    Memory does not grow with the length. Raises EngineError without a denoiser, or for keys that do not rise."""
    coming, number = latents(keys, job, house, memory, start), start
    while waiting := list(islice(coming, AT_ONCE)):
        for picture in pictures(waiting, house, job.size):
            yield pulsed(picture, pulses(number))
            number += 1


def latents(keys: Sequence[Key], job: Job, house: House, memory: Memory, start: int = 0) -> Iterator[Tensor]:
    """float32 [C, h, w] per frame from `start` on: held before the first key and after the last, mixed between."""
    if not keys or any(b.frame <= a.frame for a, b in pairwise(keys)):
        raise EngineError("audio2video: frames of keys must rise", "give at least one key")
    first = max((i for i, key in enumerate(keys) if key.frame <= start), default=0)
    dreams = _dreams(keys, first, job, house, memory)
    a, frame = next(dreams), start
    while frame < min(keys[first].frame, job.frames):
        yield a
        frame += 1
    for before, key in zip(keys[first:], keys[first + 1 :], strict=False):
        if frame >= job.frames:
            return
        b = next(dreams)
        while frame < min(key.frame, job.frames):
            share = way(key, (frame - before.frame) / (key.frame - before.frame))
            yield mix(a[None], b[None], torch.tensor([share]))[0]
            frame += 1
        a = b
    for _ in range(frame, job.frames):
        yield a


def way(key: Key, at: float) -> float:
    """How much of a key is seen when `at` (0-1) of the time to it has passed: all of it exactly at 1."""
    return float(at >= 1.0) if key.cut else min(1.0, max(0.0, at)) ** key.ease


@torch.inference_mode()
def _dreams(keys: Sequence[Key], first: int, job: Job, house: House, memory: Memory) -> Iterator[Tensor]:
    """The latents of key `first` and of all that follow. They are made in the same groups wherever it begins."""
    if house.denoiser is None:
        raise EngineError("no denoiser", house.missing)
    h, w = cells(job.size)
    noise = torch.randn((house.denoiser.config.latent, 1, h, w), generator=torch.Generator().manual_seed(job.seed))
    group = first // AT_ONCE * AT_ONCE
    found, scenes = recalled(keys, memory), dict[tuple[tuple[Picture, float], ...], Scene]()
    for _ in range(group):
        next(found)
    while several := list(islice(found, AT_ONCE)):
        told = []
        for key, loops in several:
            if key.shown not in scenes:
                words = heard(house, tuple((picture.prompt, weight) for picture, weight in key.shown), job.knobs)
                scenes = {**dict(list(scenes.items())[-1:]), key.shown: Scene.of(words, memory, loops)}
            told.append(scenes[key.shown].conditioning(torch.tensor([key.turn]), (h, w), job))
        cond = together(told)
        x = (job.temperature * noise).to(house.dtype).expand(len(told), -1, -1, -1, -1)
        assert cond.reference is not None
        made = settled(_sampled(x, cond, job, house), cond.reference)[:, :, 0].float()
        yield from made[max(0, first - group) :]
        group += len(several)


def _sampled(x: Tensor, cond: Conditioning, job: Job, house: House) -> Tensor:
    assert house.denoiser is not None
    baked = house.denoiser.leaps or job.sampler == "flowmap"
    denoise, cond = led(house.denoiser, baked, job.guidance, cond, None)
    times = levels(torch.ones(len(x), 1), job.steps)
    return sampler(job.sampler)(keeping_clean(denoise), x, times, cond, torch.Generator().manual_seed(job.seed + 1))


def recalled(keys: Iterable[Key], memory: Memory) -> Iterator[tuple[Key, Recalled]]:
    """Each key with what is remembered for it: for a new picture, if it can be, nothing of the last RECENT ones."""
    known: dict[Picture, Recalled] = {}
    for key in keys:
        loops: dict[int, float] = {}
        for picture, weight in key.shown:
            if picture not in known:
                known = {**dict(list(known.items())[-RECENT:]), picture: _other(picture, memory, known)}
            for entry, share in known[picture].loops:
                loops[entry] = loops.get(entry, 0.0) + weight * share
        yield key, Recalled(tuple(loops.items()), 0.0, sum(picture.seed for picture, _ in key.shown))


def _other(picture: Picture, memory: Memory, known: Mapping[Picture, Recalled]) -> Recalled:
    shown = {entry for other in known.values() for entry, _ in other.loops}
    tries = (memory.recall(((picture.prompt, 1.0),), None, picture.seed + 7919 * n) for n in range(TRIES))
    found = [replace(found, turn=0.0) for found in tries]
    return next((f for f in found if not shown & {entry for entry, _ in f.loops}), found[0])


def pulsed(frame: Frame, pulse: Pulse) -> Frame:
    """A frame [H, W, 3] with its pulse."""
    if pulse == Pulse():
        return frame
    height, width = frame.shape[:2]
    if pulse.zoom > 0:
        scale = 1.0 + pulse.zoom
        centre = np.array([(width - 1) / 2, (height - 1) / 2])
        matrix = np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]])
        matrix[:, 2] = centre * (1 - scale)
        frame = np.asarray(
            cv2.warpAffine(frame, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101),
            np.uint8,
        )
    x = frame.astype(np.float32)
    if pulse.detail > 0:
        x += np.float32(pulse.detail) * (x - cv2.GaussianBlur(x, (0, 0), FINE))
    if pulse.colour > 0:
        grey = x.mean(axis=2, keepdims=True)
        x = grey + np.float32(1.0 + pulse.colour) * (x - grey)
    if pulse.light:
        x *= np.float32(1.0 + pulse.light)
    return np.asarray(np.clip(np.rint(x), 0, 255), np.uint8)
