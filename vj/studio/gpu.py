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
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.studio.train import SHELVES, TrainJob
from vj.studio.train import run as train

PIECE = 15 * 2**20
"""bytes of a piece at most"""
SHARES = {"draw": 0.22, "denoiser": 0.28, "distil": 0.14, "measure": 0.08}
"""of the minutes; the denoiser is trained in two stages"""
SECTIONS = ("obedience", "distance", "speed", "autoencoder", "blend", "xl")
"""of `vj eval`, as many as the time allows"""


@dataclass(frozen=True, slots=True)
class Lease:
    """How long, on what, and where the results go. `tokens` in a training step; `workers` draw side by side."""

    minutes: float = 24.0
    device: str = "cuda"
    runs: Path = Path("runs/gpu")
    out: Path = Path("runs/gpu/out")
    tokens: int = 24_576
    workers: int = 10
    clips: int = 256
    """held-out pictures that the distances are measured with"""

    def minutes_of(self, what: str) -> float:
        return self.minutes * SHARES[what]


def draw(lease: Lease) -> None:
    """Workers draw until the time is up; whole shards stay. Seeds are new at every call."""
    plan = lease.runs / "plan.json"
    plan.parent.mkdir(parents=True, exist_ok=True)
    plan.write_text(json.dumps({"minutes": spent(lease) + 2 * lease.minutes_of("denoiser")}))
    first = 1000 + int(time.time()) % 7000 // 20 * 20
    jobs = [_drawing(lease, "held", 1, "160x96", 9100, 256)]
    try:
        for i in range(max(lease.workers, len(SHELVES))):
            shelf = SHELVES[i % len(SHELVES)]
            jobs.append(_drawing(lease, shelf.name, shelf.frames, shelf.size, first + i, 10_000_000))
        began, seconds = time.monotonic(), 60 * lease.minutes_of("draw")
        while time.monotonic() < began + seconds or not all(_shards(lease).values()):
            if failed := [job for job in jobs if job.poll()]:
                raise VjError(f"drawing failed: {failed[0].args!r}", "run that command by itself to see why")
            if time.monotonic() > began + max(540.0, 2 * seconds):
                raise VjError(f"drawing is too slow here: {_shards(lease)} shards", "give it more --minutes")
            time.sleep(0.5)
    finally:
        _stop(jobs)
    print(f"shards: {_shards(lease)}", flush=True)


def spent(lease: Lease) -> float:
    """Minutes that the denoiser was trained for so far, in all sessions."""
    from engine.training.log import load_checkpoint

    state = load_checkpoint(lease.runs / "denoiser" / "denoiser.pt")
    return 0.0 if state is None else float(state["spent"]) / 60


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
    """Half of what this lease adds to the run: call it twice."""
    part = lease.minutes_of("denoiser")
    plan = lease.runs / "plan.json"
    minutes = float(json.loads(plan.read_text())["minutes"]) if plan.is_file() else spent(lease) + part
    train("denoiser", replace(_job(lease, minutes, part), rate=8e-4))


def distil(lease: Lease) -> None:
    """From what `denoiser` left; begun anew when that has gone on since."""
    teacher, student = (lease.runs / name / "denoiser.pt" for name in ("denoiser", "distil"))
    if student.exists() and student.stat().st_mtime < teacher.stat().st_mtime:
        student.unlink()
    part = lease.minutes_of("distil")
    train("distil", replace(_job(lease, part, part), rate=3e-4, start=None))


def measure(lease: Lease) -> None:
    """Weights in pieces, logs and sheets in one archive, figures; each is there as soon as it is made."""
    from vj.studio.evaluate import evaluate
    from vj.studio.sheets import draw_all

    train("export", _job(lease, 0.0, 0.0))
    lease.out.mkdir(parents=True, exist_ok=True)
    pieces(ROOT / "engine" / "assets" / "denoiser.safetensors", lease.out)
    found: dict[str, object] = {}
    ends = time.monotonic() + 60 * max(2.0, lease.minutes_of("measure"))
    with zipfile.ZipFile(lease.out / "sheets.zip", "w") as archive, TemporaryDirectory() as folder:
        for log in lease.runs.glob("*/log.txt"):
            archive.write(log, f"{log.parent.name}.log")
        for path in draw_all(Path(folder), os.cpu_count() or 1, lambda text: None):
            archive.write(path, path.name)
    for section in SECTIONS:
        if time.monotonic() < ends:
            found |= evaluate([section], lease.clips, os.cpu_count() or 1, lambda text: print(text, flush=True))
            (lease.out / "eval.json").write_text(json.dumps(found, indent=1))


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
    parser.add_argument(
        "--stage",
        type=int,
        default=0,
        choices=range(len(STAGES) + 1),
        help=f"1-{len(STAGES)}; 0: all, one after another",
    )
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
