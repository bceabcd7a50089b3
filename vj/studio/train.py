"""Train the house model on the world, and export it.

    python -m vj.studio.world runs/world --clips 4096 --frames 1 --size 512x288 --seed 1      pictures for the autoencoder
    python -m vj.studio.world runs/held --clips 128 --frames 1 --size 512x288 --seed 9000     and some to judge by
    python -m vj.studio.train autoencoder --minutes 55 --threads 2
    python -m vj.studio.train export
    python -m vj.studio.latents runs/latents/small --size 160x96 --clips 60000 --seed 10      latents for the denoiser
    python -m vj.studio.latents runs/latents/held --size 256x160 --clips 512 --seed 9100
    python -m vj.studio.train denoiser --minutes 90 --threads 2 --held runs/latents/held
    python -m vj.studio.train distil --minutes 20 --threads 2 --held runs/latents/held
    python -m vj.studio.train export

More may be drawn while a run goes on. A run that was cut goes on where its last checkpoint was; with --start it begins
with the weights of an earlier one.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vj.core.paths import ROOT

if TYPE_CHECKING:
    from engine.model.dit import DiT
    from engine.training.latents import Folder
    from engine.training.train_denoiser import DenoiserRun

ATTRIBUTES = 96
"""length of the attribute vector: what the world knows today, and room for more"""


def train_autoencoder(args: argparse.Namespace) -> None:
    """Crops of runs/world-* -> runs/autoencoder. The network that says how far apart pictures look is trained first."""
    import numpy as np
    import torch

    from engine.diffusion.conditioning import attribute_vector
    from engine.training.data import Cache, crops
    from engine.training.perceptual import learn
    from engine.training.train_autoencoder import AutoencoderRun, to_unit, train
    from vj.studio.world import attribute_names

    names = attribute_names()
    caches, held = [Cache(folder) for folder in args.world], Cache(args.held)
    run = AutoencoderRun(args.runs / "autoencoder", args.minutes, args.batch or 16, peak=args.rate or 1e-3)
    run = replace(run, start=args.start)
    judged = np.stack([clip.frames[0] for clip in held.clips[:: max(1, len(held.clips) // 64)]])
    print(f"{sum(len(c.clips) for c in caches)} clips to learn from, {len(judged)} frames to judge by", flush=True)
    batches = crops(caches, run.batch, 128, seed=os.getpid())

    def labelled() -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        for pictures, clips in batches:
            rows = [attribute_vector(names, clip.attributes, ATTRIBUTES) for clip in clips]
            values, known = (torch.stack(part) for part in zip(*rows, strict=True))
            yield to_unit(pictures).float().to(memory_format=torch.channels_last), values, known

    run.folder.mkdir(parents=True, exist_ok=True)
    features = learn(run.folder / "features.pt", labelled(), ATTRIBUTES, args.features)
    train(run, (pictures for pictures, _ in batches), lambda: judged, features)


def train_denoiser(args: argparse.Namespace) -> None:
    """Latents of runs/latents/* -> runs/denoiser."""
    from engine.training.train_denoiser import train

    run, folders, held = denoiser_run(args, "denoiser")
    train(run, folders, held, sheets(args, "denoiser", held))


def distil(args: argparse.Namespace) -> None:
    """runs/denoiser (or --start) -> runs/distil: the same in one to four steps, guidance baked in."""
    from engine.training.distil import train

    run, folders, held = denoiser_run(args, "distil")
    train(run, folders, held, sheets(args, "distil", held))


def denoiser_run(args: argparse.Namespace, name: str) -> tuple[DenoiserRun, list[tuple[Folder, float]], Folder]:
    """What both stages need: the run, the folders of latents with the share of steps each gets, the held-out one."""
    import torch

    from engine.model.house import TEXT, load_text
    from engine.training.batches import Diet
    from engine.training.latents import Folder
    from engine.training.train_denoiser import DenoiserRun

    text = load_text(args.assets / TEXT)[0]

    def embed(captions: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        vectors, known = text(captions)
        return vectors.half(), known.half()

    shares = [entry.split(":") for entry in args.latents]
    folders = [(Folder(Path(path), embed), float(share or 1)) for path, share in ((e[0], *e[1:], "1")[:2] for e in shares)]
    held = Folder(args.held, embed)
    for folder, share in folders:
        print(f"{folder.folder}: {len(folder)} clips of {folder.frames} frames, share {share:g}", flush=True)
    run = DenoiserRun(args.runs / name, args.minutes, args.rate or 1e-3, device=args.device, start=args.start)
    return replace(run, diet=Diet(tokens=args.batch or 960)), folders, held


def sheets(args: argparse.Namespace, name: str, held: Folder) -> Callable[[DiT], None]:
    """Draws samples and morphs into runs/NAME at every checkpoint."""
    import torch

    from engine.model.house import AUTOENCODER, load_autoencoder
    from engine.training.log import save_png
    from engine.training.sheets import Judge

    autoencoder = load_autoencoder(args.assets / AUTOENCODER, torch.bfloat16)[0]

    def look(dit: DiT) -> None:
        judge = Judge(autoencoder, dit, held)
        with torch.inference_mode():
            save_png(args.runs / name / "samples.png", judge.samples())
            save_png(args.runs / name / "morph.png", judge.strip(3, 20))

    return look


def export(args: argparse.Namespace) -> None:
    """What is trained so far -> engine/assets, as bf16 safetensors; of the denoisers the newer one."""
    from engine.model.house import AUTOENCODER, DENOISER, save_autoencoder, save_denoiser
    from engine.training import train_autoencoder as first
    from engine.training import train_denoiser as second
    from vj.studio.world import attribute_names

    if (path := args.runs / "autoencoder" / "autoencoder.pt").exists():
        _say(args.assets / AUTOENCODER, save_autoencoder(args.assets / AUTOENCODER, first.finished(path)))
    made = [p for name in ("denoiser", "distil") if (p := args.runs / name / "denoiser.pt").exists()]
    if made:
        newest = max(made, key=lambda path: path.stat().st_mtime)
        sha = save_denoiser(args.assets / DENOISER, second.finished(newest), attribute_names())
        _say(args.assets / DENOISER, sha)


def _say(path: Path, sha: str) -> None:
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, sha256 {sha[:12]}")


COMMANDS = {"autoencoder": train_autoencoder, "denoiser": train_denoiser, "distil": distil, "export": export}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=tuple(COMMANDS))
    parser.add_argument("--minutes", type=float, default=20.0, help="of all sessions of this run together")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch likes")
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0, help="highest learning rate")
    parser.add_argument("--world", type=Path, nargs="+", default=[Path("runs/world")], help="folders of shards")
    parser.add_argument("--start", type=Path, help="weights to begin with where there is no checkpoint")
    parser.add_argument("--features", type=int, default=1500, help="steps of the network that judges likeness")
    parser.add_argument("--held", type=Path, default=Path("runs/held"))
    parser.add_argument("--latents", nargs="+", default=["runs/latents/small"], help="folders, each FOLDER[:SHARE]")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--assets", type=Path, default=ROOT / "engine" / "assets")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    args = parser.parse_args()
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    COMMANDS[args.what](args)


if __name__ == "__main__":
    main()
