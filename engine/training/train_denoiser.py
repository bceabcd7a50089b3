"""Train the denoiser on cached latents: the flow's velocity, everything known told, everything left out at times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.diffusion.conditioning import attribute_vector, dropped, without
from engine.diffusion.contracts import Conditioning
from engine.diffusion.schedule import add_noise, training_levels
from engine.errors import WeightsError
from engine.model.autoencoder import Autoencoder
from engine.model.dit import DiT, DiTConfig
from engine.model.text import TextTable
from engine.training.data import Cache
from engine.training.log import Log, load_checkpoint, save_checkpoint
from engine.training.optim import MasterAdamW, rate
from engine.training.train_autoencoder import to_unit


@dataclass(frozen=True, slots=True)
class DenoiserRun:
    """How long and how. `single` is the share of steps on single frames; the others see whole clips."""

    folder: Path
    names: tuple[str, ...]
    vocabulary: tuple[str, ...]
    minutes: float = 25.0
    frames: int = 32
    """frames in a batch, whether single or in clips"""
    single: float = 0.7
    drop: float = 0.12
    """chance that text, attributes or phases are left out, each on its own"""
    peak: float = 1e-3
    checkpoint_min: float = 2.0
    compiled: bool = True
    seed: int = 0
    config: DiTConfig = field(default_factory=DiTConfig)


@dataclass(frozen=True, slots=True)
class Latents:
    """Encoded clips: latents bf16 [N, T, C, h, w], attributes [N, A], phases [N, T], captions."""

    latents: Tensor
    attributes: Tensor
    phases: Tensor
    captions: tuple[str, ...]


def encode(cache: Cache, model: Autoencoder, names: Sequence[str], length: int) -> Latents:
    """All clips of a cache (which must share one shape) through the encoder."""
    rows = []
    with torch.inference_mode():
        for clip in cache.clips:
            rows.append(model.encode(to_unit(clip.frames).to(memory_format=torch.channels_last)).to(torch.bfloat16))
    return Latents(
        torch.stack(rows).clone(),
        torch.stack([attribute_vector(names, clip.attributes, length) for clip in cache.clips]),
        torch.tensor([clip.phases for clip in cache.clips]),
        tuple(clip.caption for clip in cache.clips),
    )


class Batches:
    """Random batches of single frames or of whole clips."""

    def __init__(self, data: Latents, text: TextTable, seed: int) -> None:
        self.data, self.text = data, text
        self.generator = torch.Generator().manual_seed(seed)

    def take(self, count: int, single: bool) -> tuple[Tensor, Conditioning]:
        """Clean latents [B, C, F, h, w] and all that is known of them; `count` frames together."""
        total, frames = self.data.latents.shape[:2]
        b = count if single else count // frames
        at = torch.randint(total, (b,), generator=self.generator)
        latents, phases = self.data.latents[at], self.data.phases[at]
        if single:
            pick = torch.randint(frames, (b,), generator=self.generator)
            latents, phases = latents[torch.arange(b), pick][:, None], phases[torch.arange(b), pick][:, None]
        return latents.transpose(1, 2), self.known(at, phases)

    def known(self, at: Tensor, phases: Tensor) -> Conditioning:
        ones = torch.ones(len(at))
        vectors, heard = self.text([self.data.captions[int(i)] for i in at])
        return Conditioning(vectors, self.data.attributes[at], phases, heard.float(), ones, ones)

    def levels(self, b: int, frames: int) -> Tensor:
        """Noise levels [B, F]: single frames all over; in clips shared, independent, or with clean frames to go by."""
        shared = training_levels((b, 1), self.generator).expand(b, frames)
        if frames == 1:
            return shared
        own = training_levels((b, frames), self.generator)
        clean = own * (torch.arange(frames) >= frames // 2)
        kind = torch.rand((b, 1), generator=self.generator)
        return torch.where(kind < 0.5, shared, torch.where(kind < 0.75, own, clean))


def train(run: DenoiserRun, data: Latents, held: Latents, look: Callable[[DiT, TextTable], None]) -> Path:
    """Train for `run.minutes` (all sessions together) into FOLDER/denoiser.pt; returns its path.

    `look` is called with the averaged weights at every checkpoint, to draw sheets.
    """
    torch.manual_seed(run.seed)
    both = nn.ModuleDict({"dit": DiT(run.config), "text": TextTable(run.vocabulary, run.config.text)})
    both = both.to(torch.bfloat16)
    dit, text = both["dit"], both["text"]
    assert isinstance(dit, DiT) and isinstance(text, TextTable)
    optim, log, batches = MasterAdamW(both, 0.01, run.compiled), Log(run.folder), Batches(data, text, run.seed)
    path, spent, step = run.folder / "denoiser.pt", 0.0, 0
    if (state := load_checkpoint(path)) is not None:
        optim.load(state["optim"])
        spent, step = float(state["spent"]), int(state["step"])
        batches.generator.manual_seed(run.seed + step)
        log.line(f"goes on from step {step} after {spent / 60:.1f} min")
    if run.compiled:
        for block in dit.blocks:
            block.compile(dynamic=False)
    started = last = time.perf_counter()

    def keep() -> None:
        state = {"optim": optim.state(), "step": step, "spent": spent + time.perf_counter() - started}
        save_checkpoint(path, {**state, "config": asdict(run.config), "vocabulary": list(run.vocabulary)})
        smooth = averaged(run, optim)
        log.line(f"held out: step {step} {judge(*smooth, held)}")
        look(*smooth)

    while (now := spent + time.perf_counter() - started) < run.minutes * 60:
        single = float(torch.rand((), generator=batches.generator)) < run.single
        loss = _loss(dit, batches, run, single)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = optim.step(rate(now / (run.minutes * 60), step, run.peak))
        step += 1
        log.step(step, {"loss": float(loss.detach()), "norm": norm})
        if time.perf_counter() - last > run.checkpoint_min * 60:
            keep()
            last = time.perf_counter()
    keep()
    return path


def _loss(dit: DiT, batches: Batches, run: DenoiserRun, single: bool) -> Tensor:
    clean, cond = batches.take(run.frames, single)
    t = batches.levels(clean.shape[0], clean.shape[2])
    noise = torch.randn(clean.shape, generator=batches.generator).to(clean.dtype)
    got: Tensor = dit(add_noise(clean, noise, t), t, dropped(cond, run.drop, batches.generator))
    error = (got.float() - (noise - clean).float()).square().mean((1, 3, 4))
    noisy = (t > 0).float()  # what is clean is given: there is nothing to learn from it
    return (error * noisy).sum() / noisy.sum().clamp(min=1)


def averaged(run: DenoiserRun, optim: MasterAdamW) -> tuple[DiT, TextTable]:
    """bf16 copies with the averaged weights."""
    both = nn.ModuleDict({"dit": DiT(run.config), "text": TextTable(run.vocabulary, run.config.text)})
    both.load_state_dict(optim.averaged())
    both = both.to(torch.bfloat16).eval().requires_grad_(False)
    dit, text = both["dit"], both["text"]
    assert isinstance(dit, DiT) and isinstance(text, TextTable)
    return dit, text


def finished(path: Path, names: tuple[str, ...]) -> tuple[DiT, TextTable]:
    """The averaged weights of a checkpoint. Raises WeightsError when there is none."""
    state = load_checkpoint(path)
    if state is None:
        raise WeightsError(f"{path}: No such file", "train first: python -m vj.studio.train denoiser")
    run = DenoiserRun(path.parent, names, tuple(state["vocabulary"]), config=DiTConfig(**state["config"]))
    both = nn.ModuleDict({"dit": DiT(run.config), "text": TextTable(run.vocabulary, run.config.text)})
    for (_, parameter), value in zip(both.named_parameters(), state["optim"]["ema"], strict=True):
        parameter.data.copy_(value)
    both = both.to(torch.bfloat16).eval().requires_grad_(False)
    dit, text = both["dit"], both["text"]
    assert isinstance(dit, DiT) and isinstance(text, TextTable)
    return dit, text


@torch.no_grad()
def judge(dit: DiT, text: TextTable, held: Latents, count: int = 128) -> str:
    """Loss on held-out single frames at fixed levels and noise: all told, nothing told, and told of another clip."""
    batches = Batches(held, text, 1)
    count = min(count, len(held.captions))
    at = torch.arange(count)
    clean = held.latents[:count, :1].transpose(1, 2)
    noise = torch.randn(clean.shape, generator=batches.generator).to(clean.dtype)
    told = batches.known(at, held.phases[:count, :1])
    wrong = batches.known((at + count // 2) % count, held.phases[:count, :1])
    words = []
    for level in (0.25, 0.5, 0.75, 1.0):
        t = torch.full((count, 1), level)
        x, want = add_noise(clean, noise, t), (noise - clean).float()
        losses = [
            float((dit(x, t, c).float() - want).square().mean()) for c in (told, without(told, phases=True), wrong)
        ]
        words.append(f"t={level} " + "/".join(f"{loss:.3f}" for loss in losses))
    return "told/untold/wrong: " + " ".join(words)
