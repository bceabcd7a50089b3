"""A clip from words: the job of `vj text2video`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.files.media import MovieSettings, MovieWriter
from vj.studio.memory import memory_of

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.pipelines.text2video import Job

AT_ONCE = 4
"""frames decoded together"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What `vj text2video` was asked for; see engine.pipelines.text2video.Job."""

    prompt: str
    out: Path
    seconds: float = 8.0
    size: tuple[int, int] = (512, 288)
    fps: float = 24.0
    steps: int = 1
    sampler: str = "flowmap"
    negative: str = ""
    guidance: float = 2.0
    seed: int = 0
    turns: float = 1.0
    pool: str = "house"
    """the pool whose loops the pictures go by"""
    closeness: float = 1.0
    knobs: dict[str, float] = field(default_factory=dict)
    threads: int = 0
    assets: Path = ROOT / "engine" / "assets"


def make(wish: Wish, console: Console | None = None) -> None:
    """Write the MP4. Raises VjError for a prompt without words, a folder that is not there, a knob that is none."""
    import torch

    from engine.errors import EngineError
    from engine.model.house import load_house
    from engine.pipelines import text2video
    from engine.runtimes.runtime import best_dtype

    console = console or Console(stderr=True)
    if not wish.out.resolve().parent.is_dir():
        raise VjError(f"{wish.out}: the folder {wish.out.resolve().parent} is not there", "make it, or choose another")
    torch.set_num_threads(wish.threads or os.cpu_count() or 1)
    frames = max(1, round(wish.seconds * wish.fps))
    job = text2video.Job(
        wish.prompt,
        wish.negative,
        frames,
        wish.size,
        wish.steps,
        wish.sampler,
        wish.guidance,
        wish.seed,
        wish.turns,
        closeness=wish.closeness,
        knobs=wish.knobs,
    )
    columns = (TextColumn("dreaming"), BarColumn(), MofNCompleteColumn(), TextColumn("frames"), TimeRemainingColumn())
    try:
        house = load_house(wish.assets, best_dtype())
        text2video.sampler(wish.sampler)
        if house.text is not None:
            _check(wish, house.text.vector(wish.prompt)[1], house.names)
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("", total=frames)
            _write(wish, job, house, lambda done: progress.update(task, completed=done))
    except EngineError as error:
        raise VjError(str(error)) from None
    console.print(f"{wish.out}: {frames} frames {wish.size[0]}x{wish.size[1]}", soft_wrap=True)


def _write(wish: Wish, job: Job, house: House, done: Callable[[int], None]) -> None:
    from engine.pipelines import text2video

    settings = MovieSettings(wish.size, wish.fps, 0, crf=17, preset="medium", threads=0)
    memory = memory_of(house, wish.pool) if wish.closeness > 0 else None
    writer, latents, number = MovieWriter(wish.out, settings), text2video.latents(job, house, memory), 0
    try:
        while waiting := list(islice(latents, AT_ONCE)):
            for picture in text2video.pictures(waiting, house, wish.size):
                writer.video(picture, number / wish.fps)
                number += 1
            done(number)
    finally:
        writer.close()


def _check(wish: Wish, words: bool, names: tuple[str, ...]) -> None:
    if not words and not wish.knobs:
        raise VjError(f"prompt {wish.prompt[:60]!r}: no words in it", 'say what to see, such as "golden spiral"')
    for name in wish.knobs:
        if name not in names:
            numbers = ", ".join(n for n in names if "/" not in n)
            raise VjError(
                f"--attr {name}: no such attribute", f"there are {numbers}, family/..., palette/..., fold/..."
            )
