"""One line per so many steps, checkpoints that survive a kill, and sheets of pictures to look at."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


class Log:
    """Prints and appends `key value` lines to FOLDER/log.txt; keeps running means between two lines."""

    def __init__(self, folder: Path, every: int = 50) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "log.txt"
        self.every = every
        self.sums: dict[str, float] = {}
        self.count = 0
        self.started = time.perf_counter()

    def step(self, step: int, values: Mapping[str, float]) -> None:
        self.count += 1
        for key, value in values.items():
            self.sums[key] = self.sums.get(key, 0.0) + value
        if step % self.every:
            return
        means = " ".join(f"{key} {value / self.count:.4f}" for key, value in self.sums.items())
        self.line(f"step {step} s {time.perf_counter() - self.started:.0f} {means}")
        self.sums, self.count = {}, 0

    def line(self, text: str) -> None:
        print(text, flush=True)
        with open(self.path, "a") as f:
            f.write(text + "\n")


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """To a name of its own first: a kill in the middle leaves the checkpoint before."""
    part = path.with_suffix(".part")
    torch.save(dict(state), part)
    os.replace(part, path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Tensors and plain values only; None when there is none yet."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def sheet(rows: list[NDArray[np.uint8]], gap: int = 2) -> NDArray[np.uint8]:
    """Rows of frames, each uint8 [N, H, W, 3], as one picture."""
    n, h, w = max(len(r) for r in rows), rows[0].shape[1], rows[0].shape[2]
    out = np.zeros((len(rows) * (h + gap), n * (w + gap), 3), np.uint8)
    for y, row in enumerate(rows):
        for x, frame in enumerate(row):
            out[y * (h + gap) : y * (h + gap) + h, x * (w + gap) : x * (w + gap) + w] = frame
    return out


def save_png(path: Path, picture: NDArray[np.uint8]) -> None:
    from PIL import Image  # only training looks at pictures

    Image.fromarray(picture).save(path)
