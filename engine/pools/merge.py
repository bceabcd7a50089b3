"""Several pools as one, their latents as they are: every entry brings its own scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from engine.errors import PoolError
from engine.pools.nearest import every
from engine.pools.pool import Entry, LatentPool
from engine.pools.write import Column

PIECE = 256
"""entries that are read at a time"""


def merged(name: str, pools: Sequence[LatentPool], entries: Sequence[Entry]) -> tuple[LatentPool, Column]:
    """The pool of all `entries` (those of `pools`, renamed) and its latents, piece by piece; those of the pool itself
    are an empty shape, see `save_streamed`. Raises PoolError for pools that do not go together."""
    first = pools[0]
    for pool in pools[1:]:
        for what, a, b in (
            ("pictures", first.size, pool.size),
            ("loops", first.latents.shape[1:], pool.latents.shape[1:]),
            ("attributes", first.names, pool.names),
            ("an autoencoder", first.autoencoder, pool.autoencoder),
        ):
            if a != b:
                said = f": {_short(a)} and {_short(b)}" if what in ("pictures", "loops") else ""
                raise PoolError(
                    f'pools "{first.name}" and "{pool.name}" have {what} of two kinds{said}', "make one of them again"
                )

    def latents() -> Iterator[Tensor]:
        for pool in pools:
            yield from torch.split(pool.latents, PIECE)

    count, shape = len(entries), tuple(first.latents.shape[1:])
    whole = LatentPool(
        name=name,
        entries=tuple(entries),
        latents=torch.zeros(1, dtype=torch.int8).expand(count, *shape),
        scale=torch.cat([scales(pool) for pool in pools]),
        attributes=torch.cat([pool.attributes for pool in pools]),
        known=torch.cat([pool.known for pool in pools]),
        phases=torch.cat([pool.phases for pool in pools]),
        names=first.names,
        size=first.size,
        autoencoder=first.autoencoder,
        features=torch.cat([every(pool) if pool.features is None else pool.features for pool in pools]),
    )
    return whole, Column((count, *shape), torch.int8, latents)


def scales(pool: LatentPool) -> Tensor:
    """float32 [N, C]"""
    return pool.scale if pool.scale.dim() == 2 else pool.scale.expand(len(pool.entries), -1)


def _short(what: object) -> str:
    return "x".join(str(x) for x in what) if isinstance(what, tuple) else str(what)
