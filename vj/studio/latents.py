"""Draw the world and encode it, shard by shard: what the denoiser learns from. Nothing is drawn twice.

    python -m vj.studio.latents runs/latents/small --size 160x96 --clips 60000 --seed 10

Training may read the folder while it grows. Seeds from 9000 on are held out.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from vj.core.paths import ROOT
from vj.options import size_of
from vj.studio.train import ATTRIBUTES
from vj.studio.world import World, attribute_names

SHARD = 256
"""frames in a shard"""


def write(args: argparse.Namespace) -> None:
    import torch

    from engine.model.house import AUTOENCODER, load_autoencoder
    from engine.runtimes.runtime import best_dtype
    from engine.training.latents import encode, save

    torch.set_num_threads(args.threads)
    model, sha = load_autoencoder(args.assets / AUTOENCODER, best_dtype())
    size = size_of(args.size)
    assert size is not None
    world, names = World(size, args.supersample), attribute_names()
    per = max(1, SHARD // args.frames)
    began, made = time.perf_counter(), 0
    for start in range(0, args.clips, per):
        path = args.folder / f"{args.seed:05d}-{start:07d}-{sha[:8]}.safetensors"
        if path.exists():
            continue
        clips = [world.draw(world.spec(args.seed, i, args.frames)) for i in range(start, start + per)]
        save(path, encode(clips, model, names, ATTRIBUTES))
        made += per * args.frames
        if made // 4096 != (made - per * args.frames) // 4096:
            print(f"{start + per} clips, {made / (time.perf_counter() - began):.0f} frames/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="160x96")
    parser.add_argument("--clips", type=int, default=1024)
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of the software renderer and the encoder")
    parser.add_argument("--supersample", type=float, default=1.5)
    parser.add_argument("--assets", type=Path, default=ROOT / "engine" / "assets", help="where the autoencoder is")
    args = parser.parse_args()
    os.environ.setdefault("LP_NUM_THREADS", str(args.threads))
    write(args)


if __name__ == "__main__":
    main()
