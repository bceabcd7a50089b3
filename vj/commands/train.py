"""`vj train`: the house model from nothing to weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vj.core.errors import VjError
from vj.options import size_of

app = typer.Typer(help="Train the house model on the world that our own shaders draw.", no_args_is_help=True)
console = Console(stderr=True)

Minutes = Annotated[float, typer.Option(help="Of all sessions of this run together")]
Threads = Annotated[int, typer.Option(min=0, help="Of the processor; 0: all")]
Clips = Annotated[int, typer.Option(min=1, help="How many")]
Frames = Annotated[int, typer.Option(min=1, help="Frames in a clip")]
Seed = Annotated[int, typer.Option(help="Which world; from 9000 on they are held out")]
Latents = Annotated[list[str] | None, typer.Option(help="A folder of encoded clips, FOLDER:SHARE of the steps")]
Start = Annotated[Path | None, typer.Option(help="Weights to begin with where there is no checkpoint")]
Held = Annotated[Path, typer.Option(help="Encoded clips to judge by")]
Device = Annotated[str, typer.Option(help="cpu or cuda")]
Runs = Annotated[Path, typer.Option(help="Where checkpoints and sheets go")]
Peer = Annotated[
    Path | None, typer.Option(help="--runs of a process beside this one that trains the same; the two meet")
]
Every = Annotated[float, typer.Option(help="Minutes between two examinations (and checkpoints)", min=0.1)]
Rate = Annotated[float, typer.Option(help="Highest learning rate; 0: the usual one")]


class Stage(StrEnum):
    """Stages that need nothing said."""

    prior = "prior"
    judge = "judge"
    export = "export"


def watched(total: int, what: str, job: Callable[[Callable[[int], None]], None]) -> None:
    """Run a job that tells how far it is, under a progress bar."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("clips"), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=total)
        job(lambda done: progress.update(task, completed=done))


@app.command(epilog="Example: `vj train world --sheet world.png`")
def world(
    folder: Annotated[Path, typer.Argument(help="Where the clips go")] = Path("runs/world"),
    clips: Clips = 1024,
    frames: Frames = 1,
    size: Annotated[str, typer.Option(help="Picture size")] = "512x288",
    seed: Seed = 0,
    sheet: Annotated[Path | None, typer.Option(help="Only draw a contact sheet with captions into this PNG")] = None,
    threads: Threads = 0,
) -> None:
    """Draw clips of the world, with everything that is known of them; or a contact sheet of it."""
    os.environ.setdefault("LP_NUM_THREADS", str(threads or os.cpu_count() or 1))
    from vj.studio.sheets import world_sheet
    from vj.studio.world import World, write_shards

    if sheet is not None:
        world_sheet(sheet, seed or 9007)
        console.print(f"{sheet}", soft_wrap=True)
        return
    shape = _size(size)
    watched(clips, "drawing", lambda drawn: write_shards(folder, World(shape), seed, clips, frames, drawn))


@app.command(epilog="Example: `vj train latents runs/latents/small --clips 60000`")
def latents(
    folder: Annotated[Path, typer.Argument(help="Where they go", show_default=False)],
    clips: Clips = 1024,
    frames: Frames = 1,
    size: Annotated[str, typer.Option(help="Picture size, in multiples of 32")] = "160x96",
    seed: Seed = 0,
    threads: Threads = 1,
    device: Device = "cpu",
) -> None:
    """Draw clips and encode them: what the denoiser learns from. Several of these may run side by side."""
    from vj.studio.latents import DrawJob, write

    job = DrawJob(folder, clips, frames, _size(size), seed, threads, device=device)
    watched(clips, "encoding", lambda drawn: write(job, drawn))


@app.command(epilog="Example: `vj train autoencoder --world runs/world --minutes 60`")
def autoencoder(
    minutes: Minutes = 60.0,
    threads: Threads = 0,
    world: Annotated[list[Path] | None, typer.Option(help="A folder of drawn clips")] = None,
    held: Annotated[Path, typer.Option(help="Drawn clips to judge by")] = Path("runs/held"),
    start: Start = None,
    rate: Rate = 0.0,
) -> None:
    """Train the autoencoder on drawn clips into runs/autoencoder."""
    from vj.studio.train import TrainJob, run

    folders = tuple(world or (Path("runs/world"),))
    run("autoencoder", TrainJob(minutes, threads, 16, rate, folders, held, start=start))


@app.command(epilog="Example: `vj train decoder --minutes 60`, then `vj train stage export`")
def decoder(
    minutes: Minutes = 60.0,
    threads: Threads = 0,
    start: Start = None,
    rate: Rate = 0.0,
    runs: Runs = Path("runs"),
    every: Every = 5.0,
    seed: Seed = 0,
) -> None:
    """Train on the decoder of the autoencoder alone into runs/decoder: sharper pictures of the pools there are."""
    from vj.studio.train import TrainJob, run

    run("decoder", TrainJob(minutes, threads, rate=rate, start=start, runs=runs, every=every, seed=seed))


@app.command(epilog="Example: `vj train denoiser --minutes 90`")
def denoiser(
    minutes: Minutes = 90.0,
    threads: Threads = 0,
    latents: Latents = None,
    held: Held = Path("runs/latents/held"),
    start: Start = None,
    rate: Rate = 0.0,
    device: Device = "cpu",
    runs: Runs = Path("runs"),
    peer: Peer = None,
    every: Every = 5.0,
    seed: Seed = 0,
) -> None:
    """Train the denoiser on encoded clips into runs/denoiser; sheets of samples are drawn on the way."""
    from vj.studio.train import LATENTS, TrainJob, run

    job = TrainJob(minutes, threads, rate=rate, start=start, device=device, runs=runs, peer=peer, seed=seed)
    run("denoiser", replace(job, latents=tuple(latents or LATENTS), held=held, every=every))


@app.command(epilog="Example: `vj train distil --start engine/assets/denoiser.safetensors --minutes 30`")
def distil(
    minutes: Minutes = 30.0,
    threads: Threads = 0,
    latents: Latents = None,
    held: Held = Path("runs/latents/held"),
    start: Start = None,
    rate: Rate = 0.0,
    device: Device = "cpu",
    runs: Runs = Path("runs"),
    peer: Peer = None,
    seed: Seed = 0,
) -> None:
    """Teach the denoiser to leap, 1 to 4 steps with guidance baked in, into runs/distil."""
    from vj.studio.train import LATENTS, TrainJob, run

    job = TrainJob(minutes, threads, rate=rate or 2e-4, start=start, device=device, runs=runs, peer=peer, seed=seed)
    run("distil", replace(job, latents=tuple(latents or LATENTS), held=held))


@app.command(epilog="Example: `vj train recolour --minutes 12 --start engine/assets/denoiser.safetensors`")
def recolour(
    minutes: Minutes = 12.0,
    threads: Threads = 0,
    latents: Latents = None,
    held: Held = Path("runs/latents/held"),
    start: Start = None,
    rate: Rate = 0.0,
    runs: Runs = Path("runs"),
    seed: Seed = 0,
) -> None:
    """Teach the denoiser to see its reference in the colours asked for, into runs/recolour/start.safetensors."""
    from vj.studio.train import LATENTS, TrainJob, run

    job = TrainJob(minutes, threads, rate=rate or 3e-3, start=start, runs=runs, seed=seed)
    run("recolour", replace(job, latents=tuple(latents or LATENTS), held=held))


@app.command(epilog="Example: `vj train plot runs/denoiser/progress.jsonl -o progress.png`")
def plot(
    progress: Annotated[Path, typer.Argument(help="progress.jsonl of a run, or of several one after another")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A PNG")] = Path("progress.png"),
) -> None:
    """Draw how training went: errors on held-out clips, and what the judge sees in the pictures, by hours."""
    from vj.studio.progress import plotted, rows_of

    rows = rows_of(progress)
    try:
        plotted(rows).save(output)
    except (OSError, ValueError) as error:
        raise VjError(f"--output {output}: {error}", "name a PNG in a folder that is there") from None
    console.print(f"{output}: {len(rows)} checkpoints, {rows[-1]['hours']:.1f} hours")


@app.command(epilog="Example: `vj train stage export`")
def stage(
    what: Annotated[Stage, typer.Argument(help="Which", show_default=False)],
    runs: Annotated[Path, typer.Option(help="Where the runs are")] = Path("runs"),
    threads: Threads = 0,
) -> None:
    """prior: what words say. judge: what `vj eval` measures with. export: all that is trained -> engine/assets."""
    from vj.studio.train import TrainJob, run

    run(what.value, TrainJob(threads=threads, runs=runs))


@app.command("all", epilog="Example: `vj train all --minutes 240`")
def everything(
    minutes: Annotated[float, typer.Option(min=1, help="For all of it, about")] = 240.0, threads: Threads = 0
) -> None:
    """All stages one after another, from an empty folder to weights; what is there already is kept."""
    from vj.studio.train import SHELVES

    world(Path("runs/world"), 6144, 1, "512x288", 21, None, threads)
    world(Path("runs/held"), 128, 1, "512x288", 9001, None, threads)
    autoencoder(minutes * 0.25, threads)
    stage(Stage.export)
    decoder(minutes * 0.1, threads)
    stage(Stage.export)
    stage(Stage.prior)
    cores = threads or os.cpu_count() or 1
    latents(Path("runs/latents/held"), 512, 1, "160x96", 9100, cores)
    for number, shelf in enumerate(SHELVES):
        count = max(64, round(shelf.per_minute * minutes))
        latents(Path("runs/latents") / shelf.name, count, shelf.frames, shelf.size, 101 + number, cores)
    stage(Stage.judge)
    denoiser(minutes * 0.35, threads)
    stage(Stage.export)
    distil(minutes * 0.12, threads, start=Path("engine/assets/denoiser.safetensors"))
    stage(Stage.export)


def _size(text: str) -> tuple[int, int]:
    shape = size_of(text)
    if shape is None or shape[0] % 32 or shape[1] % 32:
        raise VjError(f"--size {text}: not in multiples of 32", "such as 160x96, 256x160, 512x288")
    return shape
