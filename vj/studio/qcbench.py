"""`vj bench qc`: what checking costs, in frames per second of a file and in milliseconds per check and frame."""

from __future__ import annotations

import importlib
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from engine.quality import run
from engine.quality.contracts import AREA, Clip, Look, shrunk
from vj.files.video import Frame, timed
from vj.studio.examples import badged
from vj.studio.gate import CHEAP, GATES, halved
from vj.studio.qc import Asked, check

FPS = 24.0
SHARED = ("grey", "light", "between", "known", "moved", "error")
"""what several checks ask a look for, each computed once"""


def figures(seconds: float = 4.0) -> dict[str, Any]:
    """frames_per_s: a 512x288 file, all checks, as `vj qc` does it; ms_*: of the processor per frame, all cores."""
    with tempfile.TemporaryDirectory() as folder:
        path = badged(Path(folder), max(24, round(seconds * FPS)))
        frames = [frame for _, frame in timed(path)]
        check(path, Asked("slow violet tunnel"))  # files of weights are read, tables are made
        began, busy = time.perf_counter(), time.process_time()
        check(path, Asked("slow violet tunnel"))
        took, cores = time.perf_counter() - began, time.process_time() - busy
        busy = time.process_time()
        count = sum(1 for _ in timed(path, AREA))
        decode = time.process_time() - busy
    parts = _parts(frames)
    large = cv2.resize(frames[0], (1920, 1080))
    busy = time.process_time()
    for _ in range(20):
        shrunk(large)
    shrink = (time.process_time() - busy) / 20
    return {
        "frames_per_s": round(count / took, 1),
        "ms_all": _ms(cores / count),
        "ms_decode": _ms(decode / count),
        "ms_shared": {name: _ms(parts[name]) for name in SHARED},
        "ms_checks": {name: _ms(parts[name]) for name in (*run.names(), "vbench")},
        "ms_gate": {
            "warn": _ms(_gate(frames, CHEAP[:-1])),
            "warn, a loop": _ms(_gate(frames, CHEAP[:-1]) + _gate([halved(frame) for frame in frames], CHEAP[-1:])),
            "retry, fail": _ms(_gate(frames, GATES["text2video"])),
            "shrinking 1080p": _ms(shrink),
        },
    }


def _parts(frames: Sequence[Frame]) -> dict[str, float]:
    """Seconds of the processor per frame: of what is shared, then of each check with that at hand."""
    clip = Clip(FPS, len(frames), "slow violet tunnel", True)
    names = (*run.names(), "vbench")
    watches = {name: importlib.import_module(f"engine.quality.{name}").watch(clip) for name in names}
    spent: dict[str, float] = defaultdict(float)
    look: Look | None = None
    for watch in watches.values():
        next(watch)
    for number, frame in enumerate(frames):
        look = Look(number, frame, look)
        for name in SHARED:
            began = time.process_time()
            if name in ("grey", "light"):
                getattr(look, name)
            elif look.before is not None:
                getattr(look.between, "there" if name == "between" else name)
            spent[name] += time.process_time() - began
        for name, watch in watches.items():
            began = time.process_time()
            watch.send(look)
            spent[name] += time.process_time() - began
    return {name: total / len(frames) for name, total in spent.items()}


def _gate(frames: Sequence[Frame], checks: Sequence[str]) -> float:
    jury = run.Jury(Clip(FPS, len(frames), "slow violet tunnel", True), checks)
    began = time.process_time()
    for frame in frames:
        jury.see(frame)
    return (time.process_time() - began) / len(frames)


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


if __name__ == "__main__":
    import json

    print(json.dumps(figures(), indent=1))
