"""`vj bench`: what this machine can do. Figures with the machine and the command go to docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vj.app import PlayOptions, Show
from vj.audio.beats import listen
from vj.audio.demo import demo_track
from vj.core.errors import VjError
from vj.core.paths import ROOT, data_dir, shared_dir
from vj.core.supervisor import Supervisor, Worker
from vj.core.types import AudioFeatures, BeatState, Binding, EffectLook, LayerLook, Look, Moment, SceneLook
from vj.engine_link import EngineLink, request_for
from vj.render.gl import Picture, Target
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.setlist.player import Player
from vj.setlist.schema import AudioSpec, EngineShow, EngineSpec, LayerSpec, Scene, Setlist, ShowSpec
from vj.stage import Stage, StageOptions

SIZE = (640, 360)
BARE = ("plasma", "rgbsplit", "huecycle")
"""a generator and two effects of one pass each, for the comparison with a bare loop"""


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        name = models[0] if models else name
    return {"cpu": name, "cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}


def example() -> Path:
    """The example setlist, in the checkout or in the wheel."""
    path = ROOT / "setlist.example.toml"
    return path if path.is_file() else data_dir("shaders").parent / "setlist.example.toml"


def hits(found: list[float], known: list[float], tolerance_s: float = 0.05) -> tuple[float, list[float]]:
    """F-measure of events against known times (s), each matched once, and found minus known of the matches (s)."""
    used, errors, at = set[int](), [], 0
    for t in known:
        near = [(abs(f - t), i) for i, f in enumerate(found) if i not in used and abs(f - t) <= tolerance_s]
        if near:
            at = min(near)[1]
            used.add(at)
            errors.append(found[at] - t)
    total = len(found) + len(known)
    return (2 * len(errors) / total if total else 1.0), errors


def audio(seconds: float) -> dict[str, Any]:
    """The live analyser over the demo track: cost of a second of sound, what it hears and how soon."""
    track = demo_track()
    length = min(max(seconds, 20.0), 90.0)
    samples = track.samples[: round(length * track.rate)]
    begin = time.process_time()
    heard = listen(samples, track.rate)
    spent = time.process_time() - begin
    figures: dict[str, Any] = {"seconds": length, "cpu_percent_of_a_core": round(100 * spent / length, 2)}
    known = {"kick": track.kicks, "snare": track.snares, "hat": track.hats}
    for name, times in known.items():
        events = getattr(heard, f"{name}s")
        real = [float(t) for t in times if t < length]
        f, _ = hits(list(events.sounded), real)
        _, delays = hits(list(events.emitted), real, 0.1)
        figures[name] = {
            "f": round(f, 3),
            "delay_p50_ms": round(1000 * float(np.percentile(delays, 50)), 1) if delays else None,
            "delay_p95_ms": round(1000 * float(np.percentile(delays, 95)), 1) if delays else None,
        }
    settled = 8.0
    beats = [t for t in heard.beats.sounded if t >= settled]
    f, errors = hits(beats, [float(t) for t in track.beats if settled <= t < length], 0.07)
    figures["beats_after_8_s"] = {"f_70ms": round(f, 3), "error_p50_ms": round(1000 * statistics.median(errors), 1)}
    figures["bpm"] = {"known": track.bpm, "heard": round(heard.bpm, 2)}
    return figures


def _moment(n: int, size: tuple[int, int]) -> Moment:
    t = n / 60
    sound = AudioFeatures(t=t, hop=n, level=0.5, kicks=n // 30, kick_t=(n // 30) / 2, silent=False)
    beat = BeatState(t, 120.0, n // 30, (n % 30) / 30, source="audio")
    return Moment(t, 1 / 60, n, size, sound, beat)


def _calm(n: int, size: tuple[int, int]) -> Moment:
    return Moment(n / 60, 1 / 60, n, size, AudioFeatures(), BeatState())


def _timed(stage: Stage, draw: Callable[[int], object], seconds: float) -> float:
    """Median ms per frame, really drawn."""
    times, n = list[float](), 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        begin = time.perf_counter()
        draw(n)
        stage.ctx.finish()
        times.append((time.perf_counter() - begin) * 1000)
        n += 1
    return statistics.median(times)


def render(seconds: float) -> dict[str, Any]:
    """Every scene of the example, and what the stage costs over a bare loop that draws the same shaders."""
    setlist = load(example(), catalog())
    stage = Stage(setlist, StageOptions(SIZE))
    looks = Player(setlist, 1).looks()
    part = seconds / (len(looks) + 2)
    scenes: dict[str, float] = {}
    for look in looks:
        stage.compositor.prepare(look)
        scenes[look.name] = round(_timed(stage, _drawer(stage, Look(look)), part), 2)
    effects = tuple(EffectLook(name, {"amount": 0.7}) for name in BARE[1:])
    full = _timed(
        stage, _drawer(stage, Look(SceneLook("bench", (LayerLook("b", f"shader:{BARE[0]}"),), effects))), part
    )
    bare = _timed(stage, _bare(stage), part)
    figures = {
        "size": list(SIZE),
        "renderer": stage.renderer,
        "scene_ms": scenes,
        "bare_loop_ms": round(bare, 2),
        "stage_ms": round(full, 2),
        "stage_over_bare": round(full / bare, 3),
    }
    stage.close()
    return figures


def _drawer(stage: Stage, look: Look) -> Callable[[int], object]:
    return lambda n: stage.compositor.draw(look, _moment(n, stage.size))


def _bare(stage: Stage) -> Callable[[int], object]:
    """A loop that only binds and draws: generator, then two effects, into three targets."""
    programs = [stage.store.program("generators" if i == 0 else "effects", name) for i, name in enumerate(BARE)]
    targets = [Target(stage.ctx, stage.size) for _ in BARE]
    inputs: list[dict[str, Any]] = [{}, {"inputImage": targets[0].texture}, {"inputImage": targets[1].texture}]
    for program, target, images in zip(programs, targets, inputs, strict=True):
        program.draw(target, _calm(0, stage.size), {"amount": 0.7} if images else {}, images)

    def draw(n: int) -> None:
        for program, target, images in zip(programs, targets, inputs, strict=True):
            for texture in images.values():
                texture.use(0)
            only = program.compiled.stages[0]
            only.set("TIME", n / 60)
            only.render(target.fbo)

    return draw


def engine(seconds: float) -> dict[str, Any]:
    """The engine's worker alone, every frame of it interpolated, denoised in one step, decoded and published: with the
    threads that it has beside a stage, and with all."""
    few, cores = engine_with(0, seconds / 2), os.cpu_count() or 1
    return {"beside_a_stage": few, "alone": few if few["threads"] == cores else engine_with(cores, seconds / 2)}


def engine_with(threads: int, seconds: float) -> dict[str, Any]:
    """First picture, new frames per second and time per frame; 0 threads: as in a show."""
    folder = shared_dir()
    link = EngineLink(folder, EngineShow(fps=120.0, threads=threads))
    supervisor = Supervisor()
    begin = time.perf_counter()
    figures: dict[str, Any] = {}
    try:
        supervisor.add(Worker("engine", link.argv, link.heartbeat, folder / "engine.log"))
        size = EngineShow().size
        now = Moment(begin, 0.0, 0, size, AudioFeatures(), BeatState(begin, 126.0))
        link.post(request_for(EngineSpec(mode="drift"), now, size, 1))
        while link.dream_at(time.perf_counter(), "house") is None:
            if time.perf_counter() - begin > 30.0:
                raise VjError(
                    f"the engine made no picture in 30 s: {link.status.error or supervisor.states[0].last_exit}"
                )
            time.sleep(0.01)
            link.poll()
        figures["first_picture_s"] = round(time.perf_counter() - begin, 2)
        made, start = link.status.frames, time.perf_counter()
        while time.perf_counter() - start < seconds:
            time.sleep(0.05)
            link.poll()
        status, spent = link.status, time.perf_counter() - start
        figures |= {
            "size": list(status.size),
            "fps": round((status.frames - made) / spent, 2),
            "p50_ms": round(status.p50_ms, 2),
            "p95_ms": round(status.p95_ms, 2),
            "runtime": status.runtime,
            "device": status.device,
            "threads": status.threads,
        }
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return figures


FLASH = Binding("audio.kick", "master.brightness", lo=0.25, hi=1.0)


def flash_setlist() -> Setlist:
    """A picture that does nothing but light up with the kick."""
    scene = Scene("flash", (LayerSpec("shader:plasma", params={"rate": 0.0}),), binds=(FLASH,))
    return Setlist(Path("flash"), ShowSpec("flash"), AudioSpec(), EngineShow(), (scene,))


class FlashShow(Show):
    """Looks at the pixels of every presented frame and notes when they light up."""

    def __init__(self, setlist: Setlist, options: PlayOptions) -> None:
        super().__init__(setlist, options)
        self.flashes: list[float] = []
        self._light = 0.0

    def _give(self, picture: Picture, moment: Moment) -> None:
        super()._give(picture, moment)
        light = float(picture.pixels().mean())
        now = self.clock.now()
        if light > self._light * 1.25 and (not self.flashes or now - self.flashes[-1] > 0.15):
            self.flashes.append(now)
        self._light = light


def latency(seconds: float) -> dict[str, Any]:
    """From a kick of the demo track to pixels that changed, through worker, shared memory and OpenGL, at 60 Hz."""
    options = PlayOptions("demo", size=(320, 180), fps=60.0, seconds=max(seconds, 10.0), safe=True, inputs=())
    show = FlashShow(flash_setlist(), options)
    report = show.run()
    start = show.heard.t_start
    kicks = [start + float(t) for t in demo_track().kicks]
    first, last = show.flashes[0] - 0.2, show.flashes[-1]
    known = [t for t in kicks if first < t < last]
    delays = [min((f - t for f in show.flashes if 0.0 <= f - t < 0.2), default=None) for t in known]
    seen = [1000.0 * d for d in delays if d is not None]
    return {
        "kicks": len(known),
        "seen": len(seen),
        "kick_to_changed_pixels_p50_ms": round(float(np.percentile(seen, 50)), 1),
        "kick_to_changed_pixels_p95_ms": round(float(np.percentile(seen, 95)), 1),
        "stage": report["stage"],
        "note": "without a sound card, which adds its own latency, and without a screen",
    }


def studio(seconds: float) -> dict[str, Any]:
    """All offline pipelines; see vj.studio.bench."""
    from vj.studio.bench import studio as pipelines

    return pipelines(seconds)


def labels(seconds: float) -> dict[str, Any]:
    """What labelling a file costs, and the invisible watermark of the recorder's time at 1280x720."""
    from vj.labels import bench as sealing
    from vj.labels import markbench

    watermark = markbench.figures(round(12 * seconds))
    return {"seal": sealing.figures(), "watermark": watermark, "bit_errors": markbench.survival(0.4 * seconds)}


def qc(seconds: float) -> dict[str, Any]:
    """Frames per second of all checks at 512x288, and what each costs."""
    from vj.studio import qcbench

    return qcbench.figures(seconds)


def versus(seconds: float) -> dict[str, Any]:
    """The house model beside a StreamDiffusion-like pipeline (speed) and beside dissolves (morphs)."""
    from vj.studio.versus import versus as beside

    return beside(seconds)


BENCHES: Mapping[str, Callable[[float], dict[str, Any]]] = {
    "audio": audio,
    "render": render,
    "engine": engine,
    "latency": latency,
    "studio": studio,
    "labels": labels,
    "qc": qc,
    "versus": versus,
}


def run_bench(what: str, seconds: float) -> dict[str, Any]:
    """One bench with the machine it ran on."""
    return {"bench": what, "machine": machine(), **BENCHES[what](seconds)}
