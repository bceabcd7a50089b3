"""How large the pictures are that this machine can dream in time: whole, or half where that is too slow or too much.

What a pool is at half the size: `engine.pools.half`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch

LEAST_FPS = 5.0
"""dreamed frames per second below which pictures are halved"""
TIERS = "tiers.json"
"""in the cache: machine, model and shape -> 1 whole, 2 half"""


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
