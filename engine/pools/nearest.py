"""Which entries of a pool come nearest to what is asked for, and were not shown a moment ago.

Every entry is looked at, a column at a time: a hundred thousand take less than a millisecond, and nothing has to be
built, kept or trusted beside the pool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from engine.errors import PoolError
from engine.pools.features import FEATURES, features_of
from engine.pools.interpolate import Place
from engine.pools.pool import LatentPool

RANKED = ("energy", "brightness")
"""asked for as a share of the pool, 0 the least and 1 the most: a quiet pool has its loud ones too"""
UNKNOWN = 0.25
"""squared distance of an entry of which the attribute is not known"""
PICK = "pick/"
"""a control `pick/energy` asks for energy"""
KEPT = 48
"""entries of a walk that are remembered"""
RECENT, FADES = 2.0, 0.88
"""squared distance that was added to the entry shown last, and what is left of it one pick later"""


class Nearest:
    """A pool that can be asked by its features (see FEATURES) and by the names of its attributes."""

    def __init__(self, pool: LatentPool, among: Sequence[int] = ()) -> None:
        """`among`: the only entries that may be found; all when empty."""
        features = every(pool) if pool.features is None else pool.features
        self.count = len(pool.entries)
        self.allowed, self._among = len(set(among)) or self.count, None
        if among:
            self._among = torch.full((self.count,), torch.inf)
            self._among[list(among)] = 0.0
        rows = [_rank(x) if name in RANKED else x for name, x in zip(FEATURES, features.T, strict=True)]
        self._features = torch.stack([row**power for row in rows for power in (2, 1)])
        self._columns: dict[str, Tensor] = {}
        self._pool, self._places = pool, {name: i for i, name in enumerate(pool.names)}

    def distance(self, query: Mapping[str, float]) -> Tensor:
        """float32 [N]: sum of squared differences over what is asked. Raises PoolError for a name that is neither."""
        asked = [(1.0, -2.0 * query[name]) if name in query else (0.0, 0.0) for name in FEATURES]
        total = torch.tensor(asked).flatten() @ self._features  # x^2 - 2 v x of all at once, the quickest by far
        total += sum(query[name] ** 2 for name in FEATURES if name in query)
        for name in [name for name in query if name not in FEATURES]:
            total += (self._column(name) - query[name]).square_().nan_to_num_(UNKNOWN)
        return total

    def nearest(self, query: Mapping[str, float], k: int = 8, recent: Sequence[int] = ()) -> tuple[int, ...]:
        """The k nearest entries, nearest first; `recent` are entries shown before, the last one last."""
        total = self.distance(query)
        if more := penalties(recent):
            total[list(more)] += torch.tensor(list(more.values()))
        if self._among is not None:
            total += self._among
        found: list[int] = torch.topk(total, min(k, self.allowed), largest=False).indices.tolist()
        return tuple(found)

    def pick(self, query: Mapping[str, float], k: int = 8, recent: Sequence[int] = (), seed: int = 0) -> int:
        """One of the k nearest by lot, the nearer the likelier. The same arguments give the same entry."""
        near = self.nearest(query, k, recent)
        weights = 1.0 / np.arange(1, len(near) + 1)
        return near[int(np.random.default_rng(seed & 0xFFFFFFFF).choice(len(near), p=weights / weights.sum()))]

    def _column(self, name: str) -> Tensor:
        if name in self._columns:
            return self._columns[name]
        if name not in self._places:
            raise PoolError(f'pool "{self._pool.name}" cannot be asked for "{name}"', f"it knows {', '.join(FEATURES)}")
        at = self._places[name]
        values, known = self._pool.attributes[:, at], self._pool.known[:, at]
        self._columns[name] = torch.where(known > 0.5, values, torch.nan).contiguous()
        return self._columns[name]


def penalties(recent: Sequence[int]) -> dict[int, float]:
    """entry -> squared distance, the most for the last; forgotten after about forty picks."""
    found: dict[int, float] = {}
    for age, entry in enumerate(reversed(recent[-40:])):
        found.setdefault(entry, RECENT * FADES**age)
    return found


def asked(controls: Mapping[str, float]) -> dict[str, float]:
    """The controls `pick/NAME` of a request: what the music asks for."""
    return {name.removeprefix(PICK): float(value) for name, value in controls.items() if name.startswith(PICK)}


class Followed:
    """The entries of a walk in mode `nearest`: each is picked when the way to it begins, by what is asked for then."""

    def __init__(self, pool: LatentPool, chosen: Sequence[int], seed: int) -> None:
        self._nearest = Nearest(pool, () if len(chosen) == len(pool.entries) else chosen)
        self._place = {entry: place for place, entry in enumerate(chosen)}
        self._seed, self._picked = seed, dict[int, int]()

    def placed(self, place: Place, query: Mapping[str, float]) -> Place:
        """The same place on the way between picked entries; while an entry is held, the next one is still open."""
        a = self._entry(place.segment, query)
        return replace(place, a=a, b=self._entry(place.segment + 1, query) if place.mix > 0 else a)

    def _entry(self, number: int, query: Mapping[str, float]) -> int:
        if number not in self._picked:
            if len(self._picked) > KEPT:
                del self._picked[next(iter(self._picked))]
            recent = [entry for _, entry in sorted(self._picked.items())]
            self._picked[number] = self._nearest.pick(query, 4, recent, self._seed * 1009 + number)
        return self._place[self._picked[number]]


def every(pool: LatentPool) -> Tensor:
    """float32 [N, 5]: the features of each entry, from its latents and palette."""
    rows = []
    for i, entry in enumerate(pool.entries):
        scale = pool.scale if pool.scale.dim() == 1 else pool.scale[i]
        rows.append(features_of(pool.latents[i].float() * scale[:, None, None], entry.palette))
    return torch.stack(rows)


def _rank(column: Tensor) -> Tensor:
    """Where each value stands among all, 0-1."""
    rank = torch.empty(len(column))
    rank[column.argsort(stable=True)] = torch.arange(len(column)) / max(1, len(column) - 1)
    return rank
