"""What the house model is worth, in figures: the job of `vj eval model`. Captions and clips were never trained on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.studio.captions import PALETTES
from vj.studio.exam import GUIDANCE, LARGE, PAIRS, Exam, blended, dreamed_over, prompts, small, streamed
from vj.studio.hues import hues
from vj.studio.world import HELD_OUT, World

if TYPE_CHECKING:
    from torch import Tensor


CELLS = (6, 10)
MANY, FEW = 50, (1, 2, 4)
Figures = dict[str, Any]


def autoencoder(exam: Exam) -> Figures:
    from engine.training.measure import ssim
    from engine.training.train_autoencoder import psnr, reconstruct

    world = World(LARGE)
    frames = np.stack([world.draw(world.spec(HELD_OUT + 1, i, 1)).frames[0] for i in range(64)])
    made = np.concatenate([reconstruct(exam.house.autoencoder, frames[i : i + 8]) for i in range(0, 64, 8)])
    return {"psnr_db": round(psnr(made, frames), 2), "ssim": round(ssim(made, frames), 3)}


def speed(exam: Exam) -> Figures:
    """Milliseconds, the fastest of some runs, eager, on all threads and on one: 512x288, one new frame."""
    import torch

    from engine.training.samples import asked

    h, w = LARGE[1] // 16, LARGE[0] // 16
    found: Figures = {}
    cond = replace(asked(exam.house, ["golden spiral"]), guidance=torch.ones(1), until=torch.zeros(1, 1))
    z = torch.randn(1, exam.house.autoencoder.config.latent, h, w).to(exam.house.dtype)
    picture = torch.zeros(1, 3, LARGE[1], LARGE[0]).to(exam.house.dtype)
    all_threads = torch.get_num_threads()
    for threads in sorted({1, all_threads}):
        torch.set_num_threads(threads)
        jobs: dict[str, Callable[[], object]] = {
            "decode": lambda: exam.house.autoencoder.decode(z),
            "encode": lambda: exam.house.autoencoder.encode(picture),
        }
        if (dit := exam.house.denoiser) is not None:
            jobs["denoise"] = lambda dit=dit: dit(z[:, :, None], torch.ones(1, 1), cond)  # type: ignore[misc]
        with torch.inference_mode():
            found |= {f"{name}_ms_{threads}_threads": _fastest(job) for name, job in jobs.items()}
    torch.set_num_threads(all_threads)
    return found


def _fastest(job: Callable[[], object], times: int = 12) -> float:
    job()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        job()
        spent.append(time.perf_counter() - began)
    return round(1000 * min(spent), 1)


def distance(exam: Exam) -> Figures:
    """Frechet distance to held-out clips of samples asked for with their captions; `alone`: without a memory."""
    import torch

    from engine.model.judge import frechet
    from engine.training.samples import How, asked, remembered, sample

    real, _, _, captions = exam.real
    with torch.inference_mode():
        truth = exam.judge.features(real)
        half = len(truth) // 2
        found: Figures = {"clips": len(real), "real_halves": round(frechet(truth[:half], truth[half:]), 3)}
        shown = remembered(exam.memory, captions, CELLS)
        found["memory_itself"] = round(frechet(exam.judge.features(shown.reference[:, :, 0].float()), truth), 3)  # type: ignore[index]
        ways = [(f"{n}_steps", How(n, "flowmap", GUIDANCE), shown) for n in FEW]
        ways += [(f"{MANY}_steps", How(MANY, "euler", GUIDANCE), shown)]
        ways += [(f"{MANY}_steps_ddpm", How(MANY, "ddpm", GUIDANCE), shown)]
        ways += [(f"alone_{n}_steps", How(n, "flowmap", GUIDANCE), asked(exam.house, captions)) for n in FEW[::2]]
        for label, how, cond in ways:
            exam.say(f"sampling {len(captions)} pictures: {label}")
            found[label] = round(frechet(exam.judge.features(sample(exam.house, cond, CELLS, how)), truth), 3)
    found["ratio"] = round(found["1_steps"] / min(found[f"{MANY}_steps"], found[f"{MANY}_steps_ddpm"]), 2)
    return found


def obedience(exam: Exam) -> Figures:
    """Shares of pictures whose family and palette, as the judge sees them, are those asked for; `memory`: of what is
    remembered, before anything is dreamed; `alone`: without a memory."""
    import torch

    from engine.training.samples import How, asked, remembered, sample

    real, values, _, _ = exam.real
    judge = exam.judge
    texts, families, palettes = prompts()
    found: Figures = {"prompts": len(texts)}
    with torch.inference_mode():
        guesses = judge(real)
        plain = values[:, judge.names.index("hue_cos")] > 0.93
        for kind, rows in (("family", slice(None)), ("palette", plain)):
            truth = values[:, judge.places(kind)].argmax(1)
            found[f"{kind}_real"] = _share(judge.best(guesses, kind)[rows], truth[rows])
        shown, alone = remembered(exam.memory, texts, CELLS), asked(exam.house, texts)
        ways = [("many", How(MANY, "euler", GUIDANCE), shown), ("many_ddpm", How(MANY, "ddpm", GUIDANCE), shown)]
        ways += [(f"{n}_steps", How(n, "flowmap", GUIDANCE), shown) for n in FEW]
        ways += [("alone", How(4, "flowmap", GUIDANCE), alone)]
        made = {label: sample(exam.house, cond, CELLS, how) for label, how, cond in ways}
        assert shown.reference is not None
        made["memory"] = shown.reference[:, :, 0].float()
        for label, pictures in made.items():
            seen = judge(pictures)
            for kind, want in (("family", families), ("palette", palettes)):
                found[f"{kind}_{label}"] = _share(judge.best(seen, kind), want)
                found[f"{kind}_{label}_of_real"] = round(found[f"{kind}_{label}"] / found[f"{kind}_real"], 2)
    return found


def _share(got: Tensor, want: Tensor) -> float:
    return round(float((got == want).float().mean()), 3)


KNOB_CLOSENESS = 0.6
"""the forms that are remembered may change with the knob"""


def knobs(exam: Exam) -> Figures:
    """Each number turned from -0.8 to 0.8 with everything else as in held-out clips: how far the judge sees it go,
    and how far the others go along (mean). `real`: how far it sees it go in drawn clips that differ by as much; of
    forms the judge sees little."""
    import torch

    from engine.training.samples import How, remembered, sample

    judge, (texts, _, _) = exam.judge, prompts(2)
    names = [n for n in ("scale", "warp", "twist", "density", "light", "detail", "energy", "luma", "saturation")]
    real, truth, known_, _ = exam.real
    found = {}
    with torch.inference_mode():
        guesses = judge(real)
        cond = remembered(exam.memory, texts, CELLS, KNOB_CLOSENESS)
        for name in names:
            at, ends = judge.names.index(name), []
            for value in (-0.8, 0.8):
                values, known = cond.attributes.clone(), cond.attributes_known.clone()
                values[:, at], known[:, at] = value, 1.0
                turned = replace(cond, attributes=values, attributes_known=known)
                ends.append(judge(sample(exam.house, turned, CELLS, How(4, guidance=GUIDANCE))))
            moved = (ends[1] - ends[0]).mean(0)
            others = [abs(float(moved[judge.names.index(n)])) for n in names if n != name]
            same = judge.best(ends[0], "family") == judge.best(ends[1], "family")
            rows = known_[:, at] > 0
            found[name] = {
                "asked": 1.6,
                "real": round(1.6 * _slope(guesses[rows, at], truth[rows, at]), 2),
                "seen": round(float(moved[at]), 2),
                "others": round(float(np.mean(others)), 2),
                "family_kept": round(float(same.float().mean()), 2),
            }
            exam.say(f"turned {name}")
    return found


def _slope(seen: Tensor, true: Tensor) -> float:
    """Of the straight line through what is seen over what is true."""
    off = true - true.mean()
    return float((off * seen).sum() / off.square().sum().clamp(min=1e-6))


def blend(exam: Exam, frames: int = 60) -> Figures:
    """A to B in 60 frames of the same noise: the worst of PAIRS."""
    from engine.training.measure import looks, steps

    found = []
    for a, b in PAIRS:
        strip = blended(exam, a, b, frames)
        change, contrast = steps(strip), looks(strip)["contrast"]
        ends = (contrast[0] + contrast[-1]) / 2
        found.append(
            (float(change.max() / np.median(change)), float(contrast[frames // 3 : -frames // 3].min() / ends))
        )
    worst, greyest = max(row[0] for row in found), min(row[1] for row in found)
    return {"largest_step_over_median": round(worst, 2), "contrast_of_middle": round(greyest, 2), "pairs": len(PAIRS)}


def continuation(exam: Exam, seconds: int = 60, fps: int = 12) -> Figures:
    """One minute of the live pipeline `stream`, which goes on from its own last frames: how far each look drifts from
    second 2, the worst second."""
    from engine.training.measure import looks, steps

    frames = streamed(exam, "neon tunnel", seconds, fps)
    found: Figures = {}
    for name, values in looks(frames).items():
        each = values[: seconds * fps].reshape(seconds, fps).mean(1)
        found[f"{name}_drift"] = round(float(np.abs(each[2:] / each[2] - 1).max()), 3)
    change = steps(frames)
    found["slowest_second_over_median"] = round(
        float(change[: (seconds - 1) * fps].reshape(-1, fps).mean(1).min() / np.median(change)), 2
    )
    return found


def flicker(exam: Exam, frames: int = 48) -> Figures:
    """Change that no motion explains, of samples over that of drawn clips at the same speed."""
    from engine.pipelines.text2video import Job, latents, pictures
    from engine.training.measure import flicker as measured

    world, size = World((256, 160)), (256, 160)
    turned = 0.01 * frames
    real, made = [], []
    for i, family in enumerate(("tunnel", "plasma", "spheres", "petals", "city", "ink")):
        spec = world.spec(HELD_OUT + 2, i, 1, family=family)
        spec = replace(spec, phases=tuple((0.2 + 0.01 * k) % 1.0 for k in range(frames)), sound=())
        real.append(measured(world.draw(spec).frames))
        job = Job(f"neon {family}", frames=frames, size=size, turns=turned, guidance=GUIDANCE, seed=i)
        made.append(measured(pictures(list(latents(job, exam.house, exam.memory)), exam.house, size)))
        exam.say(f"flicker of {family}")
    return {
        "drawn": round(float(np.mean(real)), 2),
        "sampled": round(float(np.mean(made)), 2),
        "ratio": round(float(np.mean(made) / np.mean(real)), 2),
    }


def restyle(exam: Exam, frames: int = 24, strength: float = 0.6) -> Figures:
    """Clips of generators dreamed over at 512x288, on one thread and on all: speed, change that no motion explains
    against the clip's own, and the share of pictures that show the colour asked for, as text2video does."""
    import torch

    from engine.training.measure import flicker as measured
    from engine.training.samples import How, remembered, sample

    world, rates, ratios, reached, texts = World(LARGE), [], [], [], []
    for i, family in enumerate(("waves", "tunnel", "petals", "plasma")):
        spec = world.spec(HELD_OUT + 3, i, 1, family=family)
        spec = replace(spec, phases=tuple((0.2 + 0.004 * k) % 1.0 for k in range(frames)), sound=())
        clip = world.draw(spec).frames
        for palette in range(i, len(PALETTES), 4):
            texts.append((f"{PALETTES[palette][0]} {family}", palette))
            ran = frames if palette == i else 3
            made, spent = dreamed_over(exam, clip[:ran], texts[-1][0], strength)
            reached.append(small(exam, made[-1]))
            if palette == i:
                ratios.append(measured(made) / measured(clip))
                rates.append(1000.0 / float(np.median(spent)))
        exam.say(f"dreamed over {family}")
    wanted = torch.tensor([palette for _, palette in texts])
    with torch.inference_mode():
        seen = exam.judge.best(exam.judge(torch.stack(reached)), "palette")
        shown = remembered(exam.memory, [text for text, _ in texts], CELLS)
        asked = exam.judge.best(exam.judge(sample(exam.house, shown, CELLS, How(1, guidance=GUIDANCE))), "palette")
    shares = _share(seen, wanted), _share(asked, wanted)
    return {
        "fps": round(float(np.mean(rates)), 1),
        "flicker_over_source": round(float(np.mean(ratios)), 2),
        "palette": shares[0],
        "palette_of_text2video": round(shares[0] / max(shares[1], 1e-6), 2),
    }


def xl(exam: Exam) -> Figures:
    """The large preset: parameters on the meta device, one forward of two blocks on this processor."""
    import torch

    from engine.diffusion.conditioning import nothing
    from engine.model.dit import PRESETS, DiT

    config = PRESETS["xl"]
    with torch.device("meta"):
        whole = DiT(config)
    small = DiT(replace(config, depth=2)).to(exam.house.dtype)
    x = torch.randn(1, config.latent, 4, 64, 128).to(exam.house.dtype)
    began = time.perf_counter()
    with torch.inference_mode():
        out = small(x, torch.ones(1, 4), nothing(1, 4, config.text, config.attributes))
    took = time.perf_counter() - began
    return {
        "parameters_m": round(sum(p.numel() for p in whole.parameters()) / 1e6, 1),
        "two_blocks_4x128x64_ms": round(1000 * took),
        "shape_kept": out.shape == x.shape,
    }


SECTIONS: dict[str, Callable[[Exam], Figures]] = {
    "autoencoder": autoencoder,
    "speed": speed,
    "distance": distance,
    "obedience": obedience,
    "hues": hues,
    "knobs": knobs,
    "blend": blend,
    "continuation": continuation,
    "flicker": flicker,
    "restyle": restyle,
    "xl": xl,
}


def evaluate(only: list[str], clips: int, threads: int, say: Callable[[str], None]) -> Figures:
    """Figures of each section, or of those asked for. Raises VjError for one that is none."""
    import torch

    from engine.errors import EngineError

    if wrong := [name for name in only if name not in SECTIONS]:
        raise VjError(f"--only {wrong[0]}: no such section", f"there are {', '.join(SECTIONS)}")
    torch.set_num_threads(threads or os.cpu_count() or 1)
    exam, found = Exam(ROOT / "engine" / "assets", clips, say), {}
    for name, section in SECTIONS.items():
        if only and name not in only:
            continue
        say(name)
        began = time.perf_counter()
        try:
            found[name] = section(exam) | {"seconds": round(time.perf_counter() - began, 1)}
        except EngineError as error:
            raise VjError(str(error)) from None
    return found
