"""What to do with twenty-five minutes of one GPU: `make gpu`.

Draw and encode the world, go on training the denoiser from its newest checkpoint (else from the shipped weights), teach
it to leap, measure, and put weights, sheets and figures where they can be fetched, in pieces that may be mailed. Each
stage takes less than ten minutes and may be called on its own, one after another: `make gpu STAGE=1`. What was cut goes
on. Needs torch, safetensors, tokenizers, moderngl, Pillow, typer, rich; no network.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.studio.train import SHELVES, TrainJob
from vj.studio.train import run as train

PIECE = 15 * 2**20
"""bytes of a piece at most"""
SHARES = {"draw": 0.22, "denoiser": 0.28, "distil": 0.14, "measure": 0.08}
"""of the minutes; the denoiser is trained in two stages"""


@dataclass(frozen=True, slots=True)
class Lease:
    """How long, on what, and where the results go. `tokens` in a training step; `workers` draw side by side."""

    minutes: float = 24.0
    device: str = "cuda"
    runs: Path = Path("runs/gpu")
    out: Path = Path("runs/gpu/out")
    tokens: int = 24_576
    workers: int = 10
    clips: int = 2048
    """held-out pictures that the distances are measured with"""

    def minutes_of(self, what: str) -> float:
        return self.minutes * SHARES[what]


def draw(lease: Lease) -> None:
    """Workers draw until the time is up; whole shards stay. Seeds are new at every call."""
    jobs = [_drawing(lease, "held", 1, "160x96", 9100, 256)]
    first = 1000 + int(time.time()) % 7000 // 20 * 20
    for i in range(max(lease.workers, len(SHELVES))):
        shelf = SHELVES[i % len(SHELVES)]
        jobs.append(_drawing(lease, shelf.name, shelf.frames, shelf.size, first + i, 10_000_000))
    ends = time.monotonic() + 60 * lease.minutes_of("draw")
    jobs[0].wait()
    while time.monotonic() < ends or not all(_shards(lease).values()):
        if failed := [job for job in jobs if job.poll()]:
            _stop(jobs)
            raise VjError(f"drawing failed: {failed[0].args!r}", "run that command by itself to see why")
        time.sleep(0.5)
    _stop(jobs)
    print(f"shards: {_shards(lease)}", flush=True)


def _shards(lease: Lease) -> dict[str, int]:
    """How many there are of each shelf."""
    places = {shelf.name: lease.runs / "latents" / shelf.name for shelf in SHELVES}
    return {name: len(list(place.glob("*.safetensors"))) for name, place in places.items()}


def _drawing(lease: Lease, name: str, frames: int, size: str, seed: int, clips: int) -> subprocess.Popen[bytes]:
    where = ["train", "latents", str(lease.runs / "latents" / name), "--device", lease.device, "--threads", "1"]
    what = ["--clips", str(clips), "--frames", str(frames), "--size", size, "--seed", str(seed)]
    return subprocess.Popen([sys.executable, "-m", "vj.cli", *where, *what], stderr=subprocess.DEVNULL)


def _stop(jobs: list[subprocess.Popen[bytes]]) -> None:
    for job in jobs:
        job.terminate()
    for job in jobs:
        job.wait()


def _job(lease: Lease, minutes: float, session: float) -> TrainJob:
    folders = tuple(f"{lease.runs / 'latents' / shelf.name}:{shelf.share}" for shelf in SHELVES)
    start = ROOT / "engine" / "assets" / "denoiser.safetensors"
    job = TrainJob(minutes, batch=lease.tokens, latents=folders, held=lease.runs / "latents" / "held", start=start)
    return replace(job, runs=lease.runs, device=lease.device, session=session)


def denoiser(lease: Lease) -> None:
    """Half of it: call it twice."""
    part = lease.minutes_of("denoiser")
    train("denoiser", replace(_job(lease, 2 * part, part), rate=8e-4))


def distil(lease: Lease) -> None:
    """From what `denoiser` left."""
    from engine.model.house import save_denoiser
    from engine.training.train_denoiser import finished
    from vj.studio.world import attribute_names

    teacher = lease.runs / "teacher.safetensors"
    save_denoiser(teacher, finished(lease.runs / "denoiser" / "denoiser.pt"), attribute_names())
    part = lease.minutes_of("distil")
    train("distil", replace(_job(lease, part, part), rate=2e-4, start=teacher))


def measure(lease: Lease) -> None:
    """Export, judge, `vj eval`, sheets; all into `out`, large files in pieces."""
    from vj.studio.evaluate import evaluate
    from vj.studio.sheets import draw_all

    train("export", _job(lease, 0.0, 0.0))
    lease.out.mkdir(parents=True, exist_ok=True)
    pieces(ROOT / "engine" / "assets" / "denoiser.safetensors", lease.out)
    try:
        found = evaluate([], lease.clips, os.cpu_count() or 1, lambda text: print(text, flush=True))
        (lease.out / "eval.json").write_text(json.dumps(found, indent=1))
        for path in draw_all(lease.out, os.cpu_count() or 1, lambda text: None):
            print(path, flush=True)
    finally:
        for log in lease.runs.glob("*/log.txt"):
            shutil.copy(log, lease.out / f"{log.parent.name}.log")


STAGES: tuple[Callable[[Lease], None], ...] = (draw, denoiser, denoiser, distil, measure)


def pieces(path: Path, out: Path) -> list[Path]:
    """`name.00`, `name.01` ...: `cat name.* > name` puts them together again."""
    data, made = path.read_bytes(), []
    for i in range(0, len(data), PIECE):
        made.append(out / f"{path.name}.{i // PIECE:02d}")
        made[-1].write_bytes(data[i : i + PIECE])
    return made


def main() -> None:
    usual, parser = Lease(), argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=usual.minutes, help="for all stages together")
    parser.add_argument("--stage", type=int, default=0, help=f"1-{len(STAGES)}; 0: all, one after another")
    parser.add_argument("--device", default=usual.device)
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT") or usual.out))
    args = parser.parse_args()
    lease = Lease(args.minutes, args.device, out=args.out)
    if args.device != "cuda":
        lease = replace(lease, tokens=960, workers=4)
    try:
        for number, stage in enumerate(STAGES, 1):
            if args.stage in (0, number):
                began = time.monotonic()
                stage(lease)
                print(f"stage {number} ({stage.__name__}): {time.monotonic() - began:.0f} s", flush=True)
    except VjError as error:
        sys.exit(f"vj: {error}")


if __name__ == "__main__":
    main()
