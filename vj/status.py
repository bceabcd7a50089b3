"""What a running show says of itself: its problems, the operator's overlay, the report."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psutil

from vj.core.errors import discreet
from vj.core.types import Moment
from vj.render.hud import HudState

if TYPE_CHECKING:
    from vj.app import Show

TOLD_S = 8.0
"""how long a worker's death is told after it is back, and that a camera went on"""
LAMP_S = 0.1
"""half-life of the HUD's lamps"""


def problems(show: Show) -> dict[str, str]:
    """Everything that is wrong at this moment, by where."""
    found = {**show.errors, **(show.stage.errors() if show.stage is not None else {})}
    for state in show.supervisor.states:
        if not state.alive:
            found[state.name] = f"{state.name} {state.last_exit}, starting again"
        elif show.clock.now() - state.ended_t < TOLD_S:
            found[state.name] = f"{state.name} {state.last_exit}, started again"
    if show.stage is not None:
        found |= {f"camera {n}": camera.error for n, camera in enumerate(show.stage.cameras.states, 1)}
    found["sound"] = show.heard.error
    found["dreams"] = show.engine.status.error
    for source in show.inputs:
        found[type(source).__name__.lower()] = "; ".join(source.errors)
    if show.recorder is not None:
        found["record"] = show.recorder.state.error
    return {where: text for where, text in found.items() if text}


def cameras_on(show: Show, for_s: float = float("inf")) -> list[str]:
    """Cameras whose pictures come, and went on at most `for_s` seconds ago; that is told with the consent to it."""
    if show.stage is None:
        return []
    found = [camera for camera in show.stage.cameras.states if camera.on and show.clock.now() - camera.since < for_s]
    return [f"{camera.name} {camera.size[0]}x{camera.size[1]}" for camera in found]


def camera_notice(show: Show, for_s: float = float("inf")) -> str:
    """`camera on: ...; consent: ...`; empty when none went on in the last `for_s` seconds."""
    names = cameras_on(show, for_s)
    if not names or show.stage is None:
        return ""
    return f"camera on: {', '.join(names)}; consent: {show.stage.cameras.consent}"


def overlay(show: Show, moment: Moment) -> Callable[[Any], None] | None:
    """What is drawn over the window: the HUD, or without it the notice of a camera that went on."""
    if show.hud_on:
        return lambda fbo: show.hud.draw(fbo, hud_state(show, moment))
    notice = camera_notice(show, TOLD_S)
    return (lambda fbo: show.hud.notice(fbo, notice)) if notice else None


def hud_state(show: Show, moment: Moment) -> HudState:
    """What the overlay shows of this frame."""
    wrong = list(problems(show).values())
    player, beat, audio = show.show.player, moment.beat, moment.audio
    held = (*player.states, *(("recording",) if show.recorder is not None else ()))
    return HudState(
        fps=show.stats.measured_fps,
        late=show.stats.late,
        engine=rung(show, moment.t),
        scene=player.scene_now + (f" > {player.scene_next}" if player.scene_next else ""),
        bpm=beat.bpm,
        beat=beat.beat,
        beat_phase=beat.phase,
        beat_source=beat.source,
        bands=tuple(float(b) for b in audio.bands),
        kick=_lamp(moment.t - audio.kick_t),
        snare=_lamp(moment.t - audio.snare_t),
        hat=_lamp(moment.t - audio.hat_t),
        lines=(", ".join(held),) if held else (),
        camera=camera_notice(show, TOLD_S) or ", ".join(f"camera on: {name}" for name in cameras_on(show)),
        error=wrong[-1] if wrong else "",
    )


def rung(show: Show, t: float) -> str:
    """The rung of the ladder that the dreamed picture stands on."""
    engine = show.engine.status
    if show.options.safe:
        return "safe: pool loops"
    if show.engine.rung(t) == "pool":
        return f"pool loops (engine {engine.state})"
    return f"{engine.runtime} {engine.fps:.0f} fps"


def report(show: Show) -> dict[str, Any]:
    """The figures of the show; the keys are explained in docs/benchmarks.md."""
    assert show.stage is not None
    restarts = {s.name: s.restarts for s in show.supervisor.states}
    engine, heard = show.engine.status, show.heard
    audio = show.ears.latest()[0]
    return {
        "stage": {
            **show.stats.stage(),
            "first_picture_s": show.firsts.get("picture"),
            "size": list(show.stage.size),
            "least_scale": show.governor.least,
            "renderer": show.stage.renderer,
        },
        "engine": {
            "frames": engine.frames,
            "first_picture_s": show.firsts.get("dream"),
            "fps": round(engine.frames / engine.ran_s, 2) if engine.ran_s else 0.0,
            "p50_ms": round(engine.p50_ms, 2),
            "p95_ms": round(engine.p95_ms, 2),
            "runtime": engine.runtime,
            "device": engine.device,
            "size": list(engine.size),
            "restarts": restarts.get("engine", 0),
        },
        "audio": {
            "hops": audio.hop,
            "lost_hops": audio.lost_hops,
            "kicks": audio.kicks,
            "bpm": round(show.bpm, 2),
            "cpu_percent": round(heard.cpu_percent, 2),
            "device": heard.device,
            "restarts": restarts.get("ears", 0),
        },
        "latency": show.stats.latency(),
        "memory_mb": memory(show),
        "cameras": [
            {"name": c.name, "on": c.on, "size": list(c.size), "pictures": c.pictures, "passed": c.passed}
            for c in show.stage.cameras.states
        ],
        "record": show.recorded,
        "errors": [discreet(f"{where}: {text}") for where, text in problems(show).items()],
    }


def memory(show: Show) -> dict[str, float]:
    """Resident memory per process in MB."""
    pids = {"stage": psutil.Process().pid, **{s.name: s.pid for s in show.supervisor.states if s.pid}}
    sizes: dict[str, float] = {}
    for name, pid in pids.items():
        with contextlib.suppress(psutil.Error):
            sizes[name] = round(psutil.Process(pid).memory_info().rss / 2**20, 1)
    return sizes


def _lamp(age_s: float) -> float:
    return float(0.5 ** (max(0.0, age_s) / LAMP_S))
