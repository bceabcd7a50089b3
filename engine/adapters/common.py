"""What the diffusers families share: loading from a folder, placing, bytes to tensors, holding what is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.adapters.contracts import AdapterError, Clip
from engine.adapters.windows import Window

diffusers.utils.logging.set_verbosity_error()  # its advice is for whoever writes pipelines

Noised = Callable[[int], Tensor]
"""step -> the given latents [1, C, F, h, w] at the noise level after that many steps"""


def load(cls: Any, folder: Path, dtype: torch.dtype, **parts: Any) -> Any:
    """A diffusers or transformers object from a folder: never from the network, never from a pickle."""
    if not folder.is_dir():
        raise AdapterError(f"{folder}: no weights there", "vj models fetch ID")
    parts["dtype" if cls.__module__.startswith("transformers") else "torch_dtype"] = dtype
    try:
        made = cls.from_pretrained(str(folder), local_files_only=True, use_safetensors=True, **parts)
    except ImportError as error:  # a tokenizer, say, that wants sentencepiece
        line = str(error).strip().split("\n")[0][:160]
        raise AdapterError(f"{folder}: {line}", "pip install -U 'vj[models]' accelerate sentencepiece") from error
    except (OSError, ValueError, KeyError, TypeError) as error:  # seam: what a broken folder makes the libraries raise
        line = str(error).strip().split("\n")[0][:160]
        raise AdapterError(f"{folder}: cannot be loaded: {line}", "vj models forget ID, then fetch it again") from error
    return made


def place(pipe: Any, device: str) -> Any:
    """The pipeline on the device, ready to run; on a card that is too small its parts take turns there."""
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    pipe.set_progress_bar_config(disable=True)
    if device.startswith("cuda"):
        parts = [p for p in pipe.components.values() if isinstance(p, torch.nn.Module)]
        wanted = sum(t.numel() * t.element_size() for part in parts for t in part.parameters())
        if wanted > 0.8 * torch.cuda.mem_get_info(device)[0]:
            try:
                pipe.enable_model_cpu_offload(device=device)
            except (ImportError, RuntimeError) as error:
                raise AdapterError(f"{wanted / 1e9:.1f} GB do not fit on the card", "pip install accelerate") from error
            return pipe
    return pipe.to(device)


def to_tensor(clip: Clip, like: torch.nn.Module) -> Tensor:
    """uint8 [N, H, W, 3] -> [N, 3, H, W], -1 to 1, where and as the module is."""
    weight = next(like.parameters())
    pixels = torch.from_numpy(np.ascontiguousarray(clip)).permute(0, 3, 1, 2)
    return pixels.to(weight.device, weight.dtype) / 127.5 - 1


def to_clip(frames: NDArray[np.float32]) -> Clip:
    """[N, H, W, 3], 0-1 -> uint8."""
    if not np.isfinite(frames).all():
        raise AdapterError("the model gave numbers that are none", "try dtype float32, or another number of steps")
    return (np.clip(frames, 0, 1) * 255 + 0.5).astype(np.uint8)


def encoded(vae: Any, pixels: Tensor) -> Tensor:
    """The most likely latents; `vae` is a diffusers autoencoder of any kind."""
    found = vae.encode(pixels)
    latents: Tensor = found.latent_dist.mode() if hasattr(found, "latent_dist") else found.latents
    return latents


def check_prompt(pipe: Any, *texts: str) -> None:
    """Raises AdapterError for a text of which this family would silently drop the end."""
    most = pipe.tokenizer.model_max_length
    for text in texts:
        count = len(pipe.tokenizer(text).input_ids)
        if count > most:
            raise AdapterError(f"prompt {text[:40]!r}...: {count} tokens, this model reads {most}", "shorten it")


def each_step(window: Window, noised: Noised | None) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """A diffusers callback: counts, stops when told, and puts the given latents back at the noise level of the step,
    so that the rest is denoised to fit them (replacement, Song et al. 2021; Ho et al. 2022)."""

    def after(pipe: Any, step: int, time: Any, found: dict[str, Any]) -> dict[str, Any]:
        window.tick()
        if noised is None:
            return {}
        latents = found["latents"].clone()
        known = noised(step + 1)
        latents[:, :, : known.shape[2]] = known.to(latents)
        return {"latents": latents}

    return after
