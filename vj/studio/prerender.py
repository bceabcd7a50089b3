"""Make one of the pools that come with the program from the world: `python -m vj.studio.prerender house`.

Candidates of every family are drawn small, the prettiest are kept (contrast, colour, palettes spread), drawn as
closed loops, encoded by the house model, and decoded again into pool.mp4 for a stage without an engine.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.clips import Clip, load_shard, save_shard
from vj.core.errors import VjError
from vj.core.paths import ROOT, SHIPPED
from vj.labels.pool import seal_pool
from vj.studio.captions import PALETTES, caption
from vj.studio.loops import encode
from vj.studio.world import SIZE, Spec, World, attribute_names

if TYPE_CHECKING:
    from torch import Tensor

    from engine.model.house import House

SMALL = (192, 112)
STEP = 14.0
"""how far apart neighbouring frames of a loop may be at its fastest (mean difference, 0-255): more would flicker"""
SWAY = ("warp", "twist", "scale", "density", "detail")
"""what swings beside the motion, so that the way back is not the way there; the first that the family has"""


@dataclass(frozen=True, slots=True)
class PoolJob:
    """What to make: `count` loops of `frames`, of pictures `size` = (W, H) that are the middle of what is drawn."""

    name: str
    folder: Path
    count: int = 102
    frames: int = 8
    size: tuple[int, int] = (512, 288)
    seed: int = 7
    candidates: int = 14
    """drawn per family before choosing"""
    families: tuple[str, ...] = ()
    """generators it is drawn by; (): all"""
    palettes: tuple[str, ...] = ()
    """first names of the palettes; (): all"""
    dark: float = 0.5
    """share of a picture that may be nearly black"""
    drawn: Path = Path("runs/loops")
    """where the drawn loops are kept, so that a better autoencoder need not draw them again"""


def beauty(frame: NDArray[np.uint8], most: float = 0.5) -> float:
    """Contrast and colourfulness (Hasler and Suesstrunk 2003) of uint8 [H, W, 3]; glare and darkness (a share of more
    than `most`) cost."""
    x = frame.astype(np.float32)
    rg, yb = x[..., 0] - x[..., 1], 0.5 * (x[..., 0] + x[..., 1]) - x[..., 2]
    colour = float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))
    luma = x @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    glare, dark = float((luma > 215).mean()), float((luma < 10).mean())
    return colour + 1.2 * float(luma.std()) - 120 * max(0.0, glare - 0.1) - 60 * max(0.0, dark - most)


def choose(world: World, job: PoolJob) -> list[Spec]:
    """The prettiest candidates, as many of each family as of any other, palettes spread."""
    families = [name for name in world.families() if not job.families or name in job.families]
    used: Counter[int] = Counter()
    picked: list[Spec] = []
    ranked = {family: _ranked(world, job, family, i) for i, family in enumerate(families)}
    while len(picked) < job.count:
        for family in families:
            options = ranked[family]
            if not options or len(picked) == job.count:
                continue
            best = max(options, key=lambda item: item[0] - 14.0 * used[int(item[1].params["palette"])])
            options.remove(best)
            used[int(best[1].params["palette"])] += 1
            picked.append(best[1])
        if not any(ranked.values()):
            break
    return picked


def _ranked(world: World, job: PoolJob, family: str, number: int) -> list[tuple[float, Spec]]:
    specs = [world.spec(job.seed, 1000 * number + i, 1, True, family) for i in range(job.candidates)]
    # colours as their palette says, or names and captions would lie
    firsts = [first for first, *_ in PALETTES]
    known = [firsts.index(name) for name in job.palettes]
    own = [{"hue": 0.0} | ({"palette": known[(number + i) % len(known)]} if known else {}) for i in range(len(specs))]
    specs = [replace(s, params=s.params | mine, phases=(_start(s),)) for s, mine in zip(specs, own, strict=True)]
    specs = [replace(s, caption=caption(family, s.params, np.random.default_rng(i))) for i, s in enumerate(specs)]
    return [(beauty(world.draw(s).frames[0], job.dark), s) for s in specs]


def _start(spec: Spec) -> float:
    """Where on its way the loop swings: anywhere, but always the same for the same clip."""
    return float(spec.params.get("seed", 0.0) * 7.31 % 1.0)


def closed(world: World, spec: Spec, frames: int) -> Spec:
    """The clip as a closed loop: motion swings about its start, one other parameter a quarter turn behind."""
    middle = spec.phases[0]
    turn = 2 * np.pi * np.arange(frames) / frames
    widest = frames / (2 * np.pi)  # from the fastest step to the amplitude of a sine
    swing = widest * _stride(world, spec, "", STEP, 1 / 24)
    phases = tuple(float(x) % 1.0 for x in middle + swing * np.sin(turn))
    name = next((n for n in SWAY if n in spec.params), "")
    if not name:
        return replace(spec, phases=phases)
    room = min(spec.params[name], 1 - spec.params[name], 0.12)
    by = min(room, widest * _stride(world, spec, name, 0.5 * STEP, 0.05))
    return replace(spec, phases=phases, sway={name: tuple(float(x) for x in by * (np.cos(turn) - 1.0) / 2)})


def _stride(world: World, spec: Spec, name: str, wanted: float, most: float) -> float:
    """The change of a parameter (or of the motion, "") that changes the picture by `wanted`."""
    start = world.draw(spec).frames[0].astype(np.float32)
    low, delta = 0.0, most / 128
    for _ in range(7):
        delta *= 2
        params = {**spec.params, name: spec.params[name] + delta} if name else spec.params
        phase = spec.phases[0] if name else spec.phases[0] + delta
        apart = float(np.abs(world.draw(replace(spec, params=params, phases=(phase,))).frames[0] - start).mean())
        if apart > wanted:
            return low + (delta - low) * 0.5 if low else delta * wanted / apart
        low = delta
    return low


def names(clips: Sequence[Clip]) -> list[str]:
    """`tunnel-gold`, `tunnel-gold-2` ..."""
    out = []
    for clip in clips:
        family, palette = (
            next(key.split("/")[1] for key in clip.attributes if key.startswith(kind))
            for kind in ("family/", "palette/")
        )
        out.append(f"{family}-{PALETTES[int(palette)][0]}")
    return unique(out)


def make(job: PoolJob) -> None:
    """Draw, choose, encode, write. Raises WeightsError without an autoencoder."""
    what = hashlib.sha256(repr((job.families, job.palettes, job.dark, job.candidates)).encode()).hexdigest()[:8]
    kept = job.drawn / f"{job.name}-{job.seed}-{job.count}-{job.frames}-{what}"
    if not kept.with_suffix(".json").exists():
        began = time.perf_counter()
        save_shard(kept, draw(job))
        print(f"drew {job.count} loops in {time.perf_counter() - began:.0f} s", flush=True)
    clips = load_shard(kept)
    store(job, names(clips), clips)


def draw(job: PoolJob) -> list[Clip]:
    """The loops themselves. Raises VjError when there is nothing to draw."""
    small, world = World(SMALL, 1.0), World(SIZE)
    specs = choose(small, job)
    if not specs:
        raise VjError("no generators in shaders/generators", "restore them from the repository")
    return [world.draw(closed(small, spec, job.frames)) for spec in specs]


@dataclass(frozen=True, slots=True)
class Made:
    """An entry before it is part of a pool: latents float [T, C, h, w], attributes and which are known, phases [T]."""

    TENSORS: ClassVar = ("latents", "attributes", "known", "phases")
    name: str
    caption: str
    palette: tuple[str, ...]
    source: str
    latents: Tensor
    attributes: Tensor
    known: Tensor
    phases: Tensor


def encoded(clip: Clip, house: House) -> Made:
    """A drawn clip as an entry; its name is still to be given."""
    import torch

    from engine.diffusion.conditioning import attribute_vector
    from engine.training.train_autoencoder import to_unit

    names = attribute_names()
    values, known = attribute_vector(names, clip.attributes, len(names))
    with torch.inference_mode():
        x = to_unit(clip.frames).to(house.dtype)
        latents = torch.cat([house.autoencoder.encode(x[i : i + 4]).float() for i in range(0, len(x), 4)])
    phases = torch.tensor(clip.phases)
    return Made("", clip.caption, clip.palette, "world", latents.clone(), values, known, phases)


def store(job: PoolJob, labels: Sequence[str], clips: Sequence[Clip]) -> None:
    """Encode clips of one shape into a pool."""
    from engine.model.house import load_house
    from engine.runtimes.runtime import best_dtype

    house = load_house(ROOT / "engine" / "assets", best_dtype())
    entries = [replace(encoded(clip, house), name=name) for name, clip in zip(labels, clips, strict=True)]
    finish(job.folder, job.name, entries, house, job.size)


def finish(folder: Path, name: str, entries: Sequence[Made], house: House, size: tuple[int, int]) -> None:
    """Write the pool, and its pool.mp4 for a stage without an engine. Names are made unique."""
    import torch

    from engine.pipelines.text2video import pictures
    from engine.pools import pool as pools

    eight, scale = pools.quantise(torch.stack([entry.latents for entry in entries]))
    pool = pools.LatentPool(
        name=name,
        entries=tuple(
            pools.Entry(label, entry.caption, entry.palette, entry.source)
            for label, entry in zip(unique([entry.name for entry in entries]), entries, strict=True)
        ),
        latents=eight,
        scale=scale,
        attributes=torch.stack([entry.attributes for entry in entries]),
        known=torch.stack([entry.known for entry in entries]),
        phases=torch.stack([entry.phases for entry in entries]),
        names=attribute_names(),
        size=size,
        autoencoder=house.sha["autoencoder"],
    )
    pools.save(folder, pool, f"Made by: vj prerender ({len(entries)} entries)")
    loops = [pictures([pool.frame(i, t) for t in range(pool.frames)], house, size) for i in range(len(entries))]
    encode(folder / "pool.mp4", lambda: (frame for loop in loops for frame in loop), size)
    seal_pool(folder, (entry.source for entry in entries))


def unique(labels: Sequence[str]) -> list[str]:
    """The same names, numbered where one comes again."""
    seen: Counter[str] = Counter()
    out = []
    for label in labels:
        seen[label] += 1
        out.append(label if seen[label] == 1 else f"{label}-{seen[label]}")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=SHIPPED)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    os.environ.setdefault("LP_NUM_THREADS", str(os.cpu_count() or 1))
    from vj.studio.shipped import POOLS

    job = POOLS[args.name]
    make(replace(job, count=args.count or job.count, frames=args.frames, seed=args.seed))


if __name__ == "__main__":
    main()
