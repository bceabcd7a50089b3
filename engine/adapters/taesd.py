"""TAESD (diffusers AutoencoderTiny): a small decoder for latents of Stable Diffusion, SDXL or FLUX; faster, softer.

Ollin Boer Bohan, MIT. For previews and for live refinement on small machines; `taehv` is the one for video latents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny
from torch import Tensor

from engine.adapters.common import load, to_clip, to_tensor
from engine.adapters.contracts import AdapterError, Clip


def open(source: Path | Any, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Any:
    """An AutoencoderTiny from a folder of `vj models fetch taesd` (or itself), for `decode`, `encode` and `swapped`."""
    vae = load(AutoencoderTiny, source, dtype) if isinstance(source, Path) else source
    return vae.to(device, dtype).eval().requires_grad_(False)


@torch.inference_mode()
def decode(vae: Any, latents: Tensor) -> Clip:
    """Latents [N, C, h, w] as the denoiser leaves them -> uint8 [N, 8 h, 8 w, 3]."""
    weight = next(vae.parameters())
    pixels = vae.decode(latents.to(weight.device, weight.dtype)).sample
    return to_clip((pixels.permute(0, 2, 3, 1).float().cpu() / 2 + 0.5).numpy())


@torch.inference_mode()
def encode(vae: Any, clip: Clip) -> Tensor:
    """uint8 [N, H, W, 3], sides a multiple of 8 -> latents [N, C, H / 8, W / 8]."""
    latents: Tensor = vae.encode(to_tensor(clip, vae)).latents
    return latents


def swapped(pipe: Any, vae: Any) -> Any:
    """The pipeline with the tiny autoencoder in place of its own. Raises AdapterError where their latents differ."""
    own, tiny = pipe.vae.config.latent_channels, vae.config.latent_channels
    if own != tiny:
        raise AdapterError(f"{tiny} channels of latents, but the model has {own}", "take the TAESD of its own family")
    pipe.vae = vae
    return pipe
