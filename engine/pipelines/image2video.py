"""A still picture, dreamed on: its latent is the clean first frame, and every later frame is denoised beside it.

The picture moves at full size (a slow push, nearness, slow swirls); what moved is shown to the denoiser as the picture
to go by, and only what the denoiser changes is added to it. So the detail that an autoencoder loses is never lost, the
first frame is the picture itself, and nothing adds up however long the video is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.conditioning import nothing
from engine.diffusion.contracts import Conditioning
from engine.diffusion.denoisers import keeping_clean
from engine.diffusion.samplers import flowmap
from engine.diffusion.schedule import TEMPERATURE, levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import heard
from engine.model.text import words
from engine.pools.interpolate import settled
from engine.vision import camera2d, nearness, organic
from engine.vision.camera2d import Frame

NATIVE = 512 * 288
"""pixels that are dreamed at; larger pictures get the dream's changes enlarged, and keep their own detail"""
CELL = 32
"""pixels: latents come in twos"""
RISE_S = 1.0
"""seconds until the dream is there"""
PUSH = 1.06
"""how much closer a natural motion comes in all"""
SWING = 0.012
"""share of the width that the nearest swings against the farthest, each way"""
DRIFT = 0.45
"""of the usual strength: things shall not seem to melt"""
EDGE = 0.05
"""shorter sides from the picture's edge over which the motion fades away"""
TURN_S = 8.0
"""seconds of one turn of the slow motion"""
NATURAL, WORDS = 1.5, 2.5
"""guidance without and with a prompt"""


@dataclass(frozen=True, slots=True)
class Job:
    """What to make: size (W, H) in pixels; strength 0-1: how far the picture goes over into the dream."""

    size: tuple[int, int] = (1920, 1080)
    frames: int = 96
    fps: float = 24.0
    prompt: str = ""
    """"": natural, in the picture's own colours"""
    strength: float = 0.7
    seed: int = 0
    steps: int = 1
    guidance: float = 0.0
    """0: NATURAL or WORDS"""


def native(size: tuple[int, int], most: int = NATIVE) -> tuple[int, int]:
    """The size (W, H) at which a picture of `size` is dreamed: about `most` pixels or its own, in whole cells."""
    scale = min(1.0, math.sqrt(most / (size[0] * size[1])))
    w, h = (max(1, round(side * scale / CELL)) * CELL for side in size)
    return w, h


def to_tensor(frame: Frame, size: tuple[int, int]) -> Tensor:
    """uint8 [H, W, 3] -> [1, 3, h, w], -1 to 1, at `size`."""
    how = cv2.INTER_AREA if frame.shape[1] > size[0] else cv2.INTER_CUBIC
    small = cv2.resize(frame, size, interpolation=how)
    return torch.from_numpy(np.ascontiguousarray(small)).permute(2, 0, 1)[None].float() / 127.5 - 1.0


@dataclass(frozen=True, slots=True)
class Dreamer:
    """Dreams over frames of one picture: `dreamer(frame, level, turn)`."""

    house: House
    first: Tensor
    """[1, C, h, w]: the picture"""
    noise: Tensor
    """the same for all frames, or the dream would boil"""
    told: Conditioning
    size: tuple[int, int]
    anchored: bool
    """whether the picture itself is the clean first frame: it lends its colours; words bring their own"""
    steps: int = 1

    @classmethod
    def of(cls, picture: Frame, house: House, job: Job) -> Dreamer:
        """Raises EngineError without a denoiser, or for a prompt without words."""
        if house.denoiser is None or house.text is None:
            raise EngineError("image2video needs the denoiser", house.missing)
        check_words(house, job.prompt)
        size = native(camera2d.size_of(picture))
        with torch.inference_mode():
            first = house.autoencoder.encode(to_tensor(picture, size).to(house.dtype)).float()
        generator = torch.Generator().manual_seed(job.seed & 0x7FFFFFFFFFFFFFFF)
        noise = TEMPERATURE * torch.randn(first.shape, generator=generator)
        guidance = job.guidance or (WORDS if job.prompt else NATURAL)
        anchored = not job.prompt
        told = _told(house, job.prompt, guidance, 2 if anchored else 1)
        return cls(house, first, noise, told, size, anchored, max(1, job.steps))

    @torch.inference_mode()
    def __call__(self, frame: Frame, level: float, turn: float) -> Frame:
        """frame uint8 [H, W, 3], level 0-1 (at 0 exactly the frame), turn of the slow motion -> dreamed, as large."""
        if level <= 0:
            return frame
        source = self.house.autoencoder.encode(to_tensor(frame, self.size).to(self.house.dtype)).float()
        dream = torch.lerp(source, settled(self._dream(source, turn), source), min(1.0, level))
        both = torch.cat([dream, source]).to(self.house.dtype)
        made, plain = self.house.autoencoder.decode(both).float()
        change = ((made - plain) * 127.5).permute(1, 2, 0).contiguous().numpy()
        return added(frame, change)

    def _dream(self, source: Tensor, turn: float) -> Tensor:
        assert self.house.denoiser is not None
        frames = [self.first, source] if self.anchored else [source]
        noises = [self.first, self.noise] if self.anchored else [self.noise]
        level = torch.tensor([[0.0, 1.0]]) if self.anchored else torch.ones(1, 1)
        phases = torch.tensor([[0.0, turn % 1.0]]) if self.anchored else torch.tensor([[turn % 1.0]])
        cond = replace(self.told, reference=torch.stack(frames, 2), closeness=torch.ones(1), phases=phases)
        x = torch.stack(noises, 2).to(self.house.dtype)
        made = flowmap.sample(keeping_clean(self.house.denoiser), x, levels(level, self.steps), cond)
        return made[:, :, -1].float()


def check_words(house: House, prompt: str) -> None:
    """Raises EngineError for a prompt of which the model knows no word: which, and the nearest that it does know."""
    if not prompt or house.text is None:
        return
    if not house.text.vector(prompt)[1]:
        raise EngineError(f"prompt {prompt[:60]!r}: no words in it", 'say what to see, such as "golden fire"')
    unknown = house.text.unknown(prompt)
    if len(unknown) == len(dict.fromkeys(words(prompt))) and house.text.vocabulary:
        near = ", ".join(dict.fromkeys(word for u in unknown for word, _ in house.text.nearest(u, 2)))
        raise EngineError(f"prompt {prompt[:60]!r}: none of its words is known", f"the nearest known: {near}")


def _told(house: House, prompt: str, guidance: float, frames: int) -> Conditioning:
    assert house.denoiser is not None
    one, config = heard(house, ((prompt, 1.0),) if prompt else ()), house.denoiser.config
    return replace(
        nothing(1, frames, config.text, config.attributes),
        text=one.text[None],
        text_known=one.text_known[None],
        attributes=one.attributes[None],
        attributes_known=one.attributes_known[None],
        phases_known=torch.ones(1),
        guidance=torch.tensor([guidance]),
    )


def added(frame: Frame, change: NDArray[np.float32]) -> Frame:
    """The frame [H, W, 3] with a change [h, w, 3] (in steps of 255), enlarged to it."""
    h, w = frame.shape[:2]
    large = cv2.resize(change, (w, h), interpolation=cv2.INTER_LANCZOS4)
    out: Frame = np.clip(frame + large + 0.5, 0, 255).astype(np.uint8)
    return out


@dataclass(frozen=True, slots=True)
class Moving:
    """The natural motion of a picture: a slow push, what is near swings a little, all drifts. At 0 s the picture."""

    source: Frame
    near: NDArray[np.float32]
    drift: organic.Motion
    seconds: float

    @classmethod
    def of(cls, picture: Frame, job: Job) -> Moving:
        fitted = camera2d.seen(camera2d.pyramid(picture), camera2d.whole(camera2d.size_of(picture), job.size), job.size)
        place = organic.Place.of(job.size)
        h, w = place.x.shape
        near = cv2.resize(nearness.estimate(fitted), (w, h), interpolation=cv2.INTER_AREA)
        near = cv2.GaussianBlur(near, (0, 0), 0.012 * max(h, w))
        edge = np.minimum(np.minimum(place.x, place.x.max() - place.x), np.minimum(place.y, place.y.max() - place.y))
        edge = np.clip(edge / EDGE, 0, 1)  # nothing is drawn in from beyond the picture
        calm = ((1.1 - near) * edge)[..., None]  # what is far drifts: skies, water, leaves; the subject stays itself
        near = 0.5 + (near - 0.5) * edge
        drift = organic.drift(place, job.seed, DRIFT)
        return cls(fitted, near, lambda turn: drift(turn) * calm, job.frames / job.fps)

    def at(self, second: float) -> Frame:
        """uint8 [H, W, 3]"""
        if second <= 0:
            return self.source
        turn = second / TURN_S
        h, w = self.near.shape
        size, short = camera2d.size_of(self.source), min(camera2d.size_of(self.source))
        closer = 1 - PUSH ** -camera2d.eased(second / self.seconds, 0.4)
        y, x = np.mgrid[0.5 : h + 0.5, 0.5 : w + 0.5].astype(np.float32)
        x, y = (0.5 - x / w) * size[0] / short * closer, (0.5 - y / h) * size[1] / short * closer
        swing = np.float32(SWING * size[0] / short * math.sin(2 * math.pi * turn)) * (self.near - 0.5)
        push = np.stack([x + swing, y], -1).astype(np.float32)
        return organic.moved(self.source, push + self.drift(turn))


@dataclass(frozen=True, slots=True)
class Dreamt:
    """Frames that can be had from any one on. Frame 0 is the picture, filled to the size; the dream rises in the first
    second."""

    moving: Moving
    dreamer: Dreamer
    job: Job

    @classmethod
    def of(cls, picture: Frame, house: House, job: Job) -> Dreamt:
        """picture [H, W, 3] of any size. Raises EngineError without a denoiser, or for a prompt without words."""
        moving = Moving.of(picture, job)
        return cls(moving, Dreamer.of(moving.source, house, job), job)

    def __call__(self, start: int = 0) -> Iterator[Frame]:
        """uint8 [H, W, 3] of the job's size, from frame `start` on."""
        job = self.job
        for i in range(start, job.frames):
            second = i / job.fps
            rise = camera2d.eased(second / min(RISE_S, 0.5 * job.frames / job.fps), 0.5)
            yield self.dreamer(self.moving.at(second), rise * job.strength, second / TURN_S)
