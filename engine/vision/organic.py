"""Motion for what stands still: ripples, sway, flow and drift as fields that come back to where they began.

Fields are sums of waves whose time runs whole turns in a loop, so every field at turn 1 is the one at turn 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.vision.camera2d import Frame

Field = NDArray[np.float32]
"""[h, w, 2]: from where, seen from each place, its colour comes; in shares of the picture's shorter side"""
Motion = Callable[[float], Field]
"""turn (0-1) -> field"""
GRID = 6
"""pixels per cell of the grid on which fields are computed"""
LEVEL = 40
"""steps along the shorter side between which contrast is kept when two pictures are mixed"""
MOTIONS = ("ripple", "flow", "sway", "drift")


@dataclass(frozen=True, slots=True)
class Place:
    """Where motion is wanted: the grid's coordinates in shorter sides, and how far up each place is in the area."""

    x: Field
    y: Field
    lever: Field
    """0 at the lower end of the area, 1 at the upper"""

    @classmethod
    def of(cls, size: tuple[int, int], rows: tuple[float, float] = (0.0, 1.0)) -> Place:
        """size (W, H) of the picture in pixels; rows: where the area begins and ends, 0-1 of the height."""
        w, h = size
        gw, gh = max(2, -(-w // GRID)), max(2, -(-h // GRID))
        short = min(w, h)
        x, y = np.meshgrid((np.arange(gw) + 0.5) * w / gw / short, (np.arange(gh) + 0.5) * h / gh / short)
        top, bottom = rows[0] * h / short, rows[1] * h / short
        lever = np.clip((bottom - y) / max(1e-6, bottom - top), 0, 1)
        return cls(x.astype(np.float32), y.astype(np.float32), lever.astype(np.float32))


def ripple(place: Place, seed: int, strength: float = 1.0) -> Motion:
    """Water: short waves that run mostly towards the viewer, shorter ones slower to the eye and weaker."""
    rng = np.random.default_rng((seed, 1))
    crests = rng.uniform(7, 22, 7)
    angles = rng.normal(math.pi / 2, 0.45, 7)
    phases, turns = rng.uniform(0, 2 * math.pi, 7), rng.integers(1, 4, 7)
    height = strength * 0.06 / crests / math.sqrt(7) * 1.6

    def at(turn: float) -> Field:
        dx, dy = np.zeros_like(place.x), np.zeros_like(place.x)
        for k, angle, phase, n, a in zip(2 * math.pi * crests, angles, phases, turns, height, strict=True):
            wave = np.cos(
                k * (math.cos(angle) * place.x + math.sin(angle) * place.y) - 2 * math.pi * int(n) * turn + phase
            )
            dx += np.float32(a * math.cos(angle)) * wave
            dy += np.float32(a * math.sin(angle)) * wave
        return np.stack([dx, dy], -1)

    return at


def sway(place: Place, seed: int, strength: float = 1.0) -> Motion:
    """Leaves, hair, cloth in the wind: sideways, held at the lower end of the area, gusts passing through."""
    rng = np.random.default_rng((seed, 2))
    phases = rng.uniform(0, 2 * math.pi, 3)
    wave = _noise(place, rng, 2.0, 4)
    lever = (strength * 0.02 * place.lever**1.5).astype(np.float32)

    def at(turn: float) -> Field:
        t = 2 * math.pi * turn
        gust = np.sin(t + 1.5 * place.x + wave + phases[0]) + 0.35 * np.sin(2 * t + 4 * place.x - wave + phases[1])
        dx = lever * (gust + 0.2 * np.sin(3 * t + 6 * place.y + phases[2]))
        return np.stack([dx, 0.25 * np.abs(dx)], -1).astype(np.float32)

    return at


def drift(place: Place, seed: int, strength: float = 1.0) -> Motion:
    """Slow swirls that neither stretch nor squeeze: the curl of noise (Bridson et al. 2007). Still at turn 0."""
    rng = np.random.default_rng((seed, 3))
    waves = 8
    length, angle = 2 * math.pi * rng.uniform(0.6, 2.2, waves), rng.uniform(0, 2 * math.pi, waves)
    phases, turns = rng.uniform(0, 2 * math.pi, waves), rng.choice([-2, -1, 1, 2], waves)
    kx, ky = length * np.cos(angle), length * np.sin(angle)
    size = strength * 0.012 / math.sqrt(waves)

    def of(turn: float) -> Field:
        dx, dy = np.zeros_like(place.x), np.zeros_like(place.x)
        for a, b, phase, n, k in zip(kx, ky, phases, turns, length, strict=True):
            wave = np.sin(a * place.x + b * place.y + phase + 2 * math.pi * int(n) * turn)
            dx += np.float32(size * b / k) * wave
            dy -= np.float32(size * a / k) * wave
        return np.stack([dx, dy], -1)

    start = of(0.0)
    return lambda turn: of(turn) - start


def stream(place: Place, seed: int, degrees: float, distance: float) -> Field:
    """A current: how far everything is carried in one loop, in shorter sides; 0 degrees is to the right, 90 up."""
    rng = np.random.default_rng((seed, 4))
    bend = 0.5 * _noise(place, rng, 1.2, 5) / 2
    turned = -math.radians(degrees) + bend
    pace = distance * (1 + 0.25 * _noise(place, rng, 1.5, 4))
    return np.stack([pace * np.cos(turned), pace * np.sin(turned)], -1).astype(np.float32)


def _noise(place: Place, rng: np.random.Generator, crests: float, waves: int) -> Field:
    """Smooth noise of about -1 to 1."""
    out = np.zeros_like(place.x)
    for _ in range(waves):
        k, angle, phase = 2 * math.pi * crests * rng.uniform(0.3, 1), rng.uniform(0, 6.283), rng.uniform(0, 6.283)
        out += np.sin(k * (math.cos(angle) * place.x + math.sin(angle) * place.y) + phase).astype(np.float32)
    return out * np.float32(1.4 / waves)


def moved(picture: Frame, field: Field) -> Frame:
    """The picture [H, W, 3] with each place showing what the field points to."""
    h, w = picture.shape[:2]
    large = cv2.resize(field, (w, h), interpolation=cv2.INTER_CUBIC) * np.float32(min(w, h))
    large[..., 0] += np.arange(w, dtype=np.float32)
    large[..., 1] += np.arange(h, dtype=np.float32)[:, None]
    out: Frame = cv2.remap(picture, large, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return out


def carried(picture: Frame, current: Field, turn: float) -> Frame:
    """The picture flowing along for ever: two copies, half a loop apart, each carried along and faded over while the
    other is at home (flow maps, Vlachos 2010). At turn 0 exactly the picture; contrast does not sag in the middle."""
    a, b = (turn % 1.0), ((turn + 0.5) % 1.0)
    first = moved(picture, -current * np.float32((a + 0.5) % 1.0 - 0.5)) if a else picture
    share = abs(2 * a - 1)  # 1 while the first is at home
    share = share * share * (3 - 2 * share)
    if share >= 1:
        return first
    second = moved(picture, -current * np.float32((b + 0.5) % 1.0 - 0.5))
    blend = share * first.astype(np.float32) + (1 - share) * second
    h, w = picture.shape[:2]
    coarse = max(2, round(w * LEVEL / min(h, w))), max(2, round(h * LEVEL / min(h, w)))
    level = cv2.resize(cv2.resize(blend, coarse, interpolation=cv2.INTER_AREA), (w, h), interpolation=cv2.INTER_LINEAR)
    keep = 1 / math.sqrt(share * share + (1 - share) ** 2)  # of two pictures that differ, a mix is paler (Heitz 2018)
    keep = 1 + (keep - 1) * 0.6
    out: Frame = np.clip(level + keep * (blend - level) + 0.5, 0, 255).astype(np.uint8)
    return out
