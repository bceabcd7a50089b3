"""Depth from one picture (a transformers depth-estimation pipeline, such as Depth Anything V2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForDepthEstimation, pipeline

from engine.adapters.common import load
from engine.adapters.contracts import AdapterError, Frame

Depth = Callable[[Frame], NDArray[np.float32]]
"""[H, W, 3] -> [H, W], 0 far to 1 near: relative, stretched over each picture by itself"""


def open(source: Path | Any, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Depth:
    """`source`: a folder of `vj models fetch depth`, or a depth-estimation pipeline."""
    run: Any = source
    if isinstance(source, Path):
        model = load(AutoModelForDepthEstimation, source, dtype).eval()
        try:
            eyes = AutoImageProcessor.from_pretrained(str(source), local_files_only=True, backend="pil")
        except (OSError, ValueError) as error:
            raise AdapterError(f"{source}: no image processor", "vj models forget depth, then fetch it") from error
        run = pipeline("depth-estimation", model=model, image_processor=eyes, device=device)

    def depth(frame: Frame) -> NDArray[np.float32]:
        with torch.inference_mode():
            found = run(Image.fromarray(frame))["predicted_depth"].float().cpu().squeeze()
        near = found.numpy().astype(np.float32)
        if near.shape != frame.shape[:2]:
            height, width = frame.shape[:2]
            near = np.asarray(Image.fromarray(near).resize((width, height), Image.Resampling.BILINEAR))
        low, high = float(near.min()), float(near.max())
        return np.asarray((near - low) / ((high - low) or 1.0), np.float32)

    return depth
