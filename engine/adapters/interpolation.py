"""Frames between two frames, dreamed by LTX-Video with both ends given: for jumps that no optical flow can bridge.

A network of flow (RIFE and its kin) is not offered: the ones with free weights come as pickles with code of their own.
`vj interpolate` follows motion without any weights; this one invents what happened in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import LTXConditionPipeline
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from PIL import Image

from engine.adapters.common import load, place
from engine.adapters.contracts import AdapterError, AdapterJob, Clip, Frame, Progress, Rule, check, cropped, stretched
from engine.adapters.ltx import RULE, made
from engine.adapters.windows import Counter, Window

Between = Callable[[Frame, Frame, AdapterJob, Progress], Clip]
"""(first, last, job) -> uint8 [job.frames, H, W, 3]: what lies strictly between them, evenly in time"""


def open(source: Path | Any, device: str = "cpu", dtype: torch.dtype = torch.bfloat16, rule: Rule = RULE) -> Between:
    """`source`: a folder of `vj models fetch ltx`, or an LTXConditionPipeline."""
    pipe = place(load(LTXConditionPipeline, source, dtype) if isinstance(source, Path) else source, device)

    def between(first: Frame, last: Frame, job: AdapterJob, progress: Progress) -> Clip:
        if first.shape != last.shape:
            raise AdapterError(f"two sizes: {first.shape[:2]} and {last.shape[:2]}", "scale one to the other")
        check(AdapterJob(job.prompt, frames=job.frames, size=job.size, image=first))
        total = rule.frames(job.frames + 2)
        if total > rule.window:
            raise AdapterError(f"{job.frames} frames between two: too many", f"at most {rule.window - 2}")
        size, steps = rule.size(job.size), job.steps or rule.steps
        ends = stretched(np.stack([first, last]), size)
        generator = torch.Generator().manual_seed(job.seed)
        tick = Counter(progress, steps).tick
        window = Window(job, total, size, None, steps, job.guidance or rule.guidance, generator, tick)
        places = zip((0, total - 1), ends, strict=True)
        clip = made(pipe, window, [LTXVideoCondition(image=Image.fromarray(p), frame_index=i) for i, p in places])
        wanted = np.linspace(0, total - 1, job.frames + 2)[1:-1].round().astype(int)
        return cropped(clip[wanted], job.size)

    return between
