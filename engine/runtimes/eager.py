"""Plain PyTorch: runs everywhere, at once."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from engine.diffusion.contracts import Conditioning
from engine.errors import RuntimeUnavailable
from engine.model.house import House
from engine.runtimes.runtime import Runtime, Shapes


def open(house: House, shapes: Shapes, cache: Path) -> Runtime:
    """Never fails; `shapes` and `cache` are for runtimes that prepare themselves."""

    def denoise(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        if house.denoiser is None:
            raise RuntimeUnavailable("no denoiser", house.missing)
        out: Tensor = house.denoiser(x, t, cond)
        return out

    return Runtime("eager", house.dtype, denoise, house.autoencoder.decode)
