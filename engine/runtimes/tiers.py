"""How large the pictures are that this machine can dream in time: whole, or half where that is too slow or too much.

Latents halve as pictures do: the autoencoder was trained with some of them averaged 2 by 2, so a pool serves both.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional as F

from engine.pools.pool import LatentPool

LEAST_FPS = 5.0
"""dreamed frames per second below which pictures are halved"""
TIERS = "tiers.json"
"""in the cache: machine, model and shape -> 1 whole, 2 half"""


def halved(pool: LatentPool) -> LatentPool:
    """The same loops at half the size, an even number of cells each way; the picture is the middle of it."""
    down, right = (-side % 4 for side in pool.latents.shape[-2:])
    edges, rows = (right // 2, right - right // 2, down // 2, down - down // 2), []
    for entry in pool.latents:
        rows.append(F.avg_pool2d(F.pad(entry.float(), edges, mode="replicate"), 2).round().to(torch.int8))
    return replace(pool, latents=torch.stack(rows), size=(pool.size[0] // 2, pool.size[1] // 2))


def known(cache: Path, place: str) -> int:
    """The tier that was found for this place before; 0 for none."""
    try:
        return int(json.loads((cache / TIERS).read_text()).get(place, 0))
    except (OSError, ValueError, AttributeError, TypeError):
        return 0


def remember(cache: Path, place: str, tier: int) -> None:
    try:
        before = dict(json.loads((cache / TIERS).read_text()))
    except (OSError, ValueError, TypeError):
        before = {}
    cache.mkdir(parents=True, exist_ok=True)
    (cache / TIERS).write_text(json.dumps({**before, place: tier}, indent=1))


def fitting(frame_ms: Callable[[], float]) -> int:
    """frame_ms: what a frame takes; the best of three counts, for a stage that starts beside it is busier than ever."""
    return 1 if min(frame_ms() for _ in range(3)) <= 1000.0 / LEAST_FPS else 2


def out_of_memory(error: BaseException) -> bool:
    """Torch says it in more than one way."""
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "not enough memory" in str(error).lower()
