"""`vj bench studio`: what every pipeline costs, each in a process of its own: time per second of video, peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from vj.core.errors import VjError
from vj.studio.examples import photo

SIZE = "512x288"
LONGER = 6.0
"""the second, longer run is so many times as long"""
ALLOWED = 1.05
"""how much more memory that may take"""


@dataclass(frozen=True, slots=True)
class Row:
    """One pipeline: the words of the command (CLIP, PHOTO stand for files), seconds of video, and whether it is also
    made longer."""

    name: str
    words: tuple[str, ...]
    share: float = 1.0
    """of the seconds asked for: slow ones make less"""
    longer: bool = False
    timed: bool = True
    """False: the length follows the clip"""


ROWS = (
    Row("text2video --fast", ("text2video", "golden spiral tunnel"), longer=True),
    Row("text2video --quality", ("text2video", "golden spiral tunnel", "--quality"), 0.02),
    Row("image2video zoom", ("image2video", "PHOTO", "--motion", "zoom(in,1.3)"), longer=True),
    Row("image2video natural", ("image2video", "PHOTO", "--motion", "natural"), 0.4),
    Row("kenburns", ("kenburns", "PHOTO"), 0.4),
    Row("cinemagraph", ("cinemagraph", "PHOTO", "--mask", "rect:0.2,0.2,0.5,0.5"), 0.4),
    Row("style", ("style", "CLIP", "--prompt", "golden spiral"), 0.2, True, timed=False),
    Row("inpaint", ("inpaint", "CLIP", "--track", "200,100,60,60"), 0.2, timed=False),
    Row("upscale", ("upscale", "CLIP"), 0.2, True, timed=False),
    Row("interpolate", ("interpolate", "CLIP", "--fps", "60"), 0.4, True, timed=False),
    Row("audio2video", ("audio2video", "demo", "--style", "neon tunnel"), longer=True),
    Row("musicvideo", ("musicvideo", "demo"), 0.2),
    Row("musicvideo --draft", ("musicvideo", "demo", "--draft")),
    Row("camera", ("camera", "cathedral of gold"), 0.2),
    Row("multiview", ("multiview", "cathedral of gold", "--views", "2"), 0.1),
)


def studio(seconds: float = 10.0, only: Sequence[str] = ()) -> dict[str, Any]:
    """Figures of all pipelines. Raises VjError when one of them fails."""
    console, found = Console(stderr=True), {}
    for row in ROWS:
        if only and row.name.split()[0] not in only:
            continue
        console.print(row.name, highlight=False)
        found[row.name] = _row(row, seconds)
    return {"size": SIZE, "pipelines": found}


def _row(row: Row, seconds: float) -> dict[str, Any]:
    length = max(0.25, round(row.share * seconds, 2))
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(row, length, Path(folder))
        if row.longer:
            more = measured(row, LONGER * length, Path(folder))
            figures["longer"] = {"seconds": more["seconds"], "peak_mb": more["peak_mb"]}
            figures["memory_ratio"] = round(more["peak_mb"] / figures["peak_mb"], 3)
            figures["memory_bounded"] = figures["memory_ratio"] <= ALLOWED
    return figures


def measured(row: Row, seconds: float, folder: Path) -> dict[str, Any]:
    """Run it. took_s is without starting Python and loading the model, which start_s is."""
    words = [
        str(photo(folder)) if w == "PHOTO" else str(clip(folder, seconds)) if w == "CLIP" else w for w in row.words
    ]
    out = folder / "out.mp4"
    words += ["-o", str(out), "--json"]
    words += ["--size", SIZE] if row.words[0] != "upscale" and "--draft" not in row.words else []
    words += ["--seconds", str(seconds)] if row.timed else []
    made, peak, wall = _run(words)
    per = made["took_s"] / max(made["seconds"], 1e-6)
    figures = {"seconds": round(made["seconds"], 2), "per_second": round(per, 2), "real_time": round(1 / per, 2)}
    return {**figures, "start_s": round(max(0.0, wall - made["took_s"]), 2), "peak_mb": round(peak)}


def clip(folder: Path, seconds: float) -> Path:
    """A dreamed clip of so many seconds."""
    path = folder / f"clip-{seconds:g}.mp4"
    if not path.is_file():
        _run(["text2video", "blue ink", "--seconds", str(seconds), "--size", SIZE, "-o", str(path), "--json"])
    return path


def _run(words: Sequence[str]) -> tuple[dict[str, Any], float, float]:
    """What the command printed, peak memory in MB (of it and the largest of its own), seconds of wall clock."""
    code = (
        "import json, resource, subprocess, sys, time; t = time.perf_counter();"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE);"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print(json.dumps([done.returncode, peak, time.perf_counter() - t, done.stdout.decode()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, "-m", "vj.cli", *words],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "MALLOC_ARENA_MAX": "2"},
    )
    status, peak, wall, text = json.loads(done.stdout)
    if status:
        raise VjError(f"vj {' '.join(words)}: exit code {status}", "run it by hand")
    kilo = 1024.0 if sys.platform != "darwin" else 1024.0 * 1024.0
    return json.loads(text.strip().splitlines()[-1]), peak / kilo, wall
