"""The house model from nothing to weights, step by step: the jobs of `vj train`.

A run that was cut goes on where its last checkpoint was; with `start` it begins with the weights of an earlier one.
More may be drawn while a run goes on.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vj.core.errors import VjError
from vj.core.paths import ROOT

if TYPE_CHECKING:
    from engine.model.dit import DiT
    from engine.training.latents import Folder
    from engine.training.train_denoiser import DenoiserRun, Look, Reached

ATTRIBUTES = 96
"""length of the attribute vector: what the world knows today, and room for more"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of encoded clips: `share` of the steps, and how many clips a minute of `vj train all` draws."""

    name: str
    frames: int
    size: str
    share: float
    per_minute: float


SHELVES = (
    Shelf("small", 1, "160x96", 0.28, 120.0),
    Shelf("middle", 1, "256x160", 0.25, 25.0),
    Shelf("large", 1, "384x224", 0.15, 8.0),
    Shelf("show", 1, "512x288", 0.17, 4.0),
    Shelf("clips", 8, "160x96", 0.15, 8.0),
)
"""what the denoiser is trained on: mostly small pictures, which are cheap, and some as large as they are shown"""
LATENTS = tuple(f"runs/latents/{shelf.name}:{shelf.share}" for shelf in SHELVES)


@dataclass(frozen=True, slots=True)
class TrainJob:
    """What `vj train` was asked for; 0 leaves a number to the stage."""

    minutes: float = 20.0
    """of all sessions of a run together"""
    threads: int = 0
    batch: int = 0
    rate: float = 0.0
    """highest learning rate"""
    world: tuple[Path, ...] = (Path("runs/world"),)
    """folders of drawn clips, for the autoencoder"""
    world_held: Path = Path("runs/held")
    """and drawn clips to judge it by"""
    latents: tuple[str, ...] = LATENTS
    """folders of encoded clips, each FOLDER:SHARE of the steps"""
    held: Path = Path("runs/latents/held")
    start: Path | None = None
    """weights to begin with where there is no checkpoint"""
    session: float = 0.0
    """minutes of this session at most; 0: no limit of its own"""
    every: float = 5.0
    """minutes between two checkpoints, each with an examination that costs a minute"""
    peer: Path | None = None
    """`runs` of another process that trains the same, to meet every now and then"""
    runs: Path = Path("runs")
    assets: Path = ROOT / "engine" / "assets"
    device: str = "cpu"
    seed: int = 0
    features: int = 1500
    """steps of the network that judges likeness"""
    captions: int = 80_000
    """that the prior learns from"""


def train_autoencoder(job: TrainJob) -> None:
    """Crops of runs/world-* -> runs/autoencoder. The network that says how far apart pictures look is trained first."""
    import numpy as np
    import torch

    from engine.diffusion.conditioning import attribute_vector
    from engine.runtimes.runtime import best_dtype
    from engine.training.data import Cache, crops
    from engine.training.perceptual import learn
    from engine.training.train_autoencoder import AutoencoderRun, to_unit, train
    from vj.studio.world import attribute_names

    names = attribute_names()
    caches, held = [Cache(folder) for folder in job.world], Cache(job.world_held)
    run = AutoencoderRun(job.runs / "autoencoder", job.minutes, job.batch or 16, peak=job.rate or 1e-3)
    run = replace(run, start=job.start, dtype=best_dtype())
    judged = np.stack([clip.frames[0] for clip in held.clips[:: max(1, len(held.clips) // 64)]])
    print(f"{sum(len(c.clips) for c in caches)} clips to learn from, {len(judged)} frames to judge by", flush=True)
    batches = crops(caches, run.batch, 128, seed=os.getpid())

    def labelled() -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        for pictures, clips in batches:
            rows = [attribute_vector(names, clip.attributes, ATTRIBUTES) for clip in clips]
            values, known = (torch.stack(part) for part in zip(*rows, strict=True))
            yield to_unit(pictures).float().to(memory_format=torch.channels_last), values, known

    run.folder.mkdir(parents=True, exist_ok=True)
    features = learn(run.folder / "features.pt", labelled(), ATTRIBUTES, job.features)
    train(run, (pictures for pictures, _ in batches), lambda: judged, features)


def train_decoder(job: TrainJob) -> None:
    """Pictures drawn on the way -> runs/decoder, for the encoder of `start` or of the assets."""
    import numpy as np

    from engine.model.house import AUTOENCODER
    from engine.runtimes.runtime import best_dtype
    from engine.training.train_decoder import DecoderRun, train
    from vj.studio.world import HELD_OUT, World

    world = World((512, 288))
    held = np.stack([world.draw(world.spec(HELD_OUT + 1, i, 1)).frames[0] for i in range(48)])
    run = DecoderRun(job.runs / "decoder", job.start or job.assets / AUTOENCODER, job.minutes, job.rate or 3e-4)
    run = replace(run, checkpoint_min=job.every, seed=job.seed, dtype=best_dtype())
    train(run, (world.draw(world.spec(job.seed, i, 1)).frames[0] for i in itertools.count()), held)


def train_prior(job: TrainJob) -> None:
    """Captions and what they say -> engine/assets/prior.safetensors. A minute."""
    import numpy as np
    import torch

    from engine.diffusion.conditioning import attribute_vector
    from engine.model.house import PRIOR, TEXT, load_text, save_prior
    from engine.model.prior import train
    from vj.studio.captions import for_prior, looks_of, own_colour, vocabulary
    from vj.studio.world import World, attribute_names, attributes

    world, names, rng = World((16, 16), 1.0), attribute_names(), np.random.default_rng(job.seed)
    texts, rows = [], []
    for i in range(job.captions):
        spec = world.spec(job.seed, i)
        params = {**spec.params, "speed": (attributes(spec)["speed"] + 1) / 2}
        text, spoken, shown, also = for_prior(i, spec.family, params, rng)
        if (palette := own_colour(text, spoken)) is not None:
            shown, spoken = {"palette": palette, "hue": 0.0}, spoken | {"palette"}
        spec = replace(spec, params={**spec.params, **shown})
        looks = looks_of(int(spec.params["palette"]), spec.params.get("hue", 0.0), spoken)
        # who names a colour means that colour: how far its hues are turned is said with it
        spoken |= frozenset(looks) | ({"hue_cos", "hue_sin"} if "palette" in spoken else set())
        things = {f"family/{name}": 0.5 for name in (spec.family, also)} if also else {}
        values, known = attribute_vector(names, attributes(spec) | looks | things, ATTRIBUTES)
        heard = [float(name.split("/")[0] in spoken or name in spoken) for name in names]
        texts.append(text)
        rows.append((values, known * torch.tensor(heard + [0.0] * (ATTRIBUTES - len(names)))))
    values, known = (torch.stack(part) for part in zip(*rows, strict=True))
    vectors, _ = load_text(job.assets / TEXT)(texts)
    _say(job.assets / PRIOR, save_prior(job.assets / PRIOR, train(vectors, values, known), vocabulary()))


def train_denoiser(job: TrainJob) -> None:
    """Latents of runs/latents/* -> runs/denoiser."""
    from engine.training.train_denoiser import train

    run, folders, held = denoiser_run(job, "denoiser")
    train(run, folders, held, sheets(job, "denoiser", held))


def train_recolour(job: TrainJob) -> None:
    """Pairs of runs/latents/* -> runs/recolour/start.safetensors: the network sees references in new colours."""
    from engine.model.house import save_denoiser
    from engine.training.train_recolour import train
    from vj.studio.world import attribute_names

    run, folders, held = denoiser_run(job, "recolour")
    model = train(run, folders, held)
    path = run.folder / "start.safetensors"
    _say(path, save_denoiser(path, model, attribute_names(), leaps=model.leaps))


def distil(job: TrainJob) -> None:
    """--start, else what runs/denoiser holds -> runs/distil: the same in one to four steps, guidance baked in."""
    from engine.model.house import save_denoiser
    from engine.training.distil import train
    from engine.training.train_denoiser import finished
    from vj.studio.world import attribute_names

    if job.start is None and (path := job.runs / "denoiser" / "denoiser.pt").exists():
        job = replace(job, start=job.runs / "teacher.safetensors")
        assert job.start is not None
        save_denoiser(job.start, finished(path), attribute_names())
    run, folders, held = denoiser_run(job, "distil")
    train(run, folders, held, sheets(job, "distil", held))


def denoiser_run(job: TrainJob, name: str) -> tuple[DenoiserRun, list[tuple[Folder, float]], Folder]:
    """What both stages need: the run, the folders of latents with the share of steps each gets, the held-out one."""
    import torch

    from engine.model.house import TEXT, load_text
    from engine.runtimes.runtime import best_dtype
    from engine.training.batches import Diet
    from engine.training.latents import Folder
    from engine.training.train_denoiser import DenoiserRun
    from vj.studio.world import attribute_names

    text = load_text(job.assets / TEXT)

    def embed(captions: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        vectors, known = text(captions)
        return vectors.half(), known.half()

    shares = [entry.partition(":") for entry in job.latents]
    folders = [(Folder(Path(path), embed), float(share or 1)) for path, _, share in shares]
    held = Folder(job.held, embed)
    for folder, share in folders:
        print(f"{folder.folder}: {len(folder)} clips of {folder.frames} frames, share {share:g}", flush=True)
    run = DenoiserRun(job.runs / name, job.minutes, job.rate or 1e-3, seed=job.seed, device=job.device)
    peer = None if job.peer is None else job.peer / name
    run = replace(
        run,
        session=job.session,
        checkpoint_min=job.every,
        dtype=best_dtype() if job.device == "cpu" else torch.bfloat16,
    )
    groups, looks = groups_of(attribute_names())
    diet = Diet(tokens=job.batch or 960, groups=groups, looks=looks)
    return replace(run, start=job.start, peer=peer, diet=diet), folders, held


def groups_of(names: Sequence[str]) -> tuple[tuple[int, ...], int]:
    """Which attributes are said together, as numbers of ATTRIBUTES groups, and the group of what is measured."""
    from vj.studio.world import MEASURED

    kinds = ["looks" if name in MEASURED else name.split("/")[0].split("_")[0] for name in names]
    kinds += [f"free {i}" for i in range(ATTRIBUTES - len(names))]
    order = list(dict.fromkeys(kinds))
    return tuple(order.index(kind) for kind in kinds), order.index("looks")


def sheets(job: TrainJob, name: str, held: Folder) -> Look:
    """Draws samples and morphs into runs/NAME at every checkpoint, and adds a line to progress.jsonl."""
    import torch

    from engine.model.house import AUTOENCODER, load_autoencoder
    from engine.runtimes.runtime import best_dtype
    from engine.training.log import save_png
    from engine.training.sheets import Judge
    from vj.studio.progress import note

    autoencoder = load_autoencoder(job.assets / AUTOENCODER, best_dtype())[0]

    def look(dit: DiT, reached: Reached) -> None:
        judge = Judge(autoencoder, dit.to("cpu"), held)  # a throw-away copy, drawn where the held-out clips are
        with torch.inference_mode():
            save_png(job.runs / name / "samples.png", judge.samples())
            save_png(job.runs / name / "morph.png", judge.strip(3, 20))
        note(job.runs / name / "progress.jsonl", name, job.assets, judge.dit, reached)

    return look


def train_judge(job: TrainJob) -> None:
    """Latents of the first shelf -> engine/assets/judge.safetensors, which `vj eval` measures with."""
    import torch

    from engine.model.house import AUTOENCODER, load_autoencoder
    from engine.model.judge import JUDGE, save_judge
    from engine.training.latents import Folder
    from engine.training.log import Log
    from engine.training.train_judge import train
    from vj.studio.world import attribute_names

    def silent(captions: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.zeros(len(captions), 1), torch.zeros(len(captions))

    folder = Folder(job.runs / "latents" / SHELVES[0].name, silent)
    sha = load_autoencoder(job.assets / AUTOENCODER, torch.float32)[1]
    judge = train(folder, attribute_names(), Log(job.runs / "judge", 200), job.batch or 4000)
    _say(job.assets / JUDGE, save_judge(job.assets / JUDGE, judge, sha))


def export(job: TrainJob) -> None:
    """What is trained so far -> engine/assets, as bf16 safetensors; of the denoisers the newer one."""
    import torch

    from engine.model.house import AUTOENCODER, DENOISER, load_autoencoder, save_autoencoder, save_denoiser
    from engine.training import train_autoencoder as first
    from engine.training import train_decoder as decoder
    from engine.training import train_denoiser as second
    from vj.studio.world import attribute_names

    if (path := job.runs / "autoencoder" / "autoencoder.pt").exists():
        _say(job.assets / AUTOENCODER, save_autoencoder(job.assets / AUTOENCODER, first.finished(path)))
    if (path := job.runs / "decoder" / "decoder.pt").exists():
        of = load_autoencoder(job.assets / AUTOENCODER, torch.float32)[1]
        model = decoder.finished(path, job.assets / AUTOENCODER)
        _say(job.assets / AUTOENCODER, save_autoencoder(job.assets / AUTOENCODER, model, latents=of))
    made = [p for name in ("denoiser", "distil") if (p := job.runs / name / "denoiser.pt").exists()]
    if made:
        newest = max(made, key=lambda path: path.stat().st_mtime)
        leaps = newest.parent.name == "distil"
        sha = save_denoiser(job.assets / DENOISER, second.finished(newest), attribute_names(), leaps=leaps)
        _say(job.assets / DENOISER, sha)


def _say(path: Path, sha: str) -> None:
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, sha256 {sha[:12]}")


STAGES: dict[str, Callable[[TrainJob], None]] = {
    "autoencoder": train_autoencoder,
    "decoder": train_decoder,
    "prior": train_prior,
    "judge": train_judge,
    "recolour": train_recolour,
    "denoiser": train_denoiser,
    "distil": distil,
    "export": export,
}


def run(stage: str, job: TrainJob) -> None:
    """Raises VjError in one line for whatever the engine cannot do."""
    import torch

    from engine.errors import EngineError

    if job.threads:
        torch.set_num_threads(job.threads)
    try:
        STAGES[stage](job)
    except EngineError as error:
        raise VjError(str(error)) from None
