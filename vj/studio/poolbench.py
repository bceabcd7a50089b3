"""How long a large pool takes to open and a pick in it: `python -m vj.studio.poolbench`. Noise in the latents, real
captions and tags; the latents are small, for no more of them is read than is shown."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

PICKS = 400


def measure(entries: int = 100_000, folder: Path | None = None) -> Mapping[str, Any]:
    """Seconds to open, in a process of its own, and ms of a pick; `cpu`: without waiting for others."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        pool = Path(place) / "large"
        written = _write(pool, entries)
        argv = [sys.executable, "-m", "vj.studio.poolbench", "--measure", str(pool)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        size = (pool / "pool.safetensors").stat().st_size / 1e6
    found: dict[str, Any] = json.loads(done.stdout)
    return {"entries": entries, "megabytes": round(size, 1), "write_s": round(written, 2), **found}


def opened(folder: Path) -> Mapping[str, Any]:
    """What `measure` asks of another process."""
    import torch

    from engine.pools.nearest import Nearest
    from engine.pools.pool import load

    torch.set_num_threads(1)
    times, cpu = [], []
    for _ in range(3):
        began, worked = time.perf_counter(), time.process_time()
        near = Nearest(load(folder))
        times.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    picks, shown = [], list[int]()
    worked = time.process_time()
    for i in range(PICKS):
        query = {"energy": (i % 10) / 9, "brightness": (i % 7) / 6, "red_green": 0.2, "yellow_blue": -0.2}
        began = time.perf_counter()
        shown.append(near.pick(query, 8, shown, i))
        picks.append(1000 * (time.perf_counter() - began))
    worked = 1000 * (time.process_time() - worked) / PICKS
    median, rare = (round(float(x), 3) for x in np.percentile(picks, (50, 99)))
    return {
        "open_s": round(min(times), 3),
        "first_open_s": round(times[0], 3),
        "first_open_cpu_s": round(cpu[0], 3),
        "pick_ms_p50": median,
        "pick_ms_p99": rare,
        "pick_cpu_ms": round(worked, 3),
        "picked": len(set(shown)),
    }


def _write(folder: Path, count: int) -> float:
    import torch

    from engine.pools.index import Entry
    from engine.pools.pool import LatentPool, save

    torch.manual_seed(0)
    palette = ("#582396", "#261956", "#2e629d", "#3d4294", "#3aaacf")
    tags, caption = ("raging", "dim", "violet", "blue", "tunnel"), "raging rigid electric blue shaft, shadowy"
    pool = LatentPool(
        name="large",
        entries=tuple(Entry(f"tunnel-ultraviolet-{i}", caption, palette, "text", tags) for i in range(count)),
        latents=torch.randint(-127, 128, (count, 8, 32, 2, 2), dtype=torch.int8),
        scale=torch.rand(count, 32),
        attributes=torch.rand(count, 79),
        known=torch.ones(count, 79),
        phases=torch.rand(count, 8),
        names=tuple(f"attribute/{i}" for i in range(79)),
        size=(32, 32),
        autoencoder="",
        features=torch.rand(count, 5),
    )
    began = time.perf_counter()
    save(folder, pool)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    print(json.dumps(opened(args.measure) if args.measure else measure(args.entries)))


if __name__ == "__main__":
    main()
