"""Train the house model on the world, and export it.

    python -m vj.studio.world runs/world --clips 1024 --seed 1     draw clips to learn from (several seeds at once)
    python -m vj.studio.world runs/held --clips 128 --frames 4 --seed 9000     and some to judge by
    python -m vj.studio.train autoencoder --minutes 25 --threads 2
    python -m vj.studio.train denoiser --minutes 25 --threads 2
    python -m vj.studio.train export

More may be drawn while the autoencoder trains. A run that was cut goes on where its last checkpoint was.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vj.core.paths import ROOT

if TYPE_CHECKING:
    from engine.model.dit import DiT
    from engine.model.text import TextTable
    from engine.training.train_denoiser import Latents

ATTRIBUTES = 64
"""length of the attribute vector: what the world knows today, and room for more"""


def train_autoencoder(args: argparse.Namespace) -> None:
    """Crops of runs/world -> runs/autoencoder."""
    import numpy as np

    from engine.training.data import Cache, crops
    from engine.training.train_autoencoder import AutoencoderRun, train

    cache, held = Cache(args.world), Cache(args.held)
    run = AutoencoderRun(args.runs / "autoencoder", args.minutes, args.batch or 16, peak=args.rate or 1e-3)
    every = max(1, len(held.clips) // 32)
    judged = np.stack([clip.frames[0] for clip in held.clips[::every]])
    print(f"{len(cache.clips)} clips to learn from, {len(judged)} frames to judge by", flush=True)
    train(run, crops(cache, run.batch, 128, seed=os.getpid()), lambda: judged)


def train_denoiser(args: argparse.Namespace) -> None:
    """Latents of runs/world -> runs/denoiser. Encodes the world first, once per set of shards and weights."""
    from engine.training.train_denoiser import DenoiserRun, train
    from vj.studio.captions import vocabulary
    from vj.studio.world import attribute_names

    run = DenoiserRun(
        args.runs / "denoiser",
        attribute_names(),
        tuple(vocabulary()),
        args.minutes,
        frames=args.batch or 32,
        peak=args.rate or 1e-3,
    )
    data, held = (encoded(args, folder) for folder in (args.world, args.held))
    print(f"{len(data.captions)} clips to learn from, {len(held.captions)} to judge by", flush=True)
    train(run, data, held, sheets(args, held))


def encoded(args: argparse.Namespace, folder: Path) -> Latents:
    """The clips of a folder as latents, kept beside it until shards or weights change."""
    import torch

    from engine.training.data import Cache
    from engine.training.train_autoencoder import finished
    from engine.training.train_denoiser import Latents, encode
    from vj.studio.world import attribute_names

    cache = Cache(folder)
    weights = args.runs / "autoencoder" / "autoencoder.pt"
    key = f"{len(cache.clips)} {weights.stat().st_mtime_ns}"
    path = args.runs / f"{folder.name}.latents.pt"
    if path.exists() and (kept := torch.load(path, weights_only=True))["key"] == key:
        return Latents(kept["latents"], kept["attributes"], kept["phases"], tuple(kept["captions"]))
    made = encode(cache, finished(weights), attribute_names(), ATTRIBUTES)
    both = {"latents": made.latents, "attributes": made.attributes, "phases": made.phases}
    torch.save({"key": key, **both, "captions": list(made.captions)}, path)
    return made


def sheets(args: argparse.Namespace, held: Latents) -> Callable[[DiT, TextTable], None]:
    """Draws two morphs into runs/denoiser/morph-N.png at every checkpoint."""
    import torch

    from engine.training.log import save_png
    from engine.training.sheets import Judge
    from engine.training.train_autoencoder import finished

    autoencoder = finished(args.runs / "autoencoder" / "autoencoder.pt")

    def look(dit: DiT, text: TextTable) -> None:
        judge = Judge(autoencoder, dit, text, held)
        with torch.inference_mode():
            for n, (a, b) in enumerate(((3, 20), (11, 40))):
                save_png(args.runs / "denoiser" / f"morph-{n}.png", judge.strip(a, b))

    return look


def export(args: argparse.Namespace) -> None:
    """What is trained so far -> engine/assets, as bf16 safetensors."""
    from engine.model.house import AUTOENCODER, DENOISER, save_autoencoder, save_denoiser
    from engine.training import train_autoencoder as first
    from engine.training import train_denoiser as second
    from vj.studio.world import attribute_names

    assets = ROOT / "engine" / "assets"
    assets.mkdir(exist_ok=True)
    for name, what in ((AUTOENCODER, "autoencoder"), (DENOISER, "denoiser")):
        path = args.runs / what / f"{what}.pt"
        if not path.exists():
            continue
        if what == "autoencoder":
            sha = save_autoencoder(assets / name, first.finished(path))
        else:
            sha = save_denoiser(assets / name, *second.finished(path, attribute_names()), attribute_names())
        print(f"{assets / name}: {(assets / name).stat().st_size / 1e6:.1f} MB, sha256 {sha[:12]}")


COMMANDS = {"autoencoder": train_autoencoder, "denoiser": train_denoiser, "export": export}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=tuple(COMMANDS))
    parser.add_argument("--minutes", type=float, default=20.0, help="of all sessions of this run together")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch likes")
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0, help="highest learning rate")
    parser.add_argument("--world", type=Path, default=Path("runs/world"))
    parser.add_argument("--held", type=Path, default=Path("runs/held"))
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    args = parser.parse_args()
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    COMMANDS[args.what](args)


if __name__ == "__main__":
    main()
