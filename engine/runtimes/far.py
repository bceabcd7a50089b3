"""A house whose networks think on a GPU while pipelines keep their tensors on the processor's side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from torch import Tensor

from engine.model.autoencoder import Autoencoder
from engine.model.dit import DiT
from engine.model.house import House
from engine.runtimes.device import denoise_on, to_device


class Far:
    """A network on `device` that takes tensors from anywhere and gives them back on the processor's side."""

    def __init__(self, network: Any, device: str) -> None:
        self._network, self._device = network, device
        self._denoise = denoise_on(network, device)

    def __call__(self, x: Tensor, t: Tensor, cond: Any) -> Tensor:
        return self._denoise(x, t, cond)

    def encode(self, x: Tensor) -> Tensor:
        return cast(Tensor, self._network.encode(x.to(self._device)).to("cpu"))

    def decode(self, x: Tensor) -> Tensor:
        return cast(Tensor, self._network.decode(x.to(self._device)).to("cpu"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def far(house: House, device: str) -> House:
    """The house as it is on the processor; elsewhere one that any offline pipeline can use without knowing where."""
    if device == "cpu":
        return house
    moved = to_device(house, device)
    denoiser = None if moved.denoiser is None else cast(DiT, Far(moved.denoiser, device))
    return replace(moved, autoencoder=cast(Autoencoder, Far(moved.autoencoder, device)), denoiser=denoiser)
