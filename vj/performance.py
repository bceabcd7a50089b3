"""From what was heard and played to a picture: the part that a live show and an offline render share.

Nothing here knows what time it is: the same calls give the same pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vj.audio.beatclock import BeatClock
from vj.core.types import AudioFeatures, BeatAnchor, BeatState, ControlEvent, Look, Moment
from vj.engine_link import Engine, request_for
from vj.render.gl import Picture
from vj.setlist.player import Player
from vj.setlist.schema import Setlist
from vj.stage import Stage

POST_EVERY = 4
"""frames between two requests to the engine when nothing changed"""
NUDGE_MS = 5.0
DREAMING = ("neural:", "restyle:")
"""layers that the engine works for"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame's input: when it will be seen (s), time since the last (s), what was heard, what hands did."""

    t: float
    dt: float
    audio: AudioFeatures
    anchor: BeatAnchor
    events: Sequence[ControlEvent] = ()


class Performance:
    """Beat clock, bindings, player, wishes to the engine and compositor, in this order, once per frame."""

    def __init__(self, setlist: Setlist, stage: Stage, engine: Engine, seed: int) -> None:
        self.setlist, self.stage, self.engine, self.seed = setlist, stage, engine, seed
        self.beats = BeatClock()
        self.beat_at: Callable[[float], BeatState] | None = None
        """the beat at a time (s) where it is known beforehand; None: the clock follows what is heard"""
        self.player = Player(setlist, seed)
        self.frame = 0
        self._posted: object = None
        beats = self.beats
        self._transport: Mapping[str, Callable[[float], object]] = {
            "tap": beats.tap,
            "listen": lambda t: beats.release(),
            "half": lambda t: beats.half(),
            "double": lambda t: beats.double(),
            "later": lambda t: beats.nudge(NUDGE_MS),
            "earlier": lambda t: beats.nudge(-NUDGE_MS),
            "resync": beats.resync,
        }
        stage.prepare(self.player.looks(), _transitions(setlist))

    def draw(self, heard: Heard) -> Picture:
        """One frame, decided and painted. The picture is valid until the next call."""
        return self.paint(*self.decide(heard))

    def paint(self, look: Look, moment: Moment) -> Picture:
        """The picture of a decided frame."""
        return self.stage.compositor.draw(look, moment)

    def decide(self, heard: Heard) -> tuple[Look, Moment]:
        """What this frame shows; moves beats, bindings and scenes on and tells the engine."""
        self.beats.update(heard.anchor)
        beat = (self.beat_at or self.beats.at)(heard.t + self.setlist.show.latency_ms / 1000.0)
        moment = Moment(heard.t, heard.dt, self.frame, self.stage.size, heard.audio, beat, seed=self.seed)
        look = self.player.update(moment, heard.events)
        for action in self.player.done:
            if action.name in self._transport:
                self._transport[action.name](action.t)
        moment = replace(moment, values=self.player.values)
        self._wish(moment, look)
        self.frame += 1
        return look, moment

    def _wish(self, moment: Moment, look: Look) -> None:
        """Tell the engine what to dream, now and then, and at once when it changes."""
        self.engine.poll()
        spec = self.player.engine_spec()
        # the scene that is coming in decides; its first dreaming layer names the pool
        scenes = [scene for scene in (look.after, look.scene) if scene is not None]
        dreams = [layer.source for s in scenes for layer in s.layers if layer.source.startswith(DREAMING)]
        needed, (kind, _, name) = bool(dreams), (dreams or [""])[0].partition(":")
        if kind == "neural" and name:
            spec = replace(spec, pool=name)
        if (spec, kind) != self._posted or self.frame % POST_EVERY == 0:
            self._posted = (spec, kind)
            wish = request_for(spec, moment, self.setlist.engine.size, self.seed)
            if kind == "restyle":
                wish = replace(wish, pipeline=kind, pool=kind)
            self.engine.post(replace(wish, running=needed))

    def swap(self, setlist: Setlist) -> None:
        """Go on with another version of the setlist; the running scene is kept by name."""
        self.setlist = setlist
        self.stage.allow(setlist)
        self.player.swap(setlist)
        self.stage.compositor.forget_failures()
        self.stage.prepare_later(self.player.looks(), _transitions(setlist))


def _transitions(setlist: Setlist) -> list[str]:
    return [scene.transition.shader for scene in setlist.scenes]
