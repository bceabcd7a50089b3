"""Ways through a pool: where a walk stands at a beat, loops at any phase, mixes of two latents. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.types import Walk

SEEDS = (4, 6)
"""rows and columns of the noise that says where a picture begins to grow out of another: patches, not crumbs"""
EDGE = 0.75
"""how much of the way a cell takes to go over; the wider, the softer the seam: latents that change a lot from
cell to cell decode to combs. Exact in binary, so that ends are too"""


class Loops(Protocol):
    """What a pool is to this file."""

    @property
    def frames(self) -> int: ...
    def frame(self, entry: int, t: int) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Place:
    """On the way from entry `a` to entry `b` (positions in the walk's list of entries)."""

    a: int
    b: int
    mix: float
    """0: all a; 1: all b; smooth at both ends"""
    phase_a: float
    """turns of a's loop, 0-1"""
    phase_b: float
    segment: int
    """how many entries came before a"""


def entry_at(walk: Walk, count: int, k: int) -> int:
    """Entry number k of the walk: a shuffle of all `count`, then another one, never the same entry twice running."""
    if count <= 1:
        return 0
    turn, place = divmod(k, count)
    order = _order(walk.seed, turn, count)
    return order[place]


@lru_cache(maxsize=16)
def _order(seed: int, turn: int, count: int) -> list[int]:
    """Kept, for a hundred thousand take milliseconds to shuffle; nobody may change it."""
    if count == 2:
        return [seed & 1, 1 - (seed & 1)]
    order, before = _shuffle(seed, turn, count), _shuffle(seed, turn - 1, count)
    if order[0] == before[-1]:  # the swap leaves the last place alone, so `before` ends as it was played
        order[0], order[1] = order[1], order[0]
    return order


def _shuffle(seed: int, turn: int, count: int) -> list[int]:
    rng = np.random.default_rng((seed & 0xFFFFFFFF, turn & 0xFFFFFFFF))
    return [int(i) for i in rng.permutation(count)]


def walk_at(walk: Walk, count: int, beats: float) -> Place:
    """Where the walk stands at `beats`, in the walk's mode. Deterministic; continuous in beats but for cuts."""
    hold, morph = max(0.0, walk.hold), max(0.0, walk.morph)
    period = max(0.25, hold + morph)
    k = math.floor(beats / period)
    local = beats - k * period
    phase = (beats / walk.motion) % 1.0 if walk.motion > 0 else 0.0
    if walk.mode == "cut":
        k, mix = walk.onsets, 0.0
    elif walk.mode == "loop":
        k, mix = 0, 0.0
    elif walk.mode == "drift":
        mix = local / period
    else:
        mix = smooth((local - hold) / morph) if morph > 0 and local > hold else 0.0
    return Place(entry_at(walk, count, k), entry_at(walk, count, k + 1), mix, phase, phase, k)


def smooth(x: float) -> float:
    """0 below 0, 1 above 1, level at both ends."""
    x = min(1.0, max(0.0, x))
    return x * x * (3.0 - 2.0 * x)


def loop_at(pool: Loops, entry: int, phase: float) -> Tensor:
    """The entry's latents [C, h, w] at `phase` (turns): between two frames, the last one leading back to the first."""
    at = (phase % 1.0) * pool.frames
    first = int(at)
    part = at - first
    a = pool.frame(entry, first)
    return a if part == 0.0 else torch.lerp(a, pool.frame(entry, first + 1), part)


def rms(x: Tensor) -> Tensor:
    """Root mean square over everything but the first axis, shaped to divide x."""
    return x.flatten(1).square().mean(1).sqrt().clamp(min=1e-6).view(-1, *[1] * (x.dim() - 1))


def settled(made: Tensor, reference: Tensor) -> Tensor:
    """made, reference [N, ...]: as loud as the reference, or nearly so. Guidance adds contrast; this takes it back."""
    factor = (rms(reference.float()) / rms(made.float())).clamp(0.75, 1.15)
    return made * factor.to(made.dtype)


def mix(a: Tensor, b: Tensor, at: Tensor) -> Tensor:
    """a, b [N, ...], at [N] 0-1: a straight line whose loudness does not sag in the middle. At 0 exactly a."""
    w = at.view(-1, *[1] * (a.dim() - 1)).to(a.dtype)
    line = a * (1 - w) + b * w
    wanted = rms(a) * (1 - w) + rms(b) * w
    return torch.where((w > 0) & (w < 1), line * (wanted / rms(line)), line)


@lru_cache(maxsize=64)
def arrivals(seed: int, cells: tuple[int, int]) -> Tensor:
    """[h, w], 0-1, evenly spread: when the other picture reaches each cell. Smooth, the same pattern at any size;
    kept, so nobody may change it."""
    coarse = torch.randn((1, 1, *SEEDS), generator=torch.Generator().manual_seed(seed & 0x7FFFFFFFFFFFFFFF))
    field = F.interpolate(coarse, cells, mode="bicubic", align_corners=True).flatten()
    order = torch.empty_like(field)
    order[field.argsort()] = torch.linspace(0, 1, len(field))
    return order.view(cells)


def reached(at: Tensor, arrival: Tensor) -> Tensor:
    """at [N] 0-1, arrival [N or 1, h, w] -> [N, 1, h, w]: how far each cell has gone over, `at` on the mean; 0 at 0
    and 1 at 1."""
    less = torch.minimum(at, 1 - at)  # where the front is that has gone over so much: its tail begins and ends short
    front = torch.where(less < EDGE / 2, (2 * EDGE * less).sqrt(), less + EDGE / 2)
    front = torch.where(at > 0.5, 1 + EDGE - front, front)
    return ((front[:, None, None] - arrival) / EDGE).clamp(0, 1)[:, None]


def grow(a: Tensor, b: Tensor, at: Tensor, arrival: Tensor) -> Tensor:
    """a, b [N, C, h, w], at [N] 0-1: b grows out of a, cell by cell. At 0 exactly a, at 1 exactly b.

    A mix of two pictures is both at once everywhere, two slides in one projector; here most cells show one or the
    other, and only a seam between them is doubtful.
    """
    return torch.lerp(a, b, reached(at, arrival).to(a.dtype))
