"""Encoded clips with everything that is known of them: shards on disk, all of them in memory, batches for training."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.clips import Clip
from engine.diffusion.conditioning import attribute_vector
from engine.diffusion.contracts import AUDIO, Conditioning
from engine.model.autoencoder import Autoencoder
from engine.training.train_autoencoder import to_unit

Embed = Callable[[Sequence[str]], tuple[Tensor, Tensor]]
"""captions -> vectors [N, text] and known [N]"""


@dataclass(frozen=True, slots=True)
class Latents:
    """N clips of T frames. Numbers are kept small: there are many."""

    latents: Tensor
    """bf16 [N, T, C, h, w]"""
    attributes: Tensor
    """f16 [N, A]"""
    attributes_known: Tensor
    """f16 [N, A]"""
    phases: Tensor
    """f32 [N, T]"""
    audio: Tensor
    """f16 [N, T, 8]"""
    audio_known: Tensor
    """f16 [N]"""
    depth: Tensor
    """u8 [N, T, h, w]"""
    depth_known: Tensor
    """f16 [N]"""
    captions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.captions)


def encode(clips: Sequence[Clip], model: Autoencoder, names: Sequence[str], length: int) -> Latents:
    """Clips of one shape through the encoder; `length` is that of the attribute vector."""
    rows, h, w = [], clips[0].frames.shape[1] // 16, clips[0].frames.shape[2] // 16
    frames = clips[0].frames.shape[0]
    with torch.inference_mode():
        for clip in clips:
            x = to_unit(clip.frames).to(next(model.parameters()).dtype).to(memory_format=torch.channels_last)
            rows.append(model.encode(x).to(torch.bfloat16))
    said = [attribute_vector(names, clip.attributes, length) for clip in clips]
    silence, flat = torch.zeros(frames, len(AUDIO)), torch.zeros(frames, h, w, dtype=torch.uint8)
    return Latents(
        torch.stack(rows).clone(),
        torch.stack([values for values, _ in said]).half(),
        torch.stack([known for _, known in said]).half(),
        torch.tensor([clip.phases for clip in clips], dtype=torch.float32),
        torch.stack([silence if c.audio is None else torch.from_numpy(c.audio.copy()) for c in clips]).half(),
        torch.tensor([float(c.audio is not None) for c in clips]).half(),
        torch.stack([flat if c.depth is None else torch.from_numpy(c.depth.copy()) for c in clips]),
        torch.tensor([float(c.depth is not None) for c in clips]).half(),
        tuple(clip.caption for clip in clips),
    )


def save(path: Path, latents: Latents) -> None:
    """One shard, under its name when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {f.name: getattr(latents, f.name).contiguous() for f in fields(Latents) if f.name != "captions"}
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata={"captions": json.dumps(latents.captions)})
    part.replace(path)


def load(path: Path) -> Latents:
    with safe_open(path, framework="pt") as f:
        captions = tuple(json.loads(f.metadata()["captions"]))
        return Latents(**{name: f.get_tensor(name) for name in f.keys()}, captions=captions)  # noqa: SIM118


def joined(parts: Sequence[Latents]) -> Latents:
    """Shards of one shape as one."""
    tensors = {f.name: torch.cat([getattr(p, f.name) for p in parts]) for f in fields(Latents) if f.name != "captions"}
    return Latents(**tensors, captions=tuple(c for p in parts for c in p.captions))


class Folder:
    """All shards of a folder (of one shape); `refresh()` takes in those that came since."""

    def __init__(self, folder: Path, embed: Embed) -> None:
        self.folder, self.embed = folder, embed
        self.seen: set[Path] = set()
        self.parts: list[Latents] = []
        self.text: list[tuple[Tensor, Tensor]] = []
        self.starts = torch.zeros(1, dtype=torch.long)
        self.refresh()

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def frames(self) -> int:
        return int(self.parts[0].latents.shape[1])

    def refresh(self) -> int:
        for path in sorted(self.folder.glob("*.safetensors")):
            if path not in self.seen:
                self.seen.add(path)
                self.parts.append(load(path))
                self.text.append(self.embed(self.parts[-1].captions))
        self.starts = torch.tensor([0, *torch.tensor([len(p) for p in self.parts]).cumsum(0).tolist()])
        return len(self)

    def take(self, at: Tensor, frame: Tensor | None = None) -> tuple[Tensor, Conditioning]:
        """Clips number `at` [B] (of each only frame number `frame` [B], if given): clean [B, C, F, h, w], all known."""
        shard = torch.searchsorted(self.starts, at, right=True) - 1
        row = at - self.starts[shard]
        pairs = [(self.parts[int(s)], int(r)) for s, r in zip(shard, row, strict=True)]

        def pick(name: str, timed: bool = False) -> Tensor:
            rows = [getattr(part, name)[r] for part, r in pairs]
            if timed and frame is not None:
                rows = [x[int(i) : int(i) + 1] for x, i in zip(rows, frame, strict=True)]
            return torch.stack(rows)

        words = [(self.text[int(s)][0][int(r)], self.text[int(s)][1][int(r)]) for s, r in zip(shard, row, strict=True)]
        cond = Conditioning(
            text=torch.stack([v for v, _ in words]).float(),
            attributes=pick("attributes").float(),
            phases=pick("phases", True),
            text_known=torch.stack([k for _, k in words]).float(),
            attributes_known=pick("attributes_known").float(),
            phases_known=torch.ones(len(at)),
            audio=pick("audio", True).float(),
            audio_known=pick("audio_known").float(),
            depth=pick("depth", True)[:, None].float() / 255.0,
            depth_known=pick("depth_known").float(),
        )
        return pick("latents", True).transpose(1, 2), cond
