"""A pool by its name as the memory of the house model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vj.core.paths import data_dir

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.pools.memory import Memory


def memory_of(house: House, pool: str) -> Memory:
    """A pool by its name or its folder. Raises PoolError."""
    from engine.errors import PoolError

    folder = next((p for p in (data_dir("latent_pools") / pool, Path(pool)) if (p / "pool.toml").is_file()), None)
    if folder is None:
        raise PoolError(f'no pool "{pool}" in {data_dir("latent_pools")}', "vj prerender makes those of a setlist")
    return memory_at(house, folder)


def memory_at(house: House, folder: Path) -> Memory:
    """The pool in a folder. Raises PoolError, also where other weights encoded it."""
    from engine.errors import PoolError
    from engine.pools.memory import Memory
    from engine.pools.pool import load, mismatch

    found = load(folder)
    if warning := mismatch(found, house.sha["autoencoder"], house.autoencoder.config.latent):
        raise PoolError(warning)
    return Memory(house, found)
