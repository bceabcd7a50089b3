"""Reads every byte of a pool and of the house model, and says what they are."""

from __future__ import annotations

from pathlib import Path

from vj.core.errors import VjError
from vj.studio.engine import ASSETS


def verify_model() -> str:
    """One line about the weights. Raises VjError when they cannot be used."""
    import torch

    from engine.errors import EngineError
    from engine.model.house import load_house

    try:
        house = load_house(ASSETS, torch.float32)
    except EngineError as e:
        raise VjError(e.message, e.mend) from e
    if house.denoiser is None:
        return f"autoencoder {house.sha['autoencoder'][:12]}; no denoiser ({house.missing})"
    millions = sum(p.numel() for p in house.denoiser.parameters()) / 1e6
    return f"autoencoder {house.sha['autoencoder'][:12]}, denoiser {house.sha['denoiser'][:12]} ({millions:.1f} M)"


def verify_pool(folder: Path) -> str:
    """One line about a pool. Raises VjError when it cannot be used."""
    from engine.errors import EngineError
    from engine.pools.pool import load

    try:
        pool = load(folder)
    except EngineError as e:
        raise VjError(e.message, e.mend) from e
    loop = folder / "pool.mp4"
    without = "" if loop.is_file() else " (no pool.mp4: without the engine its layers show the fallback)"
    return f"{len(pool.entries)} entries of {pool.frames} frames{without}"
