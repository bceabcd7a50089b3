"""Text to video, offline: clips of any length in bounded memory.

With a memory every frame goes by a frame of what is remembered and the noise stands still: the motion is the loops',
and nothing adds up however long the clip is. Without one, chunks of WINDOW frames are made, each going on from the last
CONTEXT latents of the one before, which are slightly noised so that their faults do not add up.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.conditioning import nothing, together
from engine.diffusion.contracts import Conditioning, Sampler
from engine.diffusion.denoisers import keeping_clean
from engine.diffusion.guidance import BAKED, SHOWN, TINT, guided, led
from engine.diffusion.samplers import ddpm
from engine.diffusion.schedule import TEMPERATURE, add_noise, levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import Told, heard
from engine.pools.interpolate import mix, settled, smooth
from engine.pools.memory import Memory, Recalled

SAMPLERS = ("flowmap", "euler", "heun", "dpmpp_2m", "ddpm")
STOCHASTIC = ("ddpm",)
"""samplers that add noise on the way: it must be the same for every frame, so frames are made one by one"""
FRESH = 0.5
"""loudness of the noise that they add from words alone: what the network cannot take away again stays as grain. Where
a picture is shown it is that of the noise at the start, which the network learned all levels of"""
WINDOW, CONTEXT = 16, 4
"""frames made in one go, and how many of them are the last ones of the window before"""
SLIGHT = 0.1
"""noise level of those"""
AT_ONCE = 4
"""frames that go by memories are made so many together"""
SHARED = 0.85
"""share of the noise (its power) that all frames have in common: less of it boils"""

Frame = NDArray[np.uint8]
"""[H, W, 3] sRGB"""
Prompts = tuple[tuple[str, float], ...]
"""texts and their weights, 1 together"""


@dataclass(frozen=True, slots=True)
class Job:
    """What to make. `size` = (W, H) in pixels, any; `frames` in all; `turns`: of the motion in all."""

    prompt: str
    negative: str = ""
    frames: int = 96
    size: tuple[int, int] = (512, 288)
    steps: int = 1
    sampler: str = "flowmap"
    guidance: float = TINT
    seed: int = 0
    turns: float = 1.0
    closeness: float = 1.0
    """how much of the forms that are remembered is kept, 0-1; 0: from words alone"""
    temperature: float = TEMPERATURE
    """loudness of the noise that all begins with, 0-1; from words alone it is 1"""
    knobs: Mapping[str, float] = field(default_factory=dict)
    """attributes by name, see engine.model.prompt"""
    cues: tuple[tuple[int, str], ...] = ()
    """(frame, prompt): from there on this prompt; `prompt` holds before the first"""
    fade: int = 24
    """frames that one prompt takes to become the next, ending where the next begins"""
    loop: bool = False
    """the last frame flows into the first: whole turns, and the last prompt leads back to the first"""
    every: int = 1
    """one frame in so many is dreamed; those between are interpolated (only with a memory)"""


def prompts_at(job: Job, frame: int) -> Prompts:
    """What is told at a frame: one prompt, or two on the way from one to the next."""
    cues = [(0, job.prompt), *(cue for cue in job.cues if 0 < cue[0] < job.frames)]
    if job.cues and job.cues[0][0] <= 0:
        cues[0] = (0, job.cues[0][1])
    ends = [*cues[1:], (job.frames, cues[0][1])] if job.loop and len(cues) > 1 else cues[1:]
    now = max(i for i, (at, _) in enumerate(cues) if at <= frame)
    if now >= len(ends):
        return ((cues[now][1], 1.0),)
    until, text = ends[now]
    share = smooth(1 - (until - frame) / max(1, min(job.fade, until - cues[now][0])))
    return ((cues[now][1], 1.0),) if share <= 0 or text == cues[now][1] else ((cues[now][1], 1 - share), (text, share))


def sampler(name: str) -> Sampler:
    """Raises EngineError for a name that is none."""
    if name not in SAMPLERS:
        raise EngineError(f'no sampler "{name}"', f"there are: {', '.join(SAMPLERS)}")
    found: Sampler = importlib.import_module(f"engine.diffusion.samplers.{name}").sample
    return found


def cells(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of latents that cover a picture of `size`; both even, for the patches."""
    return 2 * -(-size[1] // 32), 2 * -(-size[0] // 32)


def latents(
    job: Job, house: House, memory: Memory | None = None, start: int = 0, depth: Iterator[Frame] | None = None
) -> Iterator[Tensor]:
    """float32 [C, h, w] per frame, from frame `start` on. depth: pictures of nearness, white near, one for each frame
    from 0 on; then the forms follow it. Raises EngineError without a denoiser or for a sampler that is none."""
    if house.denoiser is None:
        raise EngineError("no denoiser", house.missing)
    sampler(job.sampler)
    if job.loop:
        job = replace(job, turns=max(1, round(job.turns)))
    if depth is None and (memory is None or job.closeness <= 0):
        return islice(_continued(job, house), start, None)
    seen = memory if depth is None else _Relief(house, depth, cells(job.size))
    return _between(job, lambda keys: _going_by(seen, job, house, keys), start)


def _between(job: Job, dream: Callable[[Sequence[int]], Iterator[Tensor]], start: int) -> Iterator[Tensor]:
    """Dream every `every`-th frame, and interpolate the latents of those between."""
    every = max(1, job.every)
    last = -(-(job.frames - 1) // every) * every
    if not job.loop:
        last = min(last, job.frames - 1)
    first = start // every * every
    keys = [*range(first, last, every), last]
    dreams, frame = dream(keys), start
    a, at = next(dreams), keys[0]
    for key in [*keys[1:], job.frames]:
        b = next(dreams, a)
        while frame < min(key, job.frames):
            share = (frame - at) / max(1, key - at)
            yield mix(a[None], b[None], torch.tensor([share]))[0]
            frame += 1
        a, at = b, key


@torch.inference_mode()
def _going_by(seen: Memory | _Relief | None, job: Job, house: House, keys: Sequence[int]) -> Iterator[Tensor]:
    assert house.denoiser is not None and seen is not None
    h, w = cells(job.size)
    noise = torch.randn((house.denoiser.config.latent, 1, h, w), generator=torch.Generator().manual_seed(job.seed))
    scenes: dict[Prompts, Scene] = {}
    at_once = 1 if job.sampler in STOCHASTIC else AT_ONCE
    for i in range(0, len(keys), at_once):
        told = []
        for key in keys[i : i + at_once]:
            prompts = prompts_at(job, key)
            if prompts not in scenes:
                scenes = {prompts: _scene(seen, prompts, job, house)}
            turns = torch.tensor([key * job.turns / job.frames])
            one = scenes[prompts].conditioning(turns, (h, w), job)
            told.append(seen.told(one, key) if isinstance(seen, _Relief) else one)
        cond = together(told)
        x = (job.temperature * noise).to(house.dtype).expand(len(told), -1, -1, -1, -1)
        out = _sampled(x, torch.ones(len(told), 1), cond, job, house)
        assert cond.reference is not None
        yield from settled(out, cond.reference)[:, :, 0].float()


def _scene(seen: Memory | _Relief, prompts: Prompts, job: Job, house: House) -> Scene:
    words = heard(house, prompts, job.knobs)
    if isinstance(seen, _Relief):
        return Scene(words)
    found = seen.recall(prompts, job.knobs, job.seed)
    return Scene.of(words, seen, seen.slowest(found) if job.loop else found)


class _Relief:
    """A depth map to go by: a lit relief of it as the reference, and the depth itself."""

    def __init__(self, house: House, depth: Iterator[Frame], cells: tuple[int, int]) -> None:
        self.house, self._depth, self._cells = house, depth, cells
        self._at = -1
        self._last: Frame | None = None

    def told(self, cond: Conditioning, frame: int) -> Conditioning:
        """`cond` of one frame with that frame's depth; the last one holds where the depth is shorter."""
        from engine.pipelines.depth import in_cells, relief
        from engine.pipelines.restyle import to_input

        while self._at < frame and (one := next(self._depth, None)) is not None:
            self._at, self._last = self._at + 1, one
        if self._last is None:
            raise EngineError("the depth has no frame", "give a video or a picture of nearness, white near")
        near = self._last.astype(np.float32).mean(-1) / 255.0
        h, w = self._cells
        picture = to_input(relief(near), (16 * w, 16 * h)).to(self.house.dtype)
        reference = self.house.autoencoder.encode(picture).float()[:, :, None]
        depth = in_cells(near, self._cells)[None, :, None]
        return replace(cond, reference=reference, closeness=torch.ones(1), depth=depth, depth_known=torch.ones(1))


@torch.inference_mode()
def _continued(job: Job, house: House) -> Iterator[Tensor]:
    assert house.denoiser is not None
    h, w = cells(job.size)
    generator = torch.Generator().manual_seed(job.seed)
    shape = (house.denoiser.config.latent, 1, h, w)
    common = torch.randn(shape, generator=generator)
    last: Tensor | None = None
    for start, given, count in windows(job, WINDOW):
        own = torch.randn(shape[0], count, h, w, generator=generator)
        noise = (SHARED**0.5 * common + (1 - SHARED) ** 0.5 * own)[None].to(house.dtype)
        strength, x = torch.where(torch.arange(count) >= given, 1.0, SLIGHT)[None], noise.clone()
        if last is not None and given:
            x[:, :, :given] = add_noise(last[:, :, -given:], noise[:, :, :given], strength[:, :given])
        scene = Scene(heard(house, prompts_at(job, start), job.knobs))
        turns = (torch.arange(count) + start - given) * (job.turns / job.frames)
        last = _sampled(x, strength, scene.conditioning(turns, (h, w), job), job, house, generator)
        yield from last[0, :, given:].float().transpose(0, 1)


def _sampled(
    x: Tensor, strength: Tensor, cond: Conditioning, job: Job, house: House, generator: torch.Generator | None = None
) -> Tensor:
    assert house.denoiser is not None
    generator = generator or torch.Generator().manual_seed(job.seed + 1)
    away, batch = heard(house, ((job.negative, 1.0),)), len(x)
    words = {"text": away.text.expand(batch, -1), "text_known": away.text_known.expand(batch)}
    known = {
        "attributes": away.attributes.expand(batch, -1),
        "attributes_known": away.attributes_known.expand(batch, -1),
    }
    negative = replace(cond, guidance=None, **words, **known) if job.negative else None
    run = sampler(job.sampler)
    if job.sampler in STOCHASTIC:
        # many steps can afford guidance of the whole picture
        cond = replace(cond, guidance=torch.full((batch,), BAKED) if house.denoiser.leaps else None)
        shown = 1.0 if house.denoiser.leaps else SHOWN
        denoise = guided(house.denoiser, job.guidance, negative, shown=shown)
        run = partial(ddpm.sample, loudness=FRESH if cond.reference is None else job.temperature)
    else:
        baked = house.denoiser.leaps or job.sampler == "flowmap"
        # away from something at scale 1 is not away
        scale = max(job.guidance, BAKED) if job.negative else job.guidance
        denoise, cond = led(house.denoiser, baked, scale, cond, negative)
    return run(keeping_clean(denoise), x, levels(strength, job.steps), cond, generator)


def windows(job: Job, most: int = WINDOW) -> Iterator[tuple[int, int, int]]:
    """(first new frame, frames given before it, frames in the window)."""
    start = 0
    while start < job.frames:
        given = CONTEXT if start and most > CONTEXT else 0
        count = min(most - given, job.frames - start)
        yield start, given, count + given
        start += count


@dataclass(frozen=True, slots=True)
class Scene:
    """What a clip is to show: words and attributes, and what is remembered of such."""

    told: Told
    memory: Memory | None = None
    found: Recalled | None = None

    @classmethod
    def of(cls, told: Told, memory: Memory | None, found: Recalled | None) -> Scene:
        if memory is None or found is None:
            return cls(told)
        values, known = memory.forms(told, found)
        return cls(replace(told, attributes=values, attributes_known=known), memory, found)

    def conditioning(self, turns: Tensor, size: tuple[int, int], job: Job) -> Conditioning:
        """For one clip: turns [F] of the motion, size in cells."""
        told, count = self.told, len(turns)
        cond = replace(
            nothing(1, count, len(told.text), len(told.attributes)),
            text=told.text[None],
            text_known=told.text_known[None],
            attributes=told.attributes[None],
            attributes_known=told.attributes_known[None],
            phases=turns[None] % 1.0,
            phases_known=torch.ones(1),
            guidance=torch.tensor([job.guidance]),
        )
        if self.memory is None or self.found is None:
            return cond
        reference = self.memory.reference(self.found, turns, size).transpose(0, 1)[None]
        phases = self.memory.phases(self.found, turns)[None]
        return replace(cond, phases=phases, reference=reference, closeness=torch.tensor([job.closeness]))


@torch.inference_mode()
def pictures(made: Sequence[Tensor], house: House, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Latents [C, h, w] -> uint8 [N, H, W, 3], the middle cut out."""
    from engine.pipelines.poolwalk import to_frames

    decoded = house.autoencoder.decode(torch.stack(list(made)).to(house.dtype))
    y, x = (decoded.shape[2] - size[1]) // 2, (decoded.shape[3] - size[0]) // 2
    return to_frames(decoded[..., y : y + size[1], x : x + size[0]], size)
