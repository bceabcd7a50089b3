"""Whether a plain colour word gives that colour: measured on pixels, without the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from vj.studio.exam import Exam

HUES = {"red": 0, "orange": 30, "golden": 45, "green": 120, "cyan": 185, "blue": 225, "violet": 275, "pink": 325}
"""degrees of the colour wheel"""
THINGS = ("tunnel", "city", "ocean waves", "spheres")
NEAR = 35.0
"""degrees"""


def share(frame: NDArray[np.uint8], hue: float) -> float:
    """How much of the colour in [H, W, 3] (weighted by saturation and brightness) lies within NEAR of `hue`, 0-1."""
    import cv2

    h, s, v = np.moveaxis(cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2HSV), -1, 0)
    weight = s * v
    near = np.abs((h - hue + 180) % 360 - 180) < NEAR
    return float((weight * near).sum() / max(1e-6, float(weight.sum())))


def hues(exam: Exam) -> dict[str, Any]:
    """Of every colour with every thing at 512x288 in one and four steps: the share of pictures most of whose colour is
    the one asked for; `memory`: of the loops that they go by."""
    import torch

    from engine.pipelines.text2video import pictures
    from engine.training.samples import How, remembered, sample
    from vj.studio.exam import GUIDANCE, LARGE

    asked = [(f"{word} {thing}", hue) for word, hue in HUES.items() for thing in THINGS]
    with torch.inference_mode():
        shown = remembered(exam.memory, [text for text, _ in asked], (LARGE[1] // 16, LARGE[0] // 16))
        assert shown.reference is not None
        made = {"memory": shown.reference[:, :, 0].float()}
        for steps in (1, 4):
            cells = (LARGE[1] // 16, LARGE[0] // 16)
            made[f"{steps}_steps"] = sample(exam.house, shown, cells, How(steps, "flowmap", GUIDANCE), batch=8)
    found: dict[str, Any] = {"prompts": len(asked)}
    for label, latents in made.items():
        frames = (pictures([one], exam.house, LARGE)[0] for one in latents)
        seen = [share(frame, hue) > 0.5 for frame, (_, hue) in zip(frames, asked, strict=True)]
        found[label] = round(float(np.mean(seen)), 2)
    return found
