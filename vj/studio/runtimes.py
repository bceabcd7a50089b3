"""What is compiled for this machine, and which of it is fastest: the jobs of `vj engine`."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vj.core.errors import VjError
from vj.core.paths import ROOT, cache_dir, data_dir

if TYPE_CHECKING:
    from engine.model.house import House
    from engine.runtimes.runtime import Runtime, Shapes

ASSETS = ROOT / "engine" / "assets"
BUILDABLE = ("compiled", "tensorrt")
CHUNKS = 12
"""measured per runtime; the fastest counts"""


def build(runtime: str, pool: str, threads: int, say: Callable[[str], None]) -> Iterator[str]:
    """Yields a line for each runtime. Raises VjError when the one that was asked for cannot be had."""
    from engine.errors import EngineError, RuntimeUnavailable
    from engine.runtimes.runtime import default_threads

    if runtime not in ("auto", *BUILDABLE):
        raise VjError(f"--runtime {runtime}: none that is built", f"there are {', '.join(BUILDABLE)}, auto")
    try:
        shapes = _shapes(pool)
        for name in BUILDABLE if runtime == "auto" else (runtime,):
            say(f"building {name}")
            try:
                module = importlib.import_module(f"engine.runtimes.{name}")
                yield f"{name}: {module.prepare(ASSETS, shapes, cache_dir(), threads or default_threads())}"
            except RuntimeUnavailable as error:
                if runtime != "auto":
                    raise
                yield f"{name}: not here: {error}"
    except EngineError as error:
        raise VjError(str(error)) from None


def artefacts() -> dict[str, Any]:
    """artefacts: runtime, file, mb, made, error; winners: machine and model -> runtime."""
    from engine.runtimes.runtime import WINNERS

    rows = []
    for name in BUILDABLE:
        for path in sorted((cache_dir() / name).glob("*.[pe][t2p]*")):
            about = path.with_suffix(".json")
            said = json.loads(about.read_text()) if about.is_file() else {}
            made = datetime.fromtimestamp(path.stat().st_mtime).isoformat(" ", "minutes")
            row = {"runtime": name, "file": path.name, "mb": round(path.stat().st_size / 1e6, 1), "made": made}
            rows.append({**row, "error": said.get("error", "")})
    winners = cache_dir() / WINNERS
    return {"artefacts": rows, "winners": json.loads(winners.read_text()) if winners.is_file() else {}}


def clear() -> tuple[int, int]:
    """Files and bytes that are gone."""
    from engine.runtimes.runtime import WINNERS
    from engine.runtimes.tiers import TIERS

    files = [p for name in BUILDABLE for p in (cache_dir() / name).glob("*") if p.is_file()]
    files += [p for p in (cache_dir() / WINNERS, cache_dir() / TIERS) if p.is_file()]
    size = sum(p.stat().st_size for p in files)
    for path in files:
        path.unlink()
    return len(files), size


def bench(pool: str, threads: int, say: Callable[[str], None]) -> dict[str, Any]:
    """runtimes: name -> denoise_ms, decode_ms, frames_per_s, or why not; winner, which is remembered."""
    import torch

    from engine.errors import EngineError
    from engine.model.house import load_house
    from engine.runtimes.device import best_device, to_device
    from engine.runtimes.runtime import ORDER, best_dtype, choose, default_threads, remember

    torch.set_num_threads(threads or default_threads())
    device = best_device()
    found: dict[str, Any] = {"device": device, "threads": torch.get_num_threads(), "runtimes": {}}
    try:
        shapes = _shapes(pool)
        house = to_device(load_house(ASSETS, best_dtype() if device == "cpu" else torch.bfloat16), device)
        if house.denoiser is None:
            raise VjError("no denoiser to measure", house.missing)
        for name in ORDER:
            say(f"measuring {name}")
            runtime = choose(name, house, shapes, cache_dir())
            found["runtimes"][name] = _measured(house, runtime, shapes) if runtime.name == name else runtime.note
        rates = {name: row["frames_per_s"] for name, row in found["runtimes"].items() if isinstance(row, dict)}
        found["winner"] = max(rates, key=lambda name: rates[name])
        remember(house, shapes, cache_dir(), found["winner"])
    except EngineError as error:
        raise VjError(str(error)) from None
    return found


def _measured(house: House, runtime: Runtime, shapes: Shapes) -> dict[str, float]:
    """Milliseconds per frame of one step and of decoding, in the batches of the live path."""
    import torch

    from engine.diffusion.conditioning import nothing

    assert house.denoiser is not None
    config, b = house.denoiser.config, shapes.batch
    z = torch.randn(b, *shapes.latent).to(runtime.dtype)
    cond, t = nothing(b, 1, config.text, config.attributes), torch.full((b, 1), 0.5)
    best = [1e9, 1e9]
    with torch.inference_mode():
        for _ in range(CHUNKS):
            began = time.perf_counter()
            runtime.denoise(z[:, :, None], t, cond)
            middle = time.perf_counter()
            runtime.decode(z)
            ended = time.perf_counter()
            best = [min(best[0], middle - began), min(best[1], ended - middle)]
    each = {"denoise_ms": round(1000 * best[0] / b, 2), "decode_ms": round(1000 * best[1] / b, 2)}
    return {**each, "frames_per_s": round(b / sum(best), 1)}


def _shapes(pool: str) -> Shapes:
    from engine.live import CHUNK
    from engine.pools.pool import load
    from engine.runtimes.runtime import Shapes

    c, h, w = load(data_dir("latent_pools") / pool).latents.shape[2:]
    return Shapes(CHUNK, (c, h, w))
