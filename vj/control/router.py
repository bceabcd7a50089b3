"""Bindings at work: every frame, each binding's source -> curve -> takeover -> attack/release -> lo..hi -> target."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from vj.control import lfo
from vj.control.mapping import Grip, shape, smooth, take
from vj.core.types import AudioFeatures, Binding, ControlEvent, Moment
from vj.setlist import targets
from vj.setlist.schema import Scene, Setlist

EVENT_KINDS = ("midi", "osc", "key", "desk")
_REMEMBERED = 4096
"""addresses kept; a stranger who invents more pushes out the ones not heard of for longest"""
_FRESH_S = 0.25
"""a hit that sounded before the router's first frame still counts when it is younger than this"""


def _mean(audio: AudioFeatures, lo: int, hi: int) -> float:
    return float(audio.bands[lo:hi].mean())


def _band(index: int) -> Callable[[Moment], float]:
    return lambda m: float(m.audio.bands[index])


def _centroid(moment: Moment) -> float:
    """0 at 100 Hz and below, 1 at 10 kHz and above, logarithmic."""
    hz = moment.audio.centroid_hz
    return min(max(math.log10(hz / 100.0) / 2.0, 0.0), 1.0) if hz > 0.0 else 0.0


SOURCES: Mapping[str, Callable[[Moment], float]] = {
    "audio.level": lambda m: m.audio.level,
    **{f"audio.band{i + 1}": _band(i) for i in range(8)},
    "audio.bass": lambda m: _mean(m.audio, 0, 2),
    "audio.mid": lambda m: _mean(m.audio, 2, 6),
    "audio.high": lambda m: _mean(m.audio, 6, 8),
    "audio.centroid": _centroid,
    "audio.buildup": lambda m: m.audio.buildup,
    "audio.breakdown": lambda m: float(m.audio.breakdown),
    "audio.silent": lambda m: float(m.audio.silent),
    "beat.phase": lambda m: m.beat.phase,
    "beat.pulse": lambda m: (1.0 - m.beat.phase) ** 2,
    "beat.bar": lambda m: m.beat.bar_phase,
    "beat.phrase": lambda m: m.beat.phrase_phase,
    "beat.count": lambda m: m.beat.beats,
    "beat.confidence": lambda m: m.beat.phase_confidence,
}
"""Sources that a moment answers by itself. `beat.count` runs on for ever; all others are 0-1."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An event of the ears: names of its counter and time in AudioFeatures, and the time constant of its decay."""

    counter: str
    time: str
    decay_s: float


HITS: Mapping[str, Hit] = {
    "audio.kick": Hit("kicks", "kick_t", 0.16),
    "audio.snare": Hit("snares", "snare_t", 0.14),
    "audio.hat": Hit("hats", "hat_t", 0.06),
    "audio.onset": Hit("onsets", "onset_t", 0.10),
    "audio.drop": Hit("drops", "drop_t", 2.0),
}
"""Sources that are 1 in the first frame after the event, however late that frame is, and decay from there."""

NAMES = (*SOURCES, *HITS, "time")


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))


def matches(pattern: str, address: str) -> bool:
    """Whether an event's address fits; `*` stands for anything, so `midi:*/cc/48` is CC 48 of every device."""
    return pattern == address if "*" not in pattern else _pattern(pattern).fullmatch(address) is not None


class Hands:
    """The last value of everything that was touched, asked for by pattern."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._found: dict[str, float | None] = {}
        self._peaks: dict[str, float] = {}

    def hear(self, events: Iterable[ControlEvent]) -> None:
        """Take this frame's events, oldest first."""
        self._peaks = {}
        for event in events:
            self._last.pop(event.address, None)
            self._last[event.address] = event.value
            if len(self._last) > _REMEMBERED:
                del self._last[next(iter(self._last))]
            for pattern in self._found:
                if matches(pattern, event.address):
                    self._found[pattern] = event.value
                    self._peaks[pattern] = max(event.value, self._peaks.get(pattern, event.value))

    def value(self, pattern: str) -> float | None:
        """The newest value, None before the first touch. A tap that came and went within one frame is its peak."""
        if pattern not in self._found:
            recent = (v for a, v in reversed(self._last.items()) if matches(pattern, a))
            self._found[pattern] = next(recent, None)
        value = self._found[pattern]
        return self._peaks.get(pattern, 0.0) if value == 0.0 else value


@dataclass(slots=True)
class _Lane:
    """What one binding remembers between frames."""

    grip: Grip
    level: float | None = None


@dataclass(slots=True)
class _Edge:
    seen: int
    sounded: float
    shown: float


@dataclass(slots=True)
class _State:
    hands: Hands = field(default_factory=Hands)
    edges: dict[str, _Edge] = field(default_factory=dict)
    lanes: dict[tuple[str, Binding], _Lane] = field(default_factory=dict)
    t0: float | None = None


class Router:
    """Holds what bindings remember. Same moments and events in, same numbers out."""

    def __init__(self, setlist: Setlist, seed: int | None = None) -> None:
        self._state = _State()
        self._seed = setlist.show.seed if seed is None else seed
        self.swap(setlist)

    def swap(self, setlist: Setlist) -> None:
        """Go on with another version of the setlist; faders, smoothing and hits are kept."""
        self._setlist = setlist
        self._lfos = {spec.name: spec for spec in setlist.lfos}

    def values(self, moment: Moment, events: Iterable[ControlEvent], scenes: Sequence[Scene]) -> dict[str, float]:
        """Targets and their numbers for the scene that shows and, if there are two, the one that comes in.

        The second scene's targets are prefixed with `after.`; `master.` and `transition.` targets never are.
        A binding to a control that was never touched says nothing, and the setlist's own value stands.
        """
        state = self._state
        state.t0 = moment.t if state.t0 is None else state.t0
        state.hands.hear(events)
        for name, hit in HITS.items():
            self._watch(name, hit, moment)
        out: dict[str, float] = {}
        used: dict[tuple[str, Binding], _Lane] = {}
        for prefix, scene in zip(("", "after."), scenes, strict=False):
            for bind in (*self._setlist.binds, *scene.binds):
                if bind.target.startswith("do."):
                    continue
                shared = bind.target.startswith(("master.", "transition."))
                key = ("" if shared and bind in self._setlist.binds else scene.name, bind)
                lane = used.get(key) or state.lanes.get(key) or _Lane(self._grip(bind, scene))
                value = out.get(bind.target) if shared and key in used else self._value(bind, lane, moment)
                used[key] = lane
                if value is not None:
                    out[bind.target if shared else prefix + bind.target] = value
        state.lanes = used
        return out

    def _value(self, bind: Binding, lane: _Lane, moment: Moment) -> float | None:
        raw = self.read(bind.source, moment)
        if raw is not None and bind.source.partition(":")[0] in EVENT_KINDS:
            lane.grip = take(bind.takeover, lane.grip, shape(bind.curve, raw))
            x = lane.grip.value
        elif raw is None:
            return None
        else:
            x = shape(bind.curve, raw)
        lane.level = x if lane.level is None else smooth(lane.level, x, moment.dt, bind.attack_s, bind.release_s)
        return bind.lo + (bind.hi - bind.lo) * lane.level

    def read(self, source: str, moment: Moment) -> float | None:
        """The raw value of a source now; None for a control that was never touched and for an unknown name."""
        if source in SOURCES:
            return float(SOURCES[source](moment))
        if source in HITS:
            edge = self._state.edges.get(source)
            return math.exp(-max(moment.t - edge.shown, 0.0) / HITS[source].decay_s) if edge else 0.0
        if source == "time":
            return moment.t - (self._state.t0 if self._state.t0 is not None else moment.t)
        kind, _, name = source.partition(".")
        if kind == "lfo" and name in self._lfos:
            return lfo.value(self._lfos[name], moment.beat.beats, self._seed)
        if source.partition(":")[0] in EVENT_KINDS:
            return self._state.hands.value(source)
        return None

    def _watch(self, name: str, hit: Hit, moment: Moment) -> None:
        """Count edges. A counter that went back (the ears were started again) is a hit only if its time is newer."""
        count, sounded = getattr(moment.audio, hit.counter), getattr(moment.audio, hit.time)
        edge = self._state.edges.get(name)
        if edge is None:
            shown = moment.t if count and moment.t - sounded < _FRESH_S else -1e9
            self._state.edges[name] = _Edge(count, sounded, shown)
        elif count != edge.seen:
            if count > edge.seen or sounded > edge.sounded:
                edge.shown = moment.t
            edge.seen, edge.sounded = count, sounded

    def _grip(self, bind: Binding, scene: Scene) -> Grip:
        """Where a binding begins: the setlist's own value of the target, if it has one."""
        value = targets.start(self._setlist, scene, bind.target) if bind.takeover != "jump" else None
        if value is None or bind.hi == bind.lo:
            return Grip(0.0, None, bind.takeover == "jump" or value is None)
        at = min(max((value - bind.lo) / (bind.hi - bind.lo), 0.0), 1.0)
        return Grip(at)
