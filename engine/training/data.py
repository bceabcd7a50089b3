"""Clips for the training loops: crops for the autoencoder, latents with everything known for the denoiser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.clips import Clip, load_shard, shards

Frames = NDArray[np.uint8]


class Cache:
    """All shards of a folder; `refresh()` takes in those that were written since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clips: list[Clip] = []
        self._seen: set[Path] = set()
        self.refresh()

    def refresh(self) -> int:
        for path in shards(self.folder):
            if path not in self._seen:
                self._seen.add(path)
                self.clips += load_shard(path)
        return len(self.clips)


def crops(cache: Cache, batch: int, size: int, seed: int, refresh_every: int = 200) -> Iterator[Frames]:
    """uint8 [batch, size, size, 3]: random places of random frames, half of them mirrored. Never ends."""
    rng = np.random.default_rng(seed)
    count = 0
    while True:
        if count % refresh_every == 0:
            cache.refresh()
        count += 1
        out = np.empty((batch, size, size, 3), np.uint8)
        for i in range(batch):
            frames = cache.clips[int(rng.integers(len(cache.clips)))].frames
            t, h, w = frames.shape[:3]
            y, x = int(rng.integers(h - size + 1)), int(rng.integers(w - size + 1))
            crop = frames[int(rng.integers(t)), y : y + size, x : x + size]
            out[i] = crop[:, ::-1] if rng.random() < 0.5 else crop
        yield out
