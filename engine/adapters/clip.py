"""CLIP scores: how well pictures and words go together (Radford et al. 2021), for choosing and for measuring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from transformers import AutoTokenizer, CLIPModel

from engine.adapters.common import load
from engine.adapters.contracts import AdapterError, Frame

Score = Callable[[Sequence[Frame], Sequence[str]], NDArray[np.float32]]
"""(pictures, words) -> cosines [pictures, words], -1 to 1"""
MEAN = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
STD = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)
"""of the pictures that CLIP was trained on, sRGB 0-1"""


def open(source: Path | tuple[Any, Any], device: str = "cpu", dtype: torch.dtype = torch.float32) -> Score:
    """`source`: a folder of `vj models fetch clip`, or (CLIPModel, its tokenizer)."""
    if isinstance(source, Path):
        model = load(CLIPModel, source, dtype)
        words = AutoTokenizer.from_pretrained(str(source), local_files_only=True)
    else:
        model, words = source
    model = model.to(device, dtype).eval()

    @torch.inference_mode()
    def score(pictures: Sequence[Frame], texts: Sequence[str]) -> NDArray[np.float32]:
        if not pictures or not texts:
            raise AdapterError("nothing to compare", "give at least one picture and one text")
        side = model.config.vision_config.image_size
        seen = torch.stack([_seen(picture, side) for picture in pictures]).to(device, dtype)
        told = words(list(texts), padding=True, truncation=True, max_length=77, return_tensors="pt").to(device)
        told = {k: v for k, v in told.items() if k in ("input_ids", "attention_mask")}
        ours, theirs = _unit(model.get_image_features(pixel_values=seen)), _unit(model.get_text_features(**told))
        return np.asarray((ours @ theirs.T).float().cpu().numpy(), np.float32)

    return score


def _unit(found: Any) -> Tensor:
    vectors: Tensor = found if isinstance(found, Tensor) else found.pooler_output
    return torch.nn.functional.normalize(vectors, dim=-1)


def _seen(picture: Frame, side: int) -> Tensor:
    height, width = picture.shape[:2]
    scale = side / min(height, width)
    size = max(side, int(width * scale)), max(side, int(height * scale))  # cut, not rounded: as it was trained
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC), np.float32) / 255
    top, left = (size[1] - side) // 2, (size[0] - side) // 2
    middle = (small[top : top + side, left : left + side] - MEAN) / STD
    return torch.from_numpy(middle).permute(2, 0, 1)
