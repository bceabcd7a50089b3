"""Wan 2.1, the 1.3B family (diffusers): clips of 4n+1 frames, 81 at once, steered by UMT5 words.

Context: the last 5 frames of what there is are encoded (2 latent frames), put back at every step at its noise level,
and the clip is denoised to go on from them. What comes back begins with the context itself, bit for bit."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline
from torch import Tensor

from engine.adapters.common import Noised, each_step, encoded, load, place, to_clip, to_tensor
from engine.adapters.contracts import AdapterError, Clip, Generate, Rule
from engine.adapters.table import rule_of
from engine.adapters.taehv import TinyVideoDecoder, decode
from engine.adapters.windows import Window, run

RULE = rule_of("wan")
SHIFT = 3.0
"""of the flow's times; what the makers recommend up to 480 lines"""


def open(
    source: Path | Any,
    device: str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
    rule: Rule = RULE,
    tiny: TinyVideoDecoder | None = None,
) -> Generate:
    """`source`: a folder of `vj models fetch wan`, or a WanPipeline. `tiny`: decode with this, for previews."""
    pipe: Any = source
    if isinstance(source, Path):
        if find_spec("accelerate") is None:  # diffusers loads what stays in float32 through it
            raise AdapterError("accelerate is not installed: Wan needs it", "pip install accelerate")
        vae = load(AutoencoderKLWan, source / "vae", torch.float32)  # it loses much in half precision
        pipe = load(WanPipeline, source, dtype, vae=vae)
        pipe.scheduler = UniPCMultistepScheduler.from_config(pipe.scheduler.config, flow_shift=SHIFT)
    pipe = place(pipe, device)
    return lambda job, progress: run(job, rule, lambda window: _make(pipe, window, tiny), progress)


@torch.inference_mode()
def _make(pipe: Any, window: Window, tiny: TinyVideoDecoder | None) -> Clip:
    width, height = window.size
    frames = (window.frames - 1) // pipe.vae_scale_factor_temporal + 1
    side = pipe.vae_scale_factor_spatial
    shape = (1, pipe.transformer.config.in_channels, frames, height // side, width // side)
    noise = torch.randn(shape, generator=window.generator)
    found = pipe(
        prompt=window.job.prompt,
        negative_prompt=window.job.negative,
        height=height,
        width=width,
        num_frames=window.frames,
        num_inference_steps=window.steps,
        guidance_scale=window.guidance,
        generator=window.generator,
        latents=noise,
        output_type="np" if tiny is None else "latent",
        callback_on_step_end=each_step(window, _held(pipe, window, noise)),
    ).frames
    return to_clip(found[0]) if tiny is None else decode(tiny, found)


def _held(pipe: Any, window: Window, noise: Tensor) -> Noised | None:
    if window.given is None:
        return None
    pixels = to_tensor(window.given, pipe.vae).transpose(0, 1)[None]
    config = pipe.vae.config
    mean, std = (torch.tensor(v).view(1, -1, 1, 1, 1) for v in (config.latents_mean, config.latents_std))
    known = (encoded(pipe.vae, pixels).float().cpu() - mean) / std
    own = noise[:, :, : known.shape[2]]

    def noised(step: int) -> Tensor:
        level = float(pipe.scheduler.sigmas[step])  # flow matching: x = (1 - level) picture + level noise
        return (1 - level) * known + level * own

    return noised
