"""AnimateDiff (diffusers): a Stable Diffusion 1.5 with a motion module, CLIP words, DDIM, windows of 16 frames.

The module knows 16 frames and no more: every window is 16, each shown the last 4 of the one before (put back at every
step at its noise level). What comes back begins with the context itself, bit for bit. Guo et al. 2023."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AnimateDiffPipeline, DDIMScheduler, DDPMScheduler, MotionAdapter
from torch import Tensor

from engine.adapters.common import Noised, check_prompt, each_step, encoded, load, place, to_clip, to_tensor
from engine.adapters.contracts import AdapterError, Clip, Generate, Rule
from engine.adapters.table import rule_of
from engine.adapters.taesd import swapped
from engine.adapters.windows import Window, run

RULE = rule_of("animatediff")
SAMPLERS = {"ddim": DDIMScheduler, "ddpm": DDPMScheduler}
NOISE = {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012, "clip_sample": False}
"""the schedule that the motion module was trained with"""


def open(
    source: Path | Any,
    device: str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
    rule: Rule = RULE,
    sampler: str = "ddim",
    tiny: Any = None,
) -> Generate:
    """`source`: a folder of `vj models fetch animatediff`, or an AnimateDiffPipeline. `tiny`: a TAESD."""
    if sampler not in SAMPLERS:
        raise AdapterError(f'no sampler "{sampler}"', f"there are: {', '.join(SAMPLERS)}")
    pipe: Any = source
    if isinstance(source, Path):
        motion = load(MotionAdapter, source / "motion", dtype)
        bare = {"safety_checker": None, "feature_extractor": None, "image_encoder": None}
        pipe = load(AnimateDiffPipeline, source / "base", dtype, motion_adapter=motion, **bare)
    pipe.scheduler = SAMPLERS[sampler].from_config(pipe.scheduler.config, **NOISE)
    pipe = place(pipe if tiny is None else swapped(pipe, tiny), device)
    return lambda job, progress: run(job, rule, lambda window: _make(pipe, window), progress)


@torch.inference_mode()
def _make(pipe: Any, window: Window) -> Clip:
    check_prompt(pipe, window.job.prompt, window.job.negative)
    width, height = window.size
    side = pipe.vae_scale_factor
    shape = (1, pipe.unet.config.in_channels, window.frames, height // side, width // side)
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
        latents=noise.to(pipe.unet.device, pipe.unet.dtype),
        output_type="np",
        callback_on_step_end=each_step(window, _held(pipe, window, noise)),
    )
    return to_clip(found.frames[0])


def _held(pipe: Any, window: Window, noise: Tensor) -> Noised | None:
    if window.given is None:
        return None
    known: Tensor = encoded(pipe.vae, to_tensor(window.given, pipe.vae)).float().cpu() * pipe.vae.config.scaling_factor
    known = known.transpose(0, 1)[None]
    own = noise[:, :, : known.shape[2]]

    def noised(step: int) -> Tensor:
        times: Tensor = pipe.scheduler.timesteps
        if step >= len(times):
            return known
        found: Tensor = pipe.scheduler.add_noise(known, own, times[step : step + 1].cpu())
        return found

    return noised
