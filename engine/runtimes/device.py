"""Where the networks run: CUDA (ROCm too), Apple's MPS or the processor. Pipelines stay on the processor's side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning, Denoise
from engine.model.house import House


def best_device() -> str:
    """cuda, mps or cpu"""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def device_of(house: House) -> str:
    return next(house.autoencoder.parameters()).device.type


def to_device(house: House, device: str) -> House:
    """The house with its networks there; words and prior stay where they are read."""
    if device == "cpu":
        return house
    denoiser = house.denoiser.to(device) if house.denoiser is not None else None
    return replace(house, autoencoder=house.autoencoder.to(device), denoiser=denoiser)


def there(cond: Conditioning, device: str) -> Conditioning:
    named = {name: getattr(cond, name) for name in cond.__slots__}
    return replace(cond, **{name: x.to(device) for name, x in named.items() if x is not None})


def denoise_on(denoise: Denoise, device: str) -> Denoise:
    """The same for tensors of the processor: latents are small, so going there and back costs less than thinking."""
    if device == "cpu":
        return denoise

    def run(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        return denoise(x.to(device), t.to(device), there(cond, device)).to("cpu")

    return run


def on(network: Callable[[Tensor], Tensor], device: str) -> Callable[[Tensor], Tensor]:
    if device == "cpu":
        return network
    return lambda x: network(x.to(device)).to("cpu")
