"""Plain PyTorch: runs everywhere, at once."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from engine.diffusion.contracts import Conditioning
from engine.errors import RuntimeUnavailable
from engine.model.house import House
from engine.runtimes.device import denoise_on, device_of, on
from engine.runtimes.runtime import Runtime, Shapes


def open(house: House, shapes: Shapes, cache: Path) -> Runtime:
    """Never fails; `shapes` and `cache` are for runtimes that prepare themselves."""

    def denoise(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        if house.denoiser is None:
            raise RuntimeUnavailable("no denoiser", house.missing)
        out: Tensor = house.denoiser(x, t, cond)
        return out

    device, net = device_of(house), house.autoencoder
    return Runtime("eager", house.dtype, denoise_on(denoise, device), on(net.decode, device), on(net.encode, device))
