"""The live show: every part is built once, then one Moment per frame is drawn until it ends."""

from __future__ import annotations

import contextlib
import gc
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from vj import status
from vj.audio.link import Ears
from vj.control.actions import Action
from vj.core.clock import LiveClock
from vj.core.errors import VjError
from vj.core.governor import Governor
from vj.core.paths import shared_dir
from vj.core.quiet import quiet
from vj.core.supervisor import Supervisor, Worker
from vj.core.types import ControlEvent, Look, Moment
from vj.engine_link import EngineLink
from vj.files.media import MovieSettings
from vj.inputs import keyboard
from vj.inputs.midi import NoMidi
from vj.labels.about import About
from vj.labels.recording import Labelling
from vj.labels.show import about_show
from vj.outputs.recorder import Recorder
from vj.performance import Heard, Performance
from vj.render.gl import Picture
from vj.render.hud import Hud
from vj.report import Frame, FrameStats
from vj.setlist.schema import AudioSpec, Setlist
from vj.setlist.watch import SetlistWatch
from vj.stage import Stage, StageOptions

RECORD_FPS = 30.0
SHADER_CHECK = 60
"""frames between two looks for saved shaders"""


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """What `vj play` was asked for; None, 0 or empty: as the setlist says."""

    audio: str = ""
    outputs: tuple[str, ...] = ("headless",)
    monitor: int | None = None
    size: tuple[int, int] | None = None
    fps: float = 0.0
    seconds: float = 0.0
    record: Path | None = None
    seed: int = 1
    safe: bool = False
    audible: bool = False
    """play a file or the demo track on the default output too"""
    inputs: tuple[str, ...] = ("midi", "osc")
    badge: bool = False
    """a small visible sign in the recording of how it was made"""


class Show:
    """One evening. `run()` returns the report; every part is closed whatever happens."""

    def __init__(self, setlist: Setlist, options: PlayOptions, watch: SetlistWatch | None = None) -> None:
        self.setlist, self.options, self.watch = setlist, options, watch
        self.clock = LiveClock()
        self.folder = shared_dir()
        self.errors: dict[str, str] = {}
        self.over = False
        self.recorder: Recorder | None = None
        self.recorded: dict[str, Any] | None = None
        self.labels: list[Labelling] = []
        self.firsts: dict[str, float] = {}
        """seconds from the start of the program to the first picture and the first dreamed frame"""
        self.inputs: list[Any] = []
        self.stage: Stage | None = None
        self.ears = Ears(_audio_settings(setlist, options), self.folder, audible=options.audible)
        self.engine = EngineLink(self.folder, setlist.engine)
        self.supervisor = Supervisor()
        self.supervisor.add(Worker("ears", self.ears.argv, self.ears.heartbeat, self.folder / "ears.log"))
        try:
            self.show = self._build()
            if not options.safe:  # after the shaders: the first picture should not wait for torch
                argv, alive = self.engine.argv, self.engine.heartbeat
                self.supervisor.add(Worker("engine", argv, alive, self.folder / "engine.log"))
        except BaseException:
            self.close()
            raise

    def _build(self) -> Performance:
        o = self.options
        self.stage = stage = Stage(self.setlist, StageOptions(o.size, "window" in o.outputs, o.monitor), self.engine)
        self.fps = o.fps or stage.comfortable_fps(self.setlist.show.fps)
        self.stats, self.governor = FrameStats(self.fps), Governor(self.fps)
        self.hud = Hud(stage.ctx)
        self.hud_on = self.setlist.show.hud
        self.keyboard = keyboard.open()
        self.inputs = [self.keyboard, *_open_inputs(o.inputs, self.errors)]
        self._draw_s, self._before = 0.008, 0.0
        self._audio, self._anchor, self.heard = self.ears.latest()
        self._actions: dict[str, Callable[[Action], None]] = {
            "fullscreen": lambda a: stage.fullscreen(),
            "record": self._record,
            "hud": lambda a: setattr(self, "hud_on", a.switch(self.hud_on)),
            "quit": lambda a: self.stop(),
        }
        show = Performance(self.setlist, stage, self.engine, o.seed)
        if o.record is not None:
            self.start_recording(o.record)
        return show

    # -- the loop

    def run(self) -> dict[str, Any]:
        """Play until `seconds` are over, the window is closed or somebody stops it."""
        assert self.stage is not None
        with _signals(self.stop):
            try:
                gc.collect()
                gc.freeze()  # what is loaded stays: a full collection in mid-show would cost a frame
                period = 1.0 / self.fps
                start = due = self.clock.now()
                end = start + (self.options.seconds or float("inf"))
                while not self.over and not self.stage.closed and due < end - 0.5 * period:
                    self.step(due)
                    due += period
                    behind = self.clock.now() - due
                    if behind > period:  # far behind: those frames are lost, the grid stays
                        due += period * int(behind / period)
                    if not self.stage.vsync:
                        self.clock.wait_until(due)
                self.over = True
                self.end_recording()
                return status.report(self)
            finally:
                gc.unfreeze()
                self.close()

    def step(self, due: float) -> None:
        """One frame that is to be seen at about `due` plus the time it takes to draw."""
        assert self.stage is not None
        begin = self.clock.now()
        self._reload()
        events = self._events(begin)
        self._audio, self._anchor, self.heard = self.ears.latest()
        seen = due + self._draw_s
        dt = min(0.25, max(0.0, seen - self._before)) if self._before else 1.0 / self.fps
        self._before = seen
        look, moment = self.show.decide(Heard(seen, dt, self._audio, self._anchor, events))
        for action in self.show.player.done:
            if action.name in self._actions:
                self._actions[action.name](action)
        self._give(self._paint(look, moment), moment)
        presented = self.clock.now()
        self._draw_s += 0.05 * (min(presented - begin, 0.1) - self._draw_s)
        a = self._audio
        self.stats.add(Frame(presented, (presented - begin) * 1000.0, a.kicks, a.kick_t))
        if len(self.firsts) < 2:
            self._note_firsts()
        self.stage.prepare_next()
        if self.show.frame % SHADER_CHECK == 0:
            self.stage.look_for_saved_shaders()

    def _paint(self, look: Look, moment: Moment) -> Picture:
        """Draw at the size that fits into a frame's time, and learn what it took."""
        assert self.stage is not None
        names = (look.scene.name,) if look.after is None else (look.scene.name, look.after.name)
        self.stage.draw_at(self.governor.scale(names, moment.dt))
        begin = self.clock.now()
        picture = self.show.paint(look, moment)
        self.stage.ctx.finish()
        self.governor.spent(names, (self.clock.now() - begin) * 1000.0)
        return picture

    def _give(self, picture: Picture, moment: Moment) -> None:
        assert self.stage is not None
        if self.recorder is not None:
            self.recorder.write(picture, moment)
        self.stage.present(picture, moment, status.overlay(self, moment))

    def _events(self, now: float) -> list[ControlEvent]:
        assert self.stage is not None
        for code, action in self.stage.pressed():
            self.keyboard.key(code, action, now)
        return [event for source in self.inputs for event in source.poll()]

    def _reload(self) -> None:
        """Take over a saved setlist, which the watcher has already loaded and checked."""
        if self.watch is None:
            return
        fresh, error = self.watch.poll()
        self.errors["setlist"] = error
        if fresh is not None:
            self.setlist = fresh
            if self.recorder is not None:
                self.labels[-1].also(self._about())
            self.show.swap(fresh)

    def _note_firsts(self) -> None:
        age = round(time.time() - float(psutil.Process().create_time()), 2)
        self.firsts.setdefault("picture", age)
        if self.engine.status.frames:
            self.firsts.setdefault("dream", age)

    # -- what hands do

    def stop(self) -> None:
        """End the show after this frame."""
        self.over = True

    def _record(self, action: Action) -> None:
        """Start a recording under a name of its own, or end the one that runs."""
        wanted = action.switch(self.recorder is not None)
        if wanted and self.recorder is None:
            try:
                self.start_recording(Path(time.strftime("vj-%Y%m%d-%H%M%S.mp4")))
            except VjError as e:
                self.errors["record"] = str(e)
        elif not wanted:
            self.end_recording()

    def start_recording(self, path: Path) -> None:
        assert self.stage is not None
        label = Labelling(path, self._about())
        badge = label.about.kind if self.options.badge else ""
        settings = label.settings(MovieSettings(self.stage.size, min(RECORD_FPS, self.fps), badge=badge))
        try:
            self.recorder = Recorder(path, settings, self.ears.ring)
        except VjError:
            label.forget()
            raise
        self.labels.append(label)

    def _about(self) -> About:
        return about_show(self.setlist, "play", self.options.seed, self.options.audio)

    def end_recording(self) -> None:
        """Finish the file, if there is one, and keep what it became."""
        if self.recorder is not None:
            self.recorder.close()
            state, self.recorder = self.recorder.state, None
            self.recorded = {"path": str(state.path), "frames": state.frames, "dropped": state.dropped}
            self.errors["record"] = state.error
            self.labels[-1].finish(state.frames)

    @property
    def bpm(self) -> float:
        return self.show.beats.at(self.clock.now()).bpm

    def close(self) -> None:
        """End recorder, inputs, workers and the window; may be called twice."""
        self.end_recording()
        for source in self.inputs:
            source.close()
        if self.watch is not None:
            self.watch.close()
        self.supervisor.stop()
        if self.stage is not None:
            self.stage.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        for label in self.labels:
            label.join()


def _audio_settings(setlist: Setlist, options: PlayOptions) -> AudioSpec:
    return replace(setlist.audio, device=options.audio or setlist.audio.device)


def _open_inputs(names: tuple[str, ...], errors: dict[str, str]) -> list[Any]:
    """MIDI and OSC; what cannot be opened is told and left out."""
    found = []
    for name in names:
        try:
            with quiet():
                source = import_module(f"vj.inputs.{name}").open()
            if not isinstance(source, NoMidi):  # a laptop without MIDI is no error; `vj devices` says why
                found.append(source)
        except (VjError, ImportError) as e:
            errors[name] = f"{name}: {e}"
    return found


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and a polite kill end the show as the Escape key does: the recording is finished, the report written."""
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, lambda *_: stop()) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
