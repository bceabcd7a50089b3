"""Inputs with reserved names: a shader declares them (float, DEFAULT 0) and the host fills them from the music.

In any other ISF host they are ordinary sliders that rest at their defaults. A value given by the setlist wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from vj.core.types import Moment, Value

HALF_LIFE_S = 0.18
"""kick, snare and hat fall to one half in this time"""
BEATS_WRAP = 4096.0
"""beats restart here (1024 bars), where a 32-bit float still resolves 1/4096 of a beat"""
MOTION_BEATS = 16.0
"""beats in which a generator's loop turns once, when a beat is known"""


def decay(t: float, event_t: float) -> float:
    """1 at the event, then halving every HALF_LIFE_S; 0 when it was long ago or never."""
    age = max(0.0, t - event_t)
    return 0.0 if age > 20 * HALF_LIFE_S else float(0.5 ** (age / HALF_LIFE_S))


def _bands(now: Moment, first: int, last: int) -> float:
    return float(now.audio.bands[first:last].mean())


# one row per reserved name; bands are those of AudioFeatures (8, log-spaced from 30 Hz to 16 kHz)
HOST_INPUTS: dict[str, Callable[[Moment], float]] = {
    "beat": lambda now: now.beat.beats % BEATS_WRAP,
    "beatPhase": lambda now: now.beat.phase,
    "barPhase": lambda now: now.beat.bar_phase,
    "bass": lambda now: _bands(now, 0, 2),
    "mid": lambda now: _bands(now, 2, 5),
    "high": lambda now: _bands(now, 5, 8),
    "level": lambda now: now.audio.level,
    "kick": lambda now: decay(now.t, now.audio.kick_t),
    "snare": lambda now: decay(now.t, now.audio.snare_t),
    "hat": lambda now: decay(now.t, now.audio.hat_t),
}


def fill(names: Collection[str], now: Moment, params: Mapping[str, Value]) -> dict[str, float]:
    """Values for those inputs in `names` that `params` leaves open.

    `motion` (turns) follows the beat when one is known and nobody set `motion` or `rate`; whoever moves `motion`
    stops the shader's own `rate`.
    """
    values = {name: row(now) for name, row in HOST_INPUTS.items() if name in names and name not in params}
    if "motion" in names:
        if "motion" not in params and "rate" not in params and now.beat.source != "none":
            values["motion"] = (now.beat.beats / MOTION_BEATS) % 1.0
        if ("motion" in params or "motion" in values) and "rate" in names and "rate" not in params:
            values["rate"] = 0.0
    return values
