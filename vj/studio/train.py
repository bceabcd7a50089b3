"""Train the house model on the world: `python -m vj.studio.train autoencoder|denoiser --minutes M --threads 2`.

Draw some shards first (`python -m vj.studio.world runs/world`); more may be drawn while the training runs.
A run that was cut goes on where its last checkpoint was.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def _autoencoder(args: argparse.Namespace) -> None:
    import numpy as np

    from engine.training.data import Cache, crops
    from engine.training.train_autoencoder import AutoencoderRun, train

    cache, held = Cache(args.world), Cache(args.held)

    def held_out():  # type: ignore[no-untyped-def]  # numpy is loaded here only
        held.refresh()
        every = max(1, len(held.clips) // 32)
        return np.stack([clip.frames[0] for clip in held.clips[::every]])

    run = AutoencoderRun(args.folder, args.minutes, args.batch or 16, peak=args.rate or 1e-3)
    print(f"{len(cache.clips)} clips to learn from, {len(held.clips)} held out")
    train(run, crops(cache, run.batch, 128, seed=os.getpid()), held_out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("autoencoder",))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch likes")
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0, help="highest learning rate")
    parser.add_argument("--world", type=Path, default=Path("runs/world"))
    parser.add_argument("--held", type=Path, default=Path("runs/held"))
    parser.add_argument("--folder", type=Path, default=None)
    args = parser.parse_args()
    args.folder = args.folder or Path("runs") / args.what
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    _autoencoder(args)


if __name__ == "__main__":
    main()
