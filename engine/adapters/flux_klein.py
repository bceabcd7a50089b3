"""FLUX.2 [klein] (diffusers): four-step pictures from Qwen3 words; a picture can be shown to it as a reference.

The reference is looked at, not dreamed over: `strength` says nothing to this family. The distilled weights are without
guidance, so a negative prompt works with the base weights only."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from diffusers import Flux2KleinPipeline
from PIL import Image

from engine.adapters.common import load, place, to_clip
from engine.adapters.contracts import AdapterError, Frame, Generate, Rule
from engine.adapters.pictures import Picture, run
from engine.adapters.table import rule_of

RULE = rule_of("flux-klein")


def open(
    source: Path | Any,
    device: str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
    rule: Rule = RULE,
    layers: tuple[int, ...] = (9, 18, 27),
) -> Generate:
    """`source`: a folder of `vj models fetch flux-klein`, or a Flux2KleinPipeline. `layers`: of Qwen3."""
    pipe = place(load(Flux2KleinPipeline, source, dtype) if isinstance(source, Path) else source, device)
    return lambda job, progress: run(job, rule, lambda picture: _draw(pipe, picture, layers), progress)


def reference(frame: Frame) -> Image.Image:
    """The picture as the family looks at it: at most a megapixel. Raises AdapterError below 64 pixels or beyond 8:1."""
    height, width = frame.shape[:2]
    if min(width, height) < 64 or max(width, height) > 8 * min(width, height):
        raise AdapterError(f"image: {width}x{height} cannot be a reference", "at least 64 pixels, at most 8:1")
    scale = min(1.0, math.sqrt(2**20 / (width * height)))
    return Image.fromarray(frame).resize((int(width * scale), int(height * scale)), Image.Resampling.LANCZOS)


@torch.inference_mode()
def _draw(pipe: Any, picture: Picture, layers: tuple[int, ...]) -> Frame:
    width, height = picture.size
    away = {}
    if picture.job.negative and picture.guidance > 1 and not pipe.config.is_distilled:
        told = pipe.encode_prompt(prompt=picture.job.negative, text_encoder_out_layers=layers)[0]
        away = {"negative_prompt_embeds": told}
    made = pipe(
        prompt=picture.job.prompt,
        image=None if picture.image is None else reference(picture.image),
        height=height,
        width=width,
        num_inference_steps=picture.steps,
        guidance_scale=picture.guidance,
        generator=picture.generator,
        output_type="np",
        text_encoder_out_layers=layers,
        callback_on_step_end=picture.after,
        **away,
    )
    drawn: Frame = to_clip(made.images)[0]
    return drawn
