"""What the live show chooses by: how much an entry moves, how bright it is, its colour; and the words for it.

All of it follows from the latents and the palette, so that any pool, old or merged, can be asked.
"""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

FEATURES = ("energy", "brightness", "saturation", "red_green", "yellow_blue")
"""energy: root mean square of the change from frame to frame of the loop, in spreads of the latents, 0 to about 1.
brightness: mean luma of the palette, 0-1. saturation: mean chroma of the palette, 0-1. red_green, yellow_blue: mean of
R - G and of (R + G) / 2 - B of the palette, -1 to 1 (Hasler and Suesstrunk 2003)."""
PACE = ((0.1, "still"), (0.36, "calm"), (0.48, "moving"), (float("inf"), "raging"))
LIGHT = ((0.28, "dark"), (0.36, "dim"), (0.5, "bright"), (float("inf"), "glaring"))
"""of energy and brightness: about the quarters of the house pool, where they go from 0.17 to 0.7"""
HUES = ("red", "orange", "yellow", "green", "cyan", "blue", "violet", "pink")
EDGES = (0.03, 0.11, 0.18, 0.45, 0.54, 0.7, 0.82, 0.95)
"""where a hue (turns) ends; after the last it is red again"""
NAMED = 0.25
"""family weights from which a family is named"""


def features_of(latents: Tensor, palette: Sequence[str]) -> Tensor:
    """latents float [T, C, h, w] of variance about 1, palette of #rrggbb -> float32 [5], see FEATURES."""
    moved = float((latents - latents.roll(-1, 0)).square().mean().sqrt()) if len(latents) > 1 else 0.0
    rgb = torch.tensor([_rgb(colour) for colour in palette] or [(0.0, 0.0, 0.0)])
    r, g, b = rgb.unbind(1)
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    chroma = rgb.max(1).values - rgb.min(1).values
    sums = (luma, chroma, r - g, (r + g) / 2 - b)
    return torch.tensor([moved, *(float(x.mean()) for x in sums)])


def tags_of(features: Tensor, palette: Sequence[str], attributes: Mapping[str, float]) -> tuple[str, ...]:
    """Words for one entry: pace, light, at most two colours, and the families of `attributes` that weigh enough."""
    energy, brightness = float(features[0]), float(features[1])
    words = [next(word for least, word in table if x < least) for x, table in ((energy, PACE), (brightness, LIGHT))]
    colours = dict.fromkeys(colour_name(colour) for colour in palette)
    words += [name for name in colours if name][:2] or [next(iter(colours), "grey") or "grey"]
    families = sorted((-w, name[7:]) for name, w in attributes.items() if name.startswith("family/") and w > NAMED)
    return (*words, *(name for _, name in families[:2]))


def colour_name(colour: str) -> str:
    """#rrggbb -> one of HUES, black, white or grey; nothing for a colour that is nearly black."""
    hue, value, chroma = _hue(colour)
    if value < 0.16:
        return ""
    if chroma < 0.12:
        return "white" if value > 0.8 else "grey"
    at = next((i for i, edge in enumerate(EDGES) if hue < edge), 0)
    return HUES[at]


def _hue(colour: str) -> tuple[float, float, float]:
    r, g, b = _rgb(colour)
    hue, _, value = colorsys.rgb_to_hsv(r, g, b)
    return hue, value, max(r, g, b) - min(r, g, b)


def _rgb(colour: str) -> tuple[float, float, float]:
    try:
        value = int(colour.removeprefix("#"), 16)
    except ValueError:
        return 0.0, 0.0, 0.0
    return (value >> 16 & 255) / 255, (value >> 8 & 255) / 255, (value & 255) / 255
