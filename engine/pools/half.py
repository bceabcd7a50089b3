"""Pools at half the size, for machines that cannot dream whole pictures in time: half.safetensors beside a pool.

Pictures are made smaller and encoded again: latents averaged 2 by 2 decode to a blur, which is all there is where the
file is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import EngineError, PoolError
from engine.model import weights
from engine.model.autoencoder import DOWN
from engine.model.house import House
from engine.pools.pool import LatentPool, load, mismatch

FILE = "half.safetensors"


def make(folder: Path, house: House, done: Callable[[int], None] = lambda entries: None) -> bool:
    """Write FOLDER/half.safetensors unless it is there; False: it was. `done` is told how many entries are made.

    A tenth of a second for each frame. Raises PoolError for a pool that the model cannot decode.
    """
    pool = load(folder)
    sha = _sha(folder)
    if _kept(folder, sha) is not None:
        return False
    mismatch(pool, house.sha.get("autoencoder", ""), house.autoencoder.config.latent)
    rows = []
    with torch.inference_mode():
        for i in range(len(pool.entries)):
            scale = (pool.scale if pool.scale.dim() == 1 else pool.scale[i])[:, None, None]
            loop = torch.stack([_smaller(pool.frame(i, t), house) for t in range(pool.frames)])
            rows.append((loop / scale).round().clamp(-127, 127).to(torch.int8))
            done(i + 1)
    weights.save(folder / FILE, {"latents": torch.stack(rows)}, {"kind": "half", "of": sha})
    return True


def halved(folder: Path, pool: LatentPool) -> tuple[LatentPool, bool]:
    """The pool of that folder at half the size, an even number of cells each way, the picture in the middle of it; and
    whether it is sharp."""
    latents = _kept(folder, _sha(folder))
    sharp = latents is not None and latents.shape[:3] == pool.latents.shape[:3]
    size = (pool.size[0] // 2, pool.size[1] // 2)
    if sharp and latents is not None:
        return replace(pool, latents=latents, size=size), True
    return replace(pool, latents=averaged(pool.latents), size=size), False


def averaged(latents: Tensor) -> Tensor:
    """int8 [N, T, C, h, w], the cells averaged 2 by 2."""
    edges = _edges(latents)
    return torch.stack([F.avg_pool2d(F.pad(x.float(), edges, mode="replicate"), 2).round() for x in latents]).to(
        torch.int8
    )


def _smaller(latents: Tensor, house: House) -> Tensor:
    """[C, h, w] -> float32 [C, h', w']: decoded, made smaller, encoded."""
    picture = house.autoencoder.decode(latents[None].to(house.dtype)).float().clamp(-1, 1)
    wider = F.pad(picture, [DOWN * side for side in _edges(latents)], mode="replicate")
    return house.autoencoder.encode(F.avg_pool2d(wider, 2).to(house.dtype))[0].float()


def _edges(latents: Tensor) -> tuple[int, int, int, int]:
    """Cells left, right, above and below, so that half of them is an even number."""
    down, right = (-side % 4 for side in latents.shape[-2:])
    return right // 2, right - right // 2, down // 2, down - down // 2


def _kept(folder: Path, sha: str) -> Tensor | None:
    """int8 [N, T, C, h', w'], if they are there and were made from this pool."""
    try:
        tensors, about = weights.load(folder / FILE)
    except EngineError:
        return None
    return tensors.get("latents") if sha and about.get("of") == sha else None


def _sha(folder: Path) -> str:
    return str(weights.load(folder / "pool.safetensors", "", PoolError)[1].get("sha256", ""))
