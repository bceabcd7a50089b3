"""`vj bench versus`: the house model beside what one would take instead, in one run on one machine.

Speed: one picture of 512x288 over another, beside a pipeline in the manner of StreamDiffusion (Kodaira et al. 2023):
the UNet of SD-Turbo in one step and TAESD both ways. Its weights are random: how long it takes does not depend on
them, and what it draws is not looked at. Morphs: our blends of two prompts beside plain dissolves between the same two
pictures.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.studio.exam import LARGE, PAIRS, Exam, blended, small

TURBO: dict[str, Any] = {
    "sample_size": 64,
    "block_out_channels": (320, 640, 1280, 1280),
    "attention_head_dim": (5, 10, 20, 20),
    "cross_attention_dim": 1024,
    "use_linear_projection": True,
}
"""shape of the UNet of Stable Diffusion 2.1 and SD-Turbo, as its card on the model hub gives it"""
WORDS = 77
FRAMES = 60

Job = Callable[[], object]
Frames = NDArray[np.uint8]


def versus(seconds: float) -> dict[str, Any]:
    """Both comparisons; `seconds` are spent on timing each pipeline. Raises VjError without the model."""
    from engine.errors import EngineError

    exam = Exam(ROOT / "engine" / "assets", 64, lambda text: None)
    try:
        return {"speed": speed(exam, seconds), "morphs": morphs(exam)}
    except EngineError as error:
        raise VjError(str(error)) from None


def speed(exam: Exam, seconds: float) -> dict[str, Any]:
    """Milliseconds for one picture over another: encode, one step, decode; the fastest run of each."""
    import torch

    found: dict[str, Any] = {"size": list(LARGE), "dtype": str(exam.house.dtype), "threads": torch.get_num_threads()}
    for name, (runtime, parameters, job) in {"house": ours(exam), "sd_turbo_taesd": turbo(exam.house.dtype)}.items():
        spent: list[float] = []
        with torch.inference_mode():
            job()
            ends = time.perf_counter() + seconds
            while not spent or time.perf_counter() < ends:
                began = time.perf_counter()
                job()
                spent.append(time.perf_counter() - began)
        best = min(spent)
        found[name] = {"ms": round(1000 * best, 1), "fps": round(1 / best, 2), "parameters_m": round(parameters, 1)}
        found[name] |= {"runs": len(spent), "runtime": runtime}
    found["times_as_fast"] = round(found["sd_turbo_taesd"]["ms"] / found["house"]["ms"], 1)
    return found


def ours(exam: Exam) -> tuple[str, float, Job]:
    """The runtime, millions of parameters, and one picture in the way of `restyle`, as it runs in a show."""
    from engine.pipelines import restyle
    from engine.runtimes.runtime import Shapes, choose
    from engine.types import Request
    from vj.core.paths import cache_dir

    house, size = exam.house, LARGE
    shapes = Shapes(1, (house.autoencoder.config.latent, 2 * -(-size[1] // 32), 2 * -(-size[0] // 32)))
    picture = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    runtime = choose("auto", house, shapes, cache_dir())
    step = restyle.open(lambda: picture, house, runtime)
    wish = Request(pipeline="restyle", prompts=(("neon tunnel", 1.0),), strength=0.6, steps=1, size=size)
    nets = [net for net in (house.autoencoder, house.denoiser) if net is not None]
    return runtime.name, sum(p.numel() for net in nets for p in net.parameters()) / 1e6, lambda: step(wish, (0.0,))


def turbo(dtype: Any) -> tuple[str, float, Job]:
    """The same for a UNet of SD-Turbo's shape and TAESD; the words are read beforehand, as StreamDiffusion does."""
    import torch
    from diffusers import AutoencoderTiny, UNet2DConditionModel

    torch.manual_seed(0)
    unet = UNet2DConditionModel(**TURBO).to(dtype).eval()
    tiny = AutoencoderTiny().to(dtype).eval()
    picture = torch.rand(1, 3, LARGE[1], LARGE[0]).to(dtype)
    words, level = torch.randn(1, WORDS, TURBO["cross_attention_dim"]).to(dtype), torch.tensor(399)

    def draw() -> object:
        latents = tiny.encode(picture).latents
        noise = torch.randn(latents.shape).to(dtype)
        made = unet(latents + noise, level, encoder_hidden_states=words).sample
        return tiny.decode(latents + noise - made).sample

    return "eager", sum(p.numel() for net in (unet, tiny) for p in net.parameters()) / 1e6, draw


def morphs(exam: Exam) -> dict[str, Any]:
    """Means over PAIRS, of blends and of dissolves: see `path`."""
    found: dict[str, list[dict[str, float]]] = {"blend": [], "dissolve": []}
    for a, b in PAIRS:
        ours = blended(exam, a, b, FRAMES)
        found["blend"].append(path(exam, ours))
        found["dissolve"].append(path(exam, dissolved(ours[0], ours[-1], FRAMES)))
    return {
        name: {key: round(float(np.mean([row[key] for row in rows])), 3) for key in rows[0]}
        for name, rows in found.items()
    } | {"pairs": len(PAIRS), "frames": FRAMES}


def dissolved(first: Frames, last: Frames, frames: int) -> Frames:
    """uint8 [N, H, W, 3]: one picture fades into the other."""
    at = np.linspace(0.0, 1.0, frames, dtype=np.float32)[:, None, None, None]
    return np.asarray((1 - at) * first + at * last + 0.5, np.uint8)


def path(exam: Exam, frames: Frames) -> dict[str, float]:
    """Of a way between two pictures: its largest step over the median one; contrast and sharpness in the middle over
    those of the ends; `double_exposure`, how much of the middle is a sum of the two ends (R squared of the best one,
    1 for a dissolve); `sure`, how sure the judge is of what the middle third shows, over how sure it is of the ends.
    """
    import torch

    from engine.training.measure import looks, steps

    change, seen, middle = steps(frames), looks(frames), len(frames) // 2
    third = slice(len(frames) // 3, 2 * len(frames) // 3)
    with torch.inference_mode():
        guesses = exam.judge(torch.stack([small(exam, frame) for frame in frames[::3]]))
        sure = guesses[:, exam.judge.places("family")].softmax(1).amax(1).numpy()
    ends = (sure[0] + sure[-1]) / 2
    few = slice(len(sure) // 3, 2 * len(sure) // 3)
    found = {"largest_step_over_median": float(change.max() / max(1e-6, float(np.median(change))))}
    for name in ("contrast", "sharpness"):
        found[name] = float(seen[name][third].min() / max(1e-6, (seen[name][0] + seen[name][-1]) / 2))
    return found | {
        "double_exposure": explained(frames[middle], frames[0], frames[-1]),
        "sure": float(sure[few].mean() / max(1e-6, float(ends))),
    }


def explained(frame: Frames, one: Frames, two: Frames) -> float:
    """R squared of the best a + b * one + c * two for a picture, 0-1."""
    x = np.stack([np.ones(frame.size), one.ravel(), two.ravel()], 1).astype(np.float64)
    y = frame.ravel().astype(np.float64)
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(1 - left.var() / max(1e-9, y.var()))
