"""Super-resolution by a network in a safetensors file (spandrel knows its kind), tile by tile: for any size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.adapters.common import to_clip
from engine.adapters.contracts import AdapterError, Frame

Upscale = Callable[[Frame], Frame]
"""[H, W, 3] -> [s H, s W, 3]"""
TILE, MARGIN = 256, 16
"""pixels of a tile, and how far it looks beyond its edges"""


def open(
    source: Path | Any, device: str = "cpu", dtype: torch.dtype = torch.float32, tile: int = TILE, margin: int = MARGIN
) -> Upscale:
    """`source`: a safetensors file, a folder with one (`vj models fetch realesrgan`), or a spandrel descriptor."""
    network = (_loaded(source) if isinstance(source, Path) else source).to(device).eval()
    if dtype != torch.float32:
        network = network.to(dtype)
    return lambda frame: _tiled(network, frame, (tile, margin), (device, dtype))


def _loaded(source: Path) -> Any:
    found = sorted(source.rglob("*.safetensors")) if source.is_dir() else [source]
    if len(found) != 1 or found[0].suffix != ".safetensors" or not found[0].is_file():
        raise AdapterError(f"{source}: not one safetensors file", "vj models fetch realesrgan, or give another")
    try:
        import spandrel
    except ImportError as error:
        mend = "pip install spandrel (it brings torchvision)"
        raise AdapterError("spandrel is not installed: super-resolution needs it", mend) from error
    loaded = spandrel.ModelLoader().load_from_file(found[0])
    if not isinstance(loaded, spandrel.ImageModelDescriptor) or loaded.input_channels != 3:
        raise AdapterError(f"{found[0]}: not a network from RGB to RGB", "give a super-resolution network")
    return loaded


@torch.inference_mode()
def _tiled(network: Any, frame: Frame, tiles: tuple[int, int], place: tuple[str, torch.dtype]) -> Frame:
    (tile, margin), (device, dtype), scale = tiles, place, int(network.scale)
    height, width = frame.shape[:2]
    out = np.empty((scale * height, scale * width, 3), np.uint8)
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            bottom, right = min(top + tile, height), min(left + tile, width)
            y, x = max(0, top - margin), max(0, left - margin)
            part = np.ascontiguousarray(frame[y : min(bottom + margin, height), x : min(right + margin, width)])
            pixels = torch.from_numpy(part).permute(2, 0, 1)[None].to(device, dtype) / 255
            large = to_clip(network(pixels).permute(0, 2, 3, 1).float().cpu().numpy())[0]
            inner = slice(scale * (top - y), scale * (bottom - y)), slice(scale * (left - x), scale * (right - x))
            out[scale * top : scale * bottom, scale * left : scale * right] = large[inner]
    return out
