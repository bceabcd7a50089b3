"""`vj render`: a show that a song plays, on a clock that waits. Same setlist, song and seed: the same frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vj.audio import demo, file
from vj.audio.analysis import AnalysisSettings
from vj.audio.beats import RecordedEars
from vj.core.errors import VjError
from vj.engine_link import Engine
from vj.files.media import MovieSettings, MovieWriter
from vj.labels import promises
from vj.labels.recording import Labelling
from vj.labels.show import about_show
from vj.performance import Heard, Performance
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.stage import Stage, StageOptions
from vj.studio.engine import NoEngine, WaitedEngine

RATE = 48000


@dataclass(frozen=True, slots=True)
class RenderJob:
    """What `vj render` was asked for; size None: as the setlist says; seconds 0: the whole song."""

    setlist: Path
    song: str
    out: Path
    size: tuple[int, int] | None = None
    fps: float = 30.0
    seconds: float = 0.0
    seed: int | None = None
    safe: bool = False
    badge: bool = False


def render_song(job: RenderJob, console: Console) -> str:
    """Write the video; returns the SHA-256 of all its frames as they went to the encoder."""
    if not job.out.resolve().parent.is_dir():
        raise VjError(f"{job.out}: the folder {job.out.resolve().parent} is not there", "make it, or choose another")
    setlist = load(job.setlist, catalog())
    sound = _sound(job)
    engine = _engine(job, console)
    size = job.size or setlist.show.size
    stage = Stage(setlist, StageOptions(size, offline=True), engine)
    seed = setlist.show.seed if job.seed is None else job.seed
    digest = hashlib.sha256()
    promises.keep()
    label = Labelling(job.out, about_show(setlist, "render", seed, job.song))
    badge = label.about.kind if job.badge else ""
    settings = label.settings(MovieSettings(size, job.fps, RATE, 17, "medium", 0, badge=badge))
    writer = MovieWriter(job.out, settings)
    columns = (TextColumn("rendering"), BarColumn(), MofNCompleteColumn(), TextColumn("frames"), TimeRemainingColumn())
    frames, drawn = max(1, round(len(sound) / RATE * job.fps)), 0
    try:
        show = Performance(setlist, stage, engine, seed)
        ears = RecordedEars(sound, RATE, AnalysisSettings(RATE, setlist.audio.hop, setlist.audio.bpm))
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("", total=frames)
            for n in range(frames):
                t = n / job.fps
                audio, anchor = ears.at(t)
                pixels = show.draw(Heard(t, 1.0 / job.fps, audio, anchor)).pixels()
                digest.update(pixels.tobytes())
                writer.video(pixels, t)
                writer.audio(sound[round(t * RATE) : round((n + 1) / job.fps * RATE)])
                drawn += 1
                progress.advance(task)
    finally:
        writer.close()
        label.finish(drawn)
        stage.close()
        label.join()
    if wrong := stage.errors():
        told = "\n  ".join(f"{where}: {what}" for where, what in wrong.items())
        raise VjError(f"{job.out} is written, but not everything could be drawn:\n  {told}", "see `vj check`")
    console.print(f"{job.out}: {frames} frames {size[0]}x{size[1]}", soft_wrap=True)
    return digest.hexdigest()


def _sound(job: RenderJob) -> NDArray[np.float32]:
    """float32 [N, 2] at 48 kHz."""
    if job.song == "demo":
        sound = demo.demo_track(RATE).samples
    else:
        sound, _ = file.read(Path(job.song.removeprefix("file:")), RATE)
    return sound[: round(job.seconds * RATE)] if job.seconds else sound


def _engine(job: RenderJob, console: Console) -> Engine:
    if job.safe:
        return NoEngine()
    if find_spec("torch") is None:
        console.print("[yellow]the engine is not installed: dreams play their pool's loop (make setup installs it)")
        return NoEngine()
    return WaitedEngine()
