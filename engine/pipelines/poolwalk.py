"""Walk through a pool on the beat: entries grow out of each other, ways between are noised and denoised a little."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.diffusion.conditioning import blend, blend_phases, uncoloured
from engine.diffusion.contracts import AUDIO, Conditioning
from engine.diffusion.guidance import BAKED
from engine.diffusion.samplers import flowmap
from engine.diffusion.schedule import TEMPERATURE, add_noise, levels
from engine.errors import EngineError, PoolError
from engine.model.house import House
from engine.model.prompt import heard, knobs_of, turned
from engine.pools.interpolate import Place, arrivals, grow, loop_at, reached, settled, walk_at
from engine.pools.nearest import Followed, asked
from engine.pools.pool import LatentPool, mismatch
from engine.runtimes.runtime import Runtime
from engine.types import Chunk, Request

FADE = 0.1
"""below this noise level the denoised picture gives way to the plain one, so that it never jumps"""
STEPS = 4
"""most denoising steps"""
LOOSE = 0.1
"""so much less close than 1, and all of the picture is dreamed over, not seams alone"""
COLOURS = ("palette/", "hue_", "luma", "contrast", "saturation")
"""what knobs of colour are called"""

Step = Callable[[Request, Sequence[float]], Chunk]
"""(request, times in s at which the frames will be seen) -> frames"""


@dataclass(frozen=True, slots=True)
class Way:
    """The latents of a chunk before the denoiser, and all that it is told. N frames."""

    latents: Tensor
    """float32 [N, C, h, w]"""
    seam: Tensor
    """[N, 1, h, w], 0-1: where one entry grows out of the other"""
    strength: Tensor
    """[N], noise level to denoise from"""
    noise: Tensor
    """float32 [N, C, h, w], the same for all frames between two entries"""
    attributes: Tensor
    attributes_known: Tensor
    phases: Tensor
    captions: tuple[tuple[tuple[str, float], ...], ...]
    places: tuple[Place, ...]
    audio: Tensor | None = None
    """[N, 8], what is heard and where in the beat each frame falls; None: the model is not told"""


def open(pool: LatentPool, model: House, runtime: Runtime) -> Step:
    """Raises PoolError when the pool does not fit the model."""
    mismatch(pool, model.sha.get("autoencoder", ""), model.autoencoder.config.latent)
    label = {"model": "house", "pool": pool.name} | {name: sha[:12] for name, sha in model.sha.items()}
    followed: dict[object, Followed] = {}

    def follow(request: Request, chosen: Sequence[int]) -> Followed | None:
        """What was picked so far; another walk begins anew."""
        key = (request.walk.seed, request.walk.entries)
        if request.walk.mode != "nearest" or not asked(request.controls):
            return None
        if key not in followed:
            followed.clear()
            followed[key] = Followed(pool, chosen, request.walk.seed)
        return followed[key]

    def step(request: Request, times: Sequence[float]) -> Chunk:
        started = time.perf_counter()
        chosen = chosen_of(pool, request.walk.entries)
        with torch.inference_mode():
            way = way_of(pool, chosen, request, times, follow(request, chosen))
            walked = time.perf_counter()
            latents = refine(way, request, model, runtime) if model.denoiser is not None else way.latents
            refined = time.perf_counter()
            frames = to_frames(runtime.decode(latents.to(runtime.dtype)), fit(pool.size, request.size))
        ended = time.perf_counter()
        ms = {"walk": walked - started, "denoise": refined - walked, "decode": ended - refined, "all": ended - started}
        place = way.places[0]
        between = f"{pool.entries[chosen[place.a]].name} > {pool.entries[chosen[place.b]].name}"
        prompt = ", ".join(text for text, _ in request.prompts)[:300]
        more = {"entry": between, "seed": str(request.seed), "prompt": prompt, "runtime": runtime.name}
        rounded = {name: round(1000 * value, 2) for name, value in ms.items()}
        return Chunk(request.epoch, request.seq, frames, tuple(times), label | more, rounded)

    return step


def way_of(
    pool: LatentPool,
    chosen: Sequence[int],
    request: Request,
    times: Sequence[float],
    followed: Followed | None = None,
) -> Way:
    """Where the walk stands at each time, and the plain interpolation there.

    Ways between two entries are refined, entries themselves are shown as they are; but where the request has prompts,
    everything is dreamed over at the same strength. Controls: `strength` 0-1 instead of the request's; `hold` 0-1: 1
    turns morphs into cuts; `morph` 0-1: at least so far on the way to the next entry; `motion`: turns added to the
    loops; `closeness` 0-1: see `closeness`; `pick/energy` and others: what a walk in mode `nearest` goes to.
    """
    controls = request.controls
    places = [walk_at(request.walk, len(chosen), request.tempo.beats_at(t)) for t in times]
    if followed is not None:
        places = [followed.placed(place, asked(controls)) for place in places]
    hold, least = _unit(controls.get("hold", 0.0)), _unit(controls.get("morph", 0.0))
    mixes = torch.tensor([max(p.mix * (1 - hold), least) for p in places])
    turned = float(controls.get("motion", 0.0))
    a = torch.stack([loop_at(pool, chosen[p.a], p.phase_a + turned) for p in places])
    b = torch.stack([loop_at(pool, chosen[p.b], p.phase_b + turned) for p in places])
    strength = _unit(controls.get("strength", request.strength)) * 4 * mixes * (1 - mixes)
    if request.prompts:
        strength = torch.full_like(mixes, level_of(request))
    ia, ib = [chosen[p.a] for p in places], [chosen[p.b] for p in places]
    at = [
        (int((p.phase_a + turned) % 1.0 * pool.frames), int((p.phase_b + turned) % 1.0 * pool.frames)) for p in places
    ]
    phases_a = torch.stack([pool.phases[i, t] for i, (t, _) in zip(ia, at, strict=True)])
    phases_b = torch.stack([pool.phases[i, t] for i, (_, t) in zip(ib, at, strict=True)])
    weights = [float(m) for m in mixes]
    captions = tuple(
        ((pool.entries[i].caption, 1 - m), (pool.entries[j].caption, m))
        for i, j, m in zip(ia, ib, weights, strict=True)
    )
    latents, seam = _grown(a, b, mixes, [_seed(request.seed, p.segment) for p in places])
    return Way(
        latents=latents,
        seam=seam,
        strength=strength,
        noise=torch.stack([_noise(request.seed, p.segment, tuple(a.shape[1:])) for p in places]),
        attributes=blend(pool.attributes[ia], pool.attributes[ib], mixes),
        attributes_known=blend(pool.known[ia], pool.known[ib], mixes),
        phases=blend_phases(phases_a, phases_b, mixes),
        captions=captions,
        places=tuple(places),
        audio=sound(request, times),
    )


def _grown(a: Tensor, b: Tensor, mixes: Tensor, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """One entry growing out of the other, and where the seam is, a cell wider than it is."""
    arrival = torch.stack([arrivals(seed, (int(a.shape[2]), int(a.shape[3]))) for seed in seeds])
    over = reached(mixes, arrival)
    return grow(a, b, mixes, arrival), F.max_pool2d(4 * over * (1 - over), 3, 1, 1)


def sound(request: Request, times: Sequence[float]) -> Tensor | None:
    """[N, 8] in the order of AUDIO: the levels of the controls `audio/bass` ..., the beat as it will be."""
    if not any(name.startswith("audio/") for name in request.controls):
        return None
    levels_ = [_unit(request.controls.get(f"audio/{name}", 0.0)) for name in AUDIO[:6]]
    turns = [2 * math.pi * request.tempo.beats_at(t) for t in times]
    return torch.tensor([[*levels_, math.cos(turn), math.sin(turn)] for turn in turns])


def refine(way: Way, request: Request, model: House, runtime: Runtime) -> Tensor:
    """Noise each frame to its level and denoise it; frames that stand still on an entry pass untouched.

    What is neither in a seam nor asked to be other than it is stays as it is: sharp, in its own colours. With prompts
    the dream begins from noise, and the strength says how far from the way to the dream: their forms are the same, so
    it is the colours that go over.
    """
    steps = min(STEPS, request.steps)
    moving = way.strength > 0.005
    if steps < 1 or not bool(moving.any()):
        return way.latents
    strength = torch.ones(len(moving), 1) if request.prompts else way.strength.clamp(max=1.0)[:, None]
    clean = way.latents[:, :, None].to(runtime.dtype)
    x = add_noise(clean, TEMPERATURE * way.noise[:, :, None].to(runtime.dtype), strength)
    out = flowmap.sample(runtime.denoise, x, levels(strength, steps), told(way, request, model))[:, :, 0].float()
    share = (way.strength if request.prompts else way.strength / FADE).clamp(0, 1)[:, None, None, None]
    return torch.lerp(way.latents, settled(out, way.latents), share * where(way, request, model))


def where(way: Way, request: Request, model: House) -> Tensor:
    """[N, 1, h, w], 0-1: where the dream is shown. In seams alone, unless something else is asked for than what is
    there: prompts, a knob, the sound, guidance; and the more, the less close it is to stay."""
    knobs = knobs_of(request.controls).keys() & set(model.names)
    if request.prompts or knobs or way.audio is not None or guidance_of(request) != BAKED:
        return torch.ones_like(way.seam)
    return torch.lerp(way.seam, torch.ones_like(way.seam), _unit((1 - closeness(request)) / LOOSE))


def told(way: Way, request: Request, model: House) -> Conditioning:
    """What the denoiser hears and sees: the way itself as the picture to go by; the prompts of the request, else
    everything that is known of both entries; and the knobs (controls `attr/NAME`) over either."""
    if model.text is None or model.denoiser is None:
        raise EngineError("the house model has no words here", model.missing)
    n, knobs = len(way.places), knobs_of(request.controls)
    if request.prompts:
        one = heard(model, request.prompts, knobs)
        if float(one.text_known) > 0:
            rows = (one.text, one.attributes, one.attributes_known)
            text, attributes, known = (row.expand(n, -1) for row in rows)
            cond = Conditioning(text, attributes, way.phases[:, None], torch.ones(n), known, torch.ones(n))
            return seeing(cond, way, request)
    spoken = [model.text.mixed(captions) for captions in way.captions]
    text, heard_ = (torch.cat(part) for part in zip(*spoken, strict=True))
    free = (0, model.denoiser.config.attributes - way.attributes.shape[1])
    values, known = (torch.nn.functional.pad(x, free) for x in (way.attributes, way.attributes_known))
    values, known = turned(model.names, values, known, knobs)
    cond = Conditioning(text, values, way.phases[:, None], heard_, known, torch.ones(n))
    return seeing(own_colours(cond, model, knobs), way, request)


def own_colours(cond: Conditioning, model: House, knobs: Mapping[str, float]) -> Conditioning:
    """Without prompts pictures have theirs already, and half-way between two palettes neither would; unless a knob asks
    for others."""
    if model.denoiser is None or any(name.startswith(COLOURS) for name in knobs):
        return cond
    return uncoloured(cond, model.denoiser.config.colours)


def seeing(cond: Conditioning, way: Way, request: Request) -> Conditioning:
    close = torch.full((len(way.places),), closeness(request))
    scale = torch.full_like(close, guidance_of(request))
    cond = replace(cond, reference=way.latents[:, :, None], closeness=close, guidance=scale)
    return cond if way.audio is None else replace(cond, audio=way.audio[:, None])


def fit(have: tuple[int, int], want: tuple[int, int]) -> tuple[int, int]:
    """The size of frames: never larger than the pool's picture (the stage scales better), its shape kept."""
    scale = min(1.0, want[0] / have[0], want[1] / have[1])
    return max(2, round(have[0] * scale)), max(2, round(have[1] * scale))


def to_frames(decoded: Tensor, size: tuple[int, int]) -> NDArray[np.uint8]:
    """[N, 3, H, W], -1 to 1 -> uint8 [N, h, w, 3]: the middle, cut to the shape of `size`, then made smaller."""
    height, width = decoded.shape[-2:]
    scale = min(width / size[0], height / size[1])
    w, h = round(size[0] * scale), round(size[1] * scale)
    y, x = (height - h) // 2, (width - w) // 2
    part = decoded[..., y : y + h, x : x + w]
    if (w, h) != size:
        part = torch.nn.functional.interpolate(part.float(), (size[1], size[0]), mode="area")
    eight = part.float().mul(127.5).add(128.0).clamp(0.0, 255.0).to(torch.uint8)
    return np.ascontiguousarray(eight.permute(0, 2, 3, 1).contiguous().numpy())


def level_of(request: Request) -> float:
    """How far a picture goes over into the dream of it: the colours asked for shall be there before strength 1."""
    return 1.0 - (1.0 - _unit(request.controls.get("strength", request.strength))) ** 2


def guidance_of(request: Request) -> float:
    """Control `guidance`: how closely to follow the words."""
    return float(request.controls.get("guidance", BAKED))


def closeness(request: Request) -> float:
    """Control `closeness` 0-1: how much of the forms of what is gone by is kept."""
    return _unit(request.controls.get("closeness", 1.0))


def chosen_of(pool: LatentPool, entries: Sequence[str]) -> Sequence[int]:
    if not pool.entries:
        raise PoolError(f'pool "{pool.name}" is empty')
    return [pool.index(name) for name in entries] or range(len(pool.entries))


def _noise(seed: int, segment: int, shape: tuple[int, ...]) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(_seed(seed, segment)))


def _seed(seed: int, segment: int) -> int:
    return (seed * 1_000_003 + segment) & 0x7FFFFFFFFFFFFFFF


def _unit(x: float) -> float:
    return min(1.0, max(0.0, float(x)))
