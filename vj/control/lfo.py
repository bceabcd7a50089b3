"""Oscillators that run on the beat: a pure function of beats and a seed, so the same show moves the same way twice."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping

from vj.setlist.schema import LfoSpec

_Wave = Callable[[float, int, int], float]


def noise(seed: int, index: int) -> float:
    """A number in [0, 1) that depends on nothing but its two arguments (the finaliser of SplitMix64)."""
    z = (seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03 + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return ((z ^ (z >> 31)) >> 11) / float(1 << 53)


def _smooth(phase: float, turn: int, seed: int) -> float:
    a, b = noise(seed, turn), noise(seed, turn + 1)
    return a + (b - a) * phase * phase * (3.0 - 2.0 * phase)


SHAPES: Mapping[str, _Wave] = {
    "sine": lambda phase, turn, seed: 0.5 - 0.5 * math.cos(math.tau * phase),
    "triangle": lambda phase, turn, seed: 1.0 - abs(2.0 * phase - 1.0),
    "ramp": lambda phase, turn, seed: phase,
    "saw": lambda phase, turn, seed: 1.0 - phase,
    "square": lambda phase, turn, seed: 1.0 if phase < 0.5 else 0.0,
    "random": lambda phase, turn, seed: noise(seed, turn),
    "smooth": _smooth,
}
"""(phase [0, 1), turn, seed) -> 0-1. ramp rises, saw falls, square starts high, random holds a value per turn."""


def value(spec: LfoSpec, beats: float, seed: int = 0) -> float:
    """The oscillator's value, 0-1, at running `beats`. One turn takes `spec.beats`; `spec.phase` is in turns."""
    turns = beats / spec.beats + spec.phase
    turn = math.floor(turns)
    return SHAPES[spec.shape](turns - turn, turn, seed ^ zlib.crc32(spec.name.encode()))
