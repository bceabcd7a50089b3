"""What labels cost: `vj bench labels`."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vj.files.media import MovieSettings, MovieWriter
from vj.labels.about import About
from vj.labels.seal import label
from vj.labels.verify import INTACT, verify

SIZE, FPS, SECONDS, TIMES = (1280, 720), 30, 10, 9


def figures() -> dict[str, Any]:
    """Milliseconds to label and to verify a file (median of 9; without looking for the watermark) and bytes that a
    label takes, of a picture of 1280x720 as png and jpg, and of 10 s of it as mp4 with sound."""
    about = About("generated", {"pipeline": "bench", "model": "house", "prompt": "slow violet tunnel", "seed": "1"})
    out: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for form, make in (("png", _picture), ("jpg", _picture), ("mp4", _movie)):
            made = Path(folder) / f"plain.{form}"
            make(made)
            paths = [Path(folder) / f"{n}.{form}" for n in range(TIMES + 1)]  # the first loads the library
            for path in paths:
                path.write_bytes(made.read_bytes())
            out[f"label_{form}_ms"] = _median(lambda path: label(path, about), paths)
            out[f"verify_{form}_ms"] = _median(lambda path: verify(path, look=False), paths)
            out[f"label_{form}_bytes"] = paths[-1].stat().st_size - made.stat().st_size
            out[f"{form}_bytes"] = made.stat().st_size
            assert all(verify(path, look=False).verdict == INTACT for path in paths)
    return out


def _median(do: Callable[[Path], object], paths: list[Path]) -> float:
    took = []
    for path in paths:
        began = time.perf_counter()
        do(path)
        took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took[1:]), 1)


def _frame(turn: float) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Waves, moving: about 4 Mbit/s."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / 90.0
    waves = np.stack([np.sin(x + k + turn) * np.cos(y - turn) for k in range(3)], -1)
    return np.asarray(np.clip(128 + 100 * waves, 0, 255), np.uint8)


def _picture(path: Path) -> None:
    Image.fromarray(_frame(0.0)).save(path)


def _movie(path: Path) -> None:
    writer = MovieWriter(path, MovieSettings(SIZE, FPS))
    shown = [_frame(0.5 * n) for n in range(12)]
    for n in range(FPS * SECONDS):
        writer.video(shown[n % 12], n / FPS)
        writer.audio(np.zeros((48000 // FPS, 2), np.float32))
    writer.close()
