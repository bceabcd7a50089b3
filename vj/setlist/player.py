"""Plays a setlist: which scene, which transition, when, and what the bindings make of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from vj.control.actions import Action, actions
from vj.control.router import Router
from vj.core.types import BeatState, ControlEvent, EffectLook, LayerLook, Look, Moment, SceneLook
from vj.setlist.looks import Bound, effects, engine_look, grouped, scene_look
from vj.setlist.schema import EngineSpec, Scene, Setlist
from vj.setlist.timing import BEATS, Fade, boundary

BLACKOUT_S = 0.15
STEP = 0.05
"""of master brightness, per key press"""
_BAR = 4.0
_JUMP = 1.0
"""beats the count may be off what time explains before it counts as a jump (half, double, resync, Link)"""


@dataclass(frozen=True, slots=True)
class _Cue:
    """A scene that was asked for, and the boundary it waits for (running beats)."""

    scene: Scene
    at: float
    kind: str = "hand"
    """hand: keeps to the next boundary as the tempo is corrected; auto: the auto-pilot's; fixed: `at` stands"""


@dataclass(slots=True)
class _Desk:
    """Everything a hand has set."""

    paused: bool = False
    blackout: bool = False
    freeze: bool = False
    panic: bool = False
    brightness: float = 1.0
    light: float = 1.0
    """what the blackout lets through just now, 0-1"""


@dataclass(slots=True)
class _Stage:
    """What is on."""

    scene: Scene
    began: float | None = None
    """running beats at which the scene's bars began to count"""
    after: Scene | None = None
    fade: Fade | None = None
    cue: _Cue | None = None
    beats: float | None = None
    t: float = 0.0
    bound: tuple[Bound, Bound] = field(default_factory=lambda: ({}, {}))


class Player:
    """`update` once per frame, in order; the same moments and events give the same looks."""

    def __init__(self, setlist: Setlist, seed: int | None = None) -> None:
        self.setlist = setlist
        self.router = Router(setlist, seed)
        self.values: Mapping[str, float] = {}
        """what every binding said in the last frame"""
        self.done: tuple[Action, ...] = ()
        """actions in the last frame's events, also those the application must carry out (tap, record, quit ...)"""
        self.script: tuple[tuple[float, str], ...] = ()
        """(running beats, scene), rising: what begins to come in when, instead of the auto-pilot"""
        self._played = -math.inf
        self._desk = _Desk()
        self._on = _Stage(setlist.scenes[0])
        self._do: Mapping[str, Callable[[Action, BeatState], None]] = {
            "scene": lambda a, beat: self._ask(self._find(a.argument), beat),
            "next": lambda a, beat: self._ask(self._neighbour(1), beat),
            "previous": lambda a, beat: self._ask(self._neighbour(-1), beat),
            "pause": self._pause,
            "blackout": lambda a, beat: setattr(self._desk, "blackout", a.switch(self._desk.blackout)),
            "freeze": lambda a, beat: setattr(self._desk, "freeze", a.switch(self._desk.freeze)),
            "panic": self._panic,
            "brightness": lambda a, beat: self._bright(a.value),
            "brighter": lambda a, beat: self._bright(self._desk.brightness + STEP),
            "darker": lambda a, beat: self._bright(self._desk.brightness - STEP),
        }

    # -- what is on

    @property
    def scene_now(self) -> str:
        """The scene that shows; while a transition runs, the one it leaves."""
        return self._on.scene.name

    @property
    def scene_next(self) -> str:
        """The scene that comes in or is the next to; empty when nothing is due."""
        coming = self._on.after or (self._on.cue.scene if self._on.cue else None)
        return coming.name if coming else ""

    @property
    def beats_left(self) -> float | None:
        """Beats until the next scene begins to come in; None when none is due."""
        cue = self._on.cue
        return None if cue is None or self._on.beats is None else max(cue.at - self._on.beats, 0.0)

    @property
    def states(self) -> tuple[str, ...]:
        """What is held, for the HUD: some of paused, blackout, freeze, panic."""
        return tuple(name for name in ("paused", "blackout", "freeze", "panic") if getattr(self._desk, name))

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scene that shows and, while a transition runs, the one that comes in."""
        return (self._on.scene, self._on.after) if self._on.after else (self._on.scene,)

    def engine_spec(self) -> EngineSpec:
        """What the engine is to dream: for the scene coming in, else for the one that shows."""
        scene = self._on.after or self._on.scene
        return engine_look(scene, self._on.bound[1 if self._on.after else 0])

    def looks(self) -> list[SceneLook]:
        """Every scene as it stands in the setlist, the present one first: to be compiled before it is needed."""
        now = self._index(self._on.scene)
        order = sorted(range(len(self.setlist.scenes)), key=lambda i: (i != now, i))
        return [scene_look(self.setlist.scenes[i], i, {}) for i in order]

    # -- one frame

    def update(self, moment: Moment, events: Iterable[ControlEvent]) -> Look:
        """The look of this frame. `moment.values` override what the bindings say."""
        events = list(events)
        self._rebase(moment)
        binds = (*self.setlist.binds, *self._on.scene.binds)
        self.done = tuple(actions(events, binds))
        for action in self.done:
            if action.name in self._do:
                self._do[action.name](action, moment.beat)
        self._advance(moment.beat)
        self.values = {**self.router.values(moment, events, self.scenes), **moment.values}
        # a bound crossfader takes the transition over; it is finished by hand, too
        fader = self.values.get("transition.progress")
        if self._on.fade and fader is not None and fader >= 0.999:
            self._finish()
            self.values = {**self.router.values(moment, (), self.scenes), **moment.values}
        self._on.bound = (grouped(self.values), grouped(self.values, "after."))
        step = moment.dt / BLACKOUT_S
        dark = self._desk.blackout
        self._desk.light = max(self._desk.light - step, 0.0) if dark else min(self._desk.light + step, 1.0)
        return self._look(moment)

    def _look(self, moment: Moment) -> Look:
        on, desk = self._on, self._desk
        if desk.panic:
            source = f"shader:{self.setlist.show.fallback}"
            return Look(SceneLook("panic", (LayerLook(f"panic:{source}", source),)))
        bound = on.bound[0]
        bright = desk.brightness * min(max(self.values.get("master.brightness", 1.0), 0.0), 1.0) * desk.light
        scene = scene_look(on.scene, self._index(on.scene), bound)
        master: tuple[EffectLook, ...] = effects(self.setlist.show.effects, bound, "master")
        if on.after is None or on.fade is None:
            return Look(scene, effects=master, brightness=bright, freeze=desk.freeze)
        after = scene_look(on.after, self._index(on.after), on.bound[1])
        progress = self.values.get("transition.progress", on.fade.at(moment.beat.beats))
        spec = on.fade.spec
        progress = min(max(progress, 0.0), 1.0)
        return Look(scene, after, spec.shader, progress, spec.params, master, bright, desk.freeze)

    # -- scenes

    def _advance(self, beat: BeatState) -> None:
        """Start and finish transitions that are due."""
        on, now = self._on, beat.beats
        if on.fade and "transition.progress" not in self.values and on.fade.at(now) >= 1.0:
            self._finish()
        if on.cue is None or now < on.cue.at:
            on.cue = self._plan(beat)
        if on.cue is None or now < on.cue.at:
            return
        scene = on.cue.scene
        if on.fade and scene.transition.beats > 0.0:
            on.fade = on.fade.hurried(now)
            on.cue = _Cue(scene, on.fade.end, "fixed")
            return
        self._finish()
        self._played = on.cue.at
        on.after, on.fade, on.cue = scene, Fade(scene.transition, on.cue.at, on.cue.at + scene.transition.beats), None
        if now >= on.fade.end:
            self._finish()

    def _finish(self) -> None:
        on = self._on
        if on.after and on.fade:
            on.scene, on.began = on.after, on.fade.start
        on.after, on.fade = None, None

    def _plan(self, beat: BeatState) -> _Cue | None:
        """The cue that is waiting, at the boundary as it is known now; without one, what the auto-pilot wants."""
        cue = self._on.cue
        if cue is None or cue.kind == "auto":
            return self._automatic(beat)
        if cue.kind == "fixed":
            return cue
        return _Cue(cue.scene, boundary(beat, cue.scene.transition.quantise))

    def _automatic(self, beat: BeatState) -> _Cue | None:
        """The next scene once this one's bars are over."""
        on = self._on
        if self.script:
            return self._scripted()
        if self._desk.paused or on.after or not on.scene.bars or on.began is None or len(self.setlist.scenes) < 2:
            return None
        scene = self._neighbour(1)
        due = on.began + on.scene.bars * _BAR
        quantise = scene.transition.quantise
        return _Cue(scene, boundary(beat, quantise, due - BEATS[quantise] / 2.0), "auto")

    def _scripted(self) -> _Cue | None:
        """The next line of the script."""
        for at, name in self.script:
            if at > self._played and (scene := self._find(name)):
                return _Cue(scene, at, "auto")
        return None

    def _rebase(self, moment: Moment) -> None:
        """Keep what is counted in beats where it was when the count itself jumps."""
        on, now = self._on, moment.beat.beats
        if on.beats is None:
            on.beats, on.began, on.t = now, now, moment.t
            return
        expected = (moment.t - on.t) * moment.beat.bpm / 60.0
        jump = now - on.beats - expected
        if abs(jump) > _JUMP:
            on.fade = on.fade.moved(jump) if on.fade else None
            on.began = on.began + jump if on.began is not None else None
            on.cue = replace(on.cue, at=on.cue.at + jump) if on.cue else None
        elif self._desk.paused and on.began is not None:
            on.began += now - on.beats
        on.beats, on.t = now, moment.t

    # -- hands

    def _ask(self, scene: Scene | None, beat: BeatState) -> None:
        coming = self._on.after or self._on.scene
        if scene is None:
            return
        if scene is coming:
            self._on.cue = None  # asked back before the change: stay
        else:
            self._on.cue = _Cue(scene, boundary(beat, scene.transition.quantise))

    def _find(self, argument: str) -> Scene | None:
        """A scene by number (from 1) or name; None when there is none: a stray press must not stop a show."""
        scenes = self.setlist.scenes
        if argument.isdecimal():
            return scenes[int(argument) - 1] if 0 < int(argument) <= len(scenes) else None
        return next((s for s in scenes if s.name.lower() == argument.lower()), None)

    def _neighbour(self, step: int) -> Scene:
        cue = self._on.cue
        base = cue.scene if cue and cue.kind != "auto" else self._on.after or self._on.scene
        return self.setlist.scenes[(self._index(base) + step) % len(self.setlist.scenes)]

    def _index(self, scene: Scene) -> int:
        """The scene's place in the setlist; -1 for one that a reload has removed."""
        return next((i for i, s in enumerate(self.setlist.scenes) if s.name == scene.name), -1)

    def _bright(self, value: float) -> None:
        self._desk.brightness = round(min(max(value, 0.0), 1.0), 4)

    def _pause(self, action: Action, beat: BeatState) -> None:
        self._desk.paused = action.switch(self._desk.paused)
        if self._desk.paused and self._on.cue and self._on.cue.kind == "auto":
            self._on.cue = None

    def _panic(self, action: Action, beat: BeatState) -> None:
        """The safe look takes every other hold away; leaving it shows the scene at full brightness."""
        self._desk.panic = action.switch(self._desk.panic)
        self._desk.blackout = self._desk.freeze = False
        self._desk.brightness = self._desk.light = 1.0

    def swap(self, setlist: Setlist) -> None:
        """Go on with another version of the setlist. Beats, faders and the scene (by name) are kept.

        A scene that is gone stays on the screen until the next change; the one that took its place is cued.
        """
        on, place = self._on, max(self._index(self._on.scene), 0)
        self.setlist = setlist
        self.router.swap(setlist)
        named = {scene.name: scene for scene in setlist.scenes}
        on.after = named.get(on.after.name) if on.after else None
        on.fade = on.fade if on.after else None
        wanted = named.get(on.cue.scene.name) if on.cue and on.cue.kind != "auto" else None
        on.cue = replace(on.cue, scene=wanted) if on.cue and wanted else None
        if on.scene.name in named:
            on.scene = named[on.scene.name]
        elif on.after is None and on.beats is not None:
            on.cue = _Cue(setlist.scenes[min(place, len(setlist.scenes) - 1)], on.beats, "fixed")
