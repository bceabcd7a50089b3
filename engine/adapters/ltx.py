"""LTX-Video (diffusers): clips of 8n+1 frames, 121 at once here, steered by T5 words.

Context: the last 9 frames of what there is are given to the model as its own kind of condition: clean tokens with a
noise level of their own, a little noise on them for the motion's sake. What comes back begins with the context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import LTXConditionPipeline
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from PIL import Image

from engine.adapters.common import each_step, load, place, to_clip
from engine.adapters.contracts import Clip, Generate, Rule
from engine.adapters.table import rule_of
from engine.adapters.windows import Window, run

RULE = rule_of("ltx")
DECODE = {"decode_timestep": 0.05, "decode_noise_scale": 0.025}
"""noise that the decoder takes away, where it was trained to"""


def open(source: Path | Any, device: str = "cpu", dtype: torch.dtype = torch.bfloat16, rule: Rule = RULE) -> Generate:
    """`source`: a folder of `vj models fetch ltx`, or an LTXConditionPipeline."""
    pipe = place(load(LTXConditionPipeline, source, dtype) if isinstance(source, Path) else source, device)
    return lambda job, progress: run(job, rule, lambda window: made(pipe, window, before(window)), progress)


def before(window: Window) -> list[LTXVideoCondition]:
    """What the clip begins with, as conditions."""
    if window.given is None:
        return []
    pictures = [Image.fromarray(frame) for frame in window.given]
    if len(pictures) == 1:
        return [LTXVideoCondition(image=pictures[0], frame_index=0)]
    return [LTXVideoCondition(video=pictures, frame_index=0)]


@torch.inference_mode()
def made(pipe: Any, window: Window, conditions: list[LTXVideoCondition]) -> Clip:
    """One clip under conditions."""
    width, height = window.size
    found = pipe(
        conditions=conditions or None,
        prompt=window.job.prompt,
        negative_prompt=window.job.negative,
        height=height,
        width=width,
        num_frames=window.frames,
        num_inference_steps=window.steps,
        guidance_scale=window.guidance,
        generator=window.generator,
        output_type="np",
        callback_on_step_end=each_step(window, None),
        **(DECODE if pipe.vae.config.timestep_conditioning else {}),
    )
    return to_clip(found.frames[0])
