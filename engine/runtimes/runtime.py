"""What a runtime is, and which one runs here.

A file's name is its registration: `open(house, shapes, cache) -> Runtime`.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from engine.diffusion.contracts import Denoise
from engine.errors import RuntimeUnavailable
from engine.model.house import House

WINNERS = "winners.json"
"""in the cache: machine, model and shape -> the fastest runtime"""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What will be asked for: `batch` single frames of latents [C, h, w] at a time."""

    batch: int
    latent: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Runtime:
    """The two networks, ready to run under torch.inference_mode() on tensors of the processor, wherever they live."""

    name: str
    dtype: torch.dtype
    denoise: Denoise
    decode: Callable[[Tensor], Tensor]
    """[N, C, h, w] -> [N, 3, H, W], -1 to 1"""
    encode: Callable[[Tensor], Tensor]
    """the way back"""
    note: str = ""
    """why it is not the runtime that was asked for"""


ORDER = ("tensorrt", "compiled", "eager")
"""what `auto` tries where nothing was measured, best first"""


def choose(wanted: str, house: House, shapes: Shapes, cache: Path) -> Runtime:
    """The runtime called `wanted`; for "auto" the one that `vj engine bench` found fastest here, else the best of
    ORDER. Where it cannot be had, the next one and at last eager, with the reason in `note`."""
    reasons = []
    for name in dict.fromkeys((winner(house, shapes, cache), *ORDER) if wanted == "auto" else (wanted, "eager")):
        if not name:
            continue
        try:
            module = importlib.import_module(f"engine.runtimes.{name}")
            runtime: Runtime = module.open(house, shapes, cache)
        except (RuntimeUnavailable, ModuleNotFoundError) as error:
            reasons.append(f"{name}: {error}")
            continue
        quiet = wanted in ("auto", runtime.name)
        return runtime if quiet else replace(runtime, note="; ".join(reasons))
    raise RuntimeUnavailable("no runtime: " + "; ".join(reasons))


def winner(house: House, shapes: Shapes, cache: Path) -> str:
    """What `remember` was told for this model, shape and machine; empty for nothing."""
    try:
        return str(json.loads((cache / WINNERS).read_text()).get(place_of(house, shapes), ""))
    except (OSError, ValueError, AttributeError):
        return ""


def remember(house: House, shapes: Shapes, cache: Path, name: str) -> None:
    """Keep the winner of a benchmark."""
    try:
        known = dict(json.loads((cache / WINNERS).read_text()))
    except (OSError, ValueError, TypeError):
        known = {}
    cache.mkdir(parents=True, exist_ok=True)
    (cache / WINNERS).write_text(json.dumps({**known, place_of(house, shapes): name}, indent=1))


def place_of(house: House, shapes: Shapes) -> str:
    """Model, machine and shape: what a measurement holds for."""
    parts = {**machine(), "weights": house.sha.get("denoiser", "")[:12], "shapes": [shapes.batch, *shapes.latent]}
    return json.dumps({**parts, "threads": torch.get_num_threads()}, sort_keys=True)


def machine() -> dict[str, str]:
    """What a compiled artefact depends on beside the model."""
    found = {"torch": torch.__version__, "os": platform.system(), "arch": platform.machine()}
    if torch.cuda.is_available():
        index = torch.cuda.current_device()
        major, minor = torch.cuda.get_device_capability(index)
        found |= {"gpu": torch.cuda.get_device_name(index), "capability": f"{major}.{minor}"}
        found |= {"cuda": str(torch.version.cuda), "driver": str(_driver())}
    return found


def _driver() -> int:
    read = getattr(torch._C, "_cuda_getDriverVersion", None)
    return int(read()) if read is not None else 0


def default_threads() -> int:
    """Half of the cores, for the stage wants the others; with two cores, one."""
    return max(1, (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2) // 2)


def best_dtype(seconds: float = 0.04) -> torch.dtype:
    """bf16 where this CPU has instructions for it; elsewhere what a short measurement says is faster.

    The instructions are asked for first: beside a busy stage a measurement this short can be wrong.
    """
    for known in ("_is_amx_tile_supported", "_is_avx512_bf16_supported"):
        if getattr(torch.cpu, known, bool)():
            return torch.bfloat16

    def cost(dtype: torch.dtype) -> float:
        layer = torch.nn.Conv2d(64, 64, 3, padding=1).to(dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        x = torch.zeros(1, 64, 56, 96, dtype=dtype).to(memory_format=torch.channels_last)
        best, ends = 1e9, time.perf_counter() + seconds / 2
        with torch.inference_mode():
            layer(x)
            while time.perf_counter() < ends:
                started = time.perf_counter()
                layer(x)
                best = min(best, time.perf_counter() - started)
        return best

    return torch.bfloat16 if cost(torch.bfloat16) < cost(torch.float32) else torch.float32
