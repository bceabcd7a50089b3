"""Clips for the training loops: crops for the autoencoder, latents with everything known for the denoiser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def crops(caches: Sequence[Cache], batch: int, size: int, seed: int) -> Iterator[tuple[Frames, list[Clip]]]:
    """uint8 [batch, size, size, 3] and the clips they are of: random places, half of them mirrored. Never ends.

    Each batch is of one of the caches, as often as it holds frames; where they are smaller than `size`, the whole
    height is taken, and more of them.
    """
    rng = np.random.default_rng(seed)
    shares = np.array([len(cache.clips) for cache in caches], float)
    while True:
        cache = caches[int(rng.choice(len(caches), p=shares / shares.sum()))]
        edge = min(size, *cache.clips[0].frames.shape[1:3])
        count = round(batch * (size / edge) ** 2)
        chosen = [cache.clips[int(i)] for i in rng.integers(len(cache.clips), size=count)]
        out = np.empty((count, edge, edge, 3), np.uint8)
        for i, clip in enumerate(chosen):
            t, h, w = clip.frames.shape[:3]
            y, x = int(rng.integers(h - edge + 1)), int(rng.integers(w - edge + 1))
            crop = clip.frames[int(rng.integers(t)), y : y + edge, x : x + edge]
            out[i] = crop[:, ::-1] if rng.random() < 0.5 else crop
        yield out, chosen
