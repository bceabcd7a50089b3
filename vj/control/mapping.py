"""From a raw 0-1 source to the number a parameter gets: curves, attack and release, takeover of a moved fader."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

_K = 4.0
"""steepness of exp and log: half way up, exp is at 0.12"""
_NEAR = 0.02
"""a fader this close to the value it controls has caught it (2.5 steps of a 7-bit controller)"""

CURVES: Mapping[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "invert": lambda x: 1.0 - x,
    "exp": lambda x: math.expm1(_K * x) / math.expm1(_K),
    "log": lambda x: math.log1p(x * math.expm1(_K)) / _K,
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "sqrt": math.sqrt,
    "scurve": lambda x: x * x * (3.0 - 2.0 * x),
    "triangle": lambda x: 1.0 - abs(2.0 * x - 1.0),
    "sine": lambda x: 0.5 - 0.5 * math.cos(math.tau * x),
    "step": lambda x: 1.0 if x >= 0.5 else 0.0,
    "steps4": lambda x: min(math.floor(x * 4.0), 3) / 3.0,
    "steps8": lambda x: min(math.floor(x * 8.0), 7) / 7.0,
}
TAKEOVERS = ("jump", "pickup", "scale")


def shape(curve: str, x: float) -> float:
    """x through a curve. All curves clamp x to 0-1, except `linear`: `time` and `beat.count` run on for ever."""
    if curve == "linear":
        return x
    return CURVES[curve](min(max(x, 0.0), 1.0))


def smooth(y: float, x: float, dt: float, attack_s: float, release_s: float) -> float:
    """One step of `dt` s from y towards x. After attack_s (rising) or release_s (falling) 63 % of the way is done.

    Two steps of dt / 2 are exactly one of dt, so the frame rate does not change the picture; 0 s follows at once.
    """
    tau = attack_s if x > y else release_s
    return x if tau <= 0.0 else x + (y - x) * math.exp(-dt / tau)


@dataclass(frozen=True, slots=True)
class Grip:
    """Where a parameter stands and where the hand on its fader is, both 0-1."""

    value: float
    hand: float | None = None
    """None: the fader has not been seen since the parameter began"""
    caught: bool = False


def take(mode: str, grip: Grip, hand: float) -> Grip:
    """The parameter after the fader moved to `hand`.

    jump: follows at once. pickup: nothing happens until the fader has reached or crossed the value.
    scale: the value moves in proportion, so that both arrive at either end together.
    """
    if mode == "jump" or grip.caught or (grip.hand is None and abs(hand - grip.value) <= _NEAR):
        return Grip(hand, hand, True)
    if grip.hand is None or hand == grip.hand:
        return replace(grip, hand=hand)
    if mode == "pickup":
        met = (grip.hand - grip.value) * (hand - grip.value) <= 0.0 or abs(hand - grip.value) <= _NEAR
        return Grip(hand, hand, True) if met else replace(grip, hand=hand)
    up = hand > grip.hand
    room, way = (1.0 - grip.value, 1.0 - grip.hand) if up else (grip.value, grip.hand)
    moved = grip.value + (hand - grip.hand) * room / way if way > 0.0 else grip.value
    # the two meet at an end of the way; from there on they are one
    return Grip(min(max(moved, 0.0), 1.0), hand, abs(moved - hand) < 1e-3)
