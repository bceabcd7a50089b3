"""Make a latent pool from the world: `python -m vj.studio.prerender house`.

Candidates of every family are drawn small, the prettiest are kept (contrast, colour, palettes spread), drawn as
closed loops, encoded by the house model, and decoded again into pool.mp4 for a stage without an engine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.clips import Clip, load_shard, save_shard
from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.studio.captions import PALETTES, caption
from vj.studio.world import SIZE, Spec, World, attribute_names

SMALL = (192, 112)
STEP = 14.0
"""how far apart neighbouring frames of a loop may be at its fastest (mean difference, 0-255): more would flicker"""
SWAY = ("warp", "twist", "scale", "density", "detail")
"""what swings beside the motion, so that the way back is not the way there; the first that the family has"""
LARGEST_MP4 = 6_000_000


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
    drawn: Path = Path("runs/loops")
    """where the drawn loops are kept, so that a better autoencoder need not draw them again"""


def beauty(frame: NDArray[np.uint8]) -> float:
    """Contrast and colourfulness (Hasler and Suesstrunk 2003) of uint8 [H, W, 3]; glare and darkness cost."""
    x = frame.astype(np.float32)
    rg, yb = x[..., 0] - x[..., 1], 0.5 * (x[..., 0] + x[..., 1]) - x[..., 2]
    colour = float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))
    luma = x @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    glare, dark = float((luma > 215).mean()), float((luma < 10).mean())
    return colour + 1.2 * float(luma.std()) - 120 * max(0.0, glare - 0.1) - 60 * max(0.0, dark - 0.5)


def choose(world: World, job: PoolJob) -> list[Spec]:
    """The prettiest candidates, as many of each family as of any other, palettes spread."""
    families = world.families()
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
    specs = [replace(s, params={**s.params, "hue": 0.0}, phases=(_start(s),)) for s in specs]
    specs = [replace(s, caption=caption(family, s.params, np.random.default_rng(i))) for i, s in enumerate(specs)]
    return [(beauty(world.draw(s).frames[0]), s) for s in specs]


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
    seen: Counter[str] = Counter()
    out = []
    for clip in clips:
        family, palette = (
            next(key.split("/")[1] for key in clip.attributes if key.startswith(kind))
            for kind in ("family/", "palette/")
        )
        name = f"{family}-{PALETTES[int(palette)][0]}"
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return out


def make(job: PoolJob) -> None:
    """Draw, choose, encode, write. Raises WeightsError without an autoencoder."""
    kept = job.drawn / f"{job.name}-{job.seed}-{job.count}-{job.frames}"
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


def store(job: PoolJob, labels: Sequence[str], clips: Sequence[Clip]) -> None:
    """Encode clips of one shape into a pool, and decode them again into its pool.mp4."""
    import torch

    from engine.diffusion.conditioning import attribute_vector
    from engine.model.house import load_house
    from engine.pipelines.poolwalk import to_frames
    from engine.pools import pool as pools
    from engine.runtimes.runtime import best_dtype
    from engine.training.train_autoencoder import to_unit

    house = load_house(ROOT / "engine" / "assets", best_dtype())
    known = attribute_names()
    told = [attribute_vector(known, c.attributes, len(known)) for c in clips]
    with torch.inference_mode():
        latents = torch.stack([house.autoencoder.encode(to_unit(c.frames).to(house.dtype)).float() for c in clips])
        eight, scale = pools.quantise(latents)
        pool = pools.LatentPool(
            name=job.name,
            entries=tuple(pools.Entry(n, c.caption, c.palette, "world") for n, c in zip(labels, clips, strict=True)),
            latents=eight,
            scale=scale,
            attributes=torch.stack([values for values, _ in told]),
            known=torch.stack([counts for _, counts in told]),
            phases=torch.tensor([c.phases for c in clips]),
            names=known,
            size=job.size,
            autoencoder=house.sha["autoencoder"],
        )
        pools.save(job.folder, pool, f"Made by: python -m vj.studio.prerender {job.name} --seed {job.seed}")

        def decoded() -> Iterator[NDArray[np.uint8]]:
            for i in range(len(clips)):
                frames = torch.stack([pool.frame(i, t) for t in range(pool.frames)]).to(house.dtype)
                yield to_frames(house.autoencoder.decode(frames), job.size)

        loops = list(decoded())
    write_mp4(job.folder / "pool.mp4", loops)


def write_mp4(path: Path, loops: Sequence[NDArray[np.uint8]], fps: int = 12) -> None:
    """H.264, all loops one after another, as fine as fits into LARGEST_MP4 bytes."""
    import av

    for quality in ("27", "30", "33", "36", "40"):
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("libx264", rate=fps)
            stream.height, stream.width = loops[0].shape[1:3]
            stream.pix_fmt, stream.options = "yuv420p", {"crf": quality, "preset": "medium", "threads": "1"}
            for frame in (f for loop in loops for f in loop):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())
        if path.stat().st_size <= LARGEST_MP4:
            break
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB at crf {quality}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--count", type=int, default=102)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    os.environ.setdefault("LP_NUM_THREADS", str(os.cpu_count() or 1))
    job = PoolJob(args.name, ROOT / "latent_pools" / args.name, args.count, args.frames, seed=args.seed)
    make(job)


if __name__ == "__main__":
    main()
