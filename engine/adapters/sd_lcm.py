"""Few-step Stable Diffusion 1.5 and SDXL (latent consistency, Luo et al. 2023): pictures for pools, live refinement.

With an image, `strength` of it is dreamed over in the same number of steps; the same seed is the same noise, so that
the grain of a moving picture stands still. Both models of the table have guidance baked in: no negative prompt."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoPipelineForImage2Image,
    LCMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from PIL import Image

from engine.adapters.common import check_prompt, load, place, to_clip
from engine.adapters.contracts import Frame, Generate, Rule
from engine.adapters.pictures import Picture, run
from engine.adapters.table import rule_of
from engine.adapters.taesd import swapped

RULE = rule_of("lcm-sd15")
BARE = {"safety_checker": None, "feature_extractor": None}
MOST = 50
"""steps that the consistency schedule was distilled with"""


def open(
    source: Path | Any, device: str = "cpu", dtype: torch.dtype = torch.bfloat16, rule: Rule = RULE, tiny: Any = None
) -> Generate:
    """`source`: a folder of `vj models fetch lcm-sd15` or `lcm-sdxl`, or a pipeline of either kind. `tiny`: a TAESD to
    decode with."""
    pipe: Any = source
    if isinstance(source, Path) and (source / "unet").is_dir() and not (source / "base").is_dir():
        pipe = load(StableDiffusionPipeline, source, dtype, **BARE)
    elif isinstance(source, Path):
        unet = load(UNet2DConditionModel, source / "unet", dtype, variant="fp16")
        pipe = load(StableDiffusionXLPipeline, source / "base", dtype, unet=unet, variant="fp16", add_watermarker=False)
    pipe.scheduler = LCMScheduler.from_config(pipe.scheduler.config)
    pipe = place(pipe if tiny is None else swapped(pipe, tiny), device)
    over = AutoPipelineForImage2Image.from_pipe(pipe)
    over.set_progress_bar_config(disable=True)
    return lambda job, progress: run(job, rule, lambda picture: _draw(pipe, over, picture), progress)


@torch.inference_mode()
def _draw(pipe: Any, over: Any, picture: Picture) -> Frame:
    check_prompt(pipe, picture.job.prompt, picture.job.negative)
    common = {
        "prompt": picture.job.prompt,
        "negative_prompt": picture.job.negative or None,
        "guidance_scale": picture.guidance,
        "generator": picture.generator,
        "output_type": "np",
        "callback_on_step_end": picture.after,
    }
    if picture.image is None:
        width, height = picture.size
        made = pipe(height=height, width=width, num_inference_steps=picture.steps, **common)
    else:
        strength = max(picture.job.strength, picture.steps / MOST)
        steps = min(MOST, math.ceil(picture.steps / strength))  # of which `strength` are taken
        image = Image.fromarray(picture.image)
        made = over(image=image, strength=strength, num_inference_steps=steps, **common)
    drawn: Frame = to_clip(made.images)[0]
    return drawn
