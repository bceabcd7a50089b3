"""Draw the world and encode it, shard by shard: what the denoiser learns from. Nothing is drawn twice.

Training may read the folder while it grows. Seeds from 9000 on are held out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.studio.train import ATTRIBUTES
from vj.studio.world import SUPERSAMPLE, World, attribute_names

SHARD = 256
"""frames in a shard"""


@dataclass(frozen=True, slots=True)
class DrawJob:
    """How many clips of how many frames, of what size in pixels, and from which seed."""

    folder: Path
    clips: int = 1024
    frames: int = 1
    size: tuple[int, int] = (160, 96)
    seed: int = 0
    threads: int = 1
    """of the software renderer and of the encoder"""
    supersample: float = SUPERSAMPLE
    device: str = "cpu"
    """where they are encoded"""
    assets: Path = ROOT / "engine" / "assets"


def write(job: DrawJob, drawn: Callable[[int], None] = lambda clips: None) -> None:
    """`drawn` is called with the number of clips that are there after each shard. Raises VjError."""
    os.environ.setdefault("LP_NUM_THREADS", str(job.threads))
    import torch

    from engine.errors import EngineError
    from engine.model.house import AUTOENCODER, load_autoencoder
    from engine.runtimes.runtime import best_dtype
    from engine.training.latents import encode, save

    torch.set_num_threads(job.threads)
    try:
        model, sha = load_autoencoder(job.assets / AUTOENCODER, best_dtype())
    except EngineError as error:
        raise VjError(str(error)) from None
    model = model.to(job.device)
    world, names = World(job.size, job.supersample), attribute_names()
    per = max(1, SHARD // job.frames)
    for start in range(0, job.clips, per):
        path = job.folder / f"{job.seed:05d}-{start:07d}-{sha[:8]}.safetensors"
        if not path.exists():
            clips = [world.pair(job.seed, i, job.frames) for i in range(start, start + per)]
            save(path, encode(clips, model, names, ATTRIBUTES))
        drawn(min(job.clips, start + per))
