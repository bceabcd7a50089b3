"""The files of a pool from the files of its entries: a piece at a time, so that a pool may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vj.labels.pool import seal_pool
from vj.studio import loops
from vj.studio.entrystore import Kept, read
from vj.studio.prerender import unique
from vj.studio.sheets import contact

if TYPE_CHECKING:
    from torch import Tensor

    from engine.pools.pool import Entry

SHOWN = 100
"""entries in pool.mp4, spread over a larger pool"""
DRAWN, CELL, COLUMNS = 120, (256, 144), 6
"""entries on a sheet, pixels of each, how many in a row"""


def write(folder: Path, about: dict[str, Any], made: Sequence[tuple[str, Path]], comment: str) -> str:
    """pool.safetensors, pool.toml, pool.mp4 and sheet.png of entries (name, file). `about`: name, size, autoencoder,
    names of the attributes, consent (only its hash is written). Returns the sha256 of the tensors. Raises PoolError."""
    import torch

    from engine.pools.pool import LatentPool, save_streamed
    from engine.pools.write import Column

    columns: dict[str, list[Tensor]] = {name: [] for name in ("scale", "attributes", "known", "phases", "features")}
    entries: list[Entry] = []
    shape: tuple[int, ...] = ()
    for label, (_, path) in zip(unique([name for name, _ in made]), made, strict=True):
        kept = read(path, check=False)  # checked when it was found or made
        for name, column in columns.items():
            column.append(kept.tensors[name].float().clone())
        entries.append(entry_of(label, kept))
        shape = tuple(kept.tensors["latents"].shape)
    whole = {name: torch.stack(column) for name, column in columns.items()}
    nothing = torch.zeros(1, dtype=torch.int8).expand(len(made), *shape)
    pool = LatentPool(
        name=about["name"],
        entries=tuple(entries),
        latents=nothing,
        names=tuple(about["names"]),
        size=about["size"],
        autoencoder=about["autoencoder"],
        **whole,
    )

    def latents() -> Iterator[Tensor]:
        return (read(path, check=False).tensors["latents"] for _, path in made)

    folder.mkdir(parents=True, exist_ok=True)
    shown = spread(len(made), SHOWN)
    loops.encode(folder / "pool.mp4", lambda: _frames([made[i][1] for i in shown]), about["size"])
    drawn = spread(len(made), DRAWN)
    thumbs = [read(made[i][1], check=False).picture(0) for i in drawn]
    sheet(thumbs, [entries[i] for i in drawn]).save(folder / "sheet.png")
    sha = save_streamed(folder, pool, Column((len(made), *shape), torch.int8, latents), comment)
    seal_pool(folder, (entry.source for entry in entries), about.get("consent", ""))
    return sha


def entry_of(label: str, kept: Kept) -> Entry:
    from engine.pools.pool import Entry

    return Entry(label, kept.caption, kept.palette, kept.source, kept.tags)


def spread(count: int, most: int) -> list[int]:
    """At most `most` of `count` places, evenly."""
    return list(range(count)) if count <= most else [i * count // most for i in range(most)]


def sheet(pictures: Sequence[NDArray[np.uint8]], entries: Sequence[Entry]) -> Image.Image:
    """Thumbnails with names and tags."""
    small = [np.asarray(Image.fromarray(picture).resize(CELL, Image.Resampling.BOX)) for picture in pictures]
    labels = [f"{entry.name[:22]}  {' '.join(entry.tags[:3])}" for entry in entries]
    return contact(small, labels, COLUMNS)


def _frames(paths: Sequence[Path]) -> Iterator[NDArray[np.uint8]]:
    for path in paths:
        kept = read(path, check=False)
        for t in range(len(kept.tensors["cuts"]) - 1):
            yield kept.picture(t)
