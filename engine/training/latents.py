"""Encoded clips with everything that is known of them: shards on disk, all of them in memory, batches for training."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.clips import Clip
from engine.diffusion.conditioning import attribute_vector
from engine.diffusion.contracts import AUDIO, Conditioning
from engine.errors import WeightsError
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
    reference: Tensor
    """bf16 [N, T, C, h, w], relatives of the clips"""
    closeness: Tensor
    """f16 [N], 0 where there is none"""
    captions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.captions)


def encode(clips: Sequence[Clip], model: Autoencoder, names: Sequence[str], length: int) -> Latents:
    """Clips of one shape through the encoder; `length` is that of the attribute vector."""
    frames, h, w = clips[0].frames.shape[0], clips[0].frames.shape[1] // 16, clips[0].frames.shape[2] // 16
    rows = [encoded(clip.frames, model) for clip in clips]
    none = torch.zeros_like(rows[0])
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
        torch.stack([none if c.reference is None else encoded(c.reference, model) for c in clips]),
        torch.tensor([c.closeness for c in clips]).half(),
        tuple(clip.caption for clip in clips),
    )


@torch.inference_mode()
def encoded(frames: NDArray[np.uint8], model: Autoencoder) -> Tensor:
    """uint8 [T, H, W, 3] -> bf16 [T, C, h, w]"""
    weight = next(model.parameters())
    x = to_unit(frames).to(weight.device, weight.dtype).to(memory_format=torch.channels_last)
    return model.encode(x).to("cpu", torch.bfloat16).contiguous()


def save(path: Path, latents: Latents) -> None:
    """One shard, under its name when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {f.name: getattr(latents, f.name).contiguous() for f in fields(Latents) if f.name != "captions"}
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata={"captions": json.dumps(latents.captions)})
    part.replace(path)


def load(path: Path) -> Latents:
    """Raises WeightsError for a shard of another release."""
    with safe_open(path, framework="pt") as f:
        captions = tuple(json.loads(f.metadata()["captions"]))
        try:
            return Latents(**{name: f.get_tensor(name) for name in f.keys()}, captions=captions)  # noqa: SIM118
        except TypeError as error:
            raise WeightsError(f"{path}: is of another release ({error})", "draw it again: vj train latents") from None


def joined(parts: Sequence[Latents]) -> Latents:
    """Shards of one shape as one."""
    tensors = {f.name: torch.cat([getattr(p, f.name) for p in parts]) for f in fields(Latents) if f.name != "captions"}
    return Latents(**tensors, captions=tuple(c for p in parts for c in p.captions))


class Folder:
    """All shards of a folder (of one shape) as one; `refresh()` takes in those that came since."""

    def __init__(self, folder: Path, embed: Embed) -> None:
        """Raises WeightsError when there is nothing in it."""
        self.folder, self.embed = folder, embed
        self.seen: set[Path] = set()
        self.clips: Latents | None = None
        self.text, self.text_known = torch.zeros(0), torch.zeros(0)
        if not self.refresh():
            raise WeightsError(f"{folder}: no encoded clips in it", f"draw some: vj train latents {folder}")

    def __len__(self) -> int:
        return 0 if self.clips is None else len(self.clips)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Frames, channels, rows and columns of a clip."""
        t, c, h, w = self.all.latents.shape[1:]
        return t, c, h, w

    @property
    def frames(self) -> int:
        return self.shape[0]

    @property
    def all(self) -> Latents:
        assert self.clips is not None
        return self.clips

    def refresh(self) -> int:
        paths = [path for path in sorted(self.folder.glob("*.safetensors")) if path not in self.seen]
        if paths:
            self.seen |= set(paths)
            parts = [load(path) for path in paths]
            texts = [self.embed(part.captions) for part in parts]
            before = [] if self.clips is None else [self.clips]
            known = [] if self.clips is None else [(self.text, self.text_known)]
            self.clips = joined([*before, *parts])
            self.text, self.text_known = (torch.cat(x) for x in zip(*known, *texts, strict=True))
        return len(self)

    def take(self, at: Tensor, frame: Tensor | None = None) -> tuple[Tensor, Conditioning]:
        """Clips number `at` [B] (of each only frame number `frame` [B], if given): clean [B, C, F, h, w], all known."""
        clips = self.all

        def pick(x: Tensor) -> Tensor:
            return x[at] if frame is None else x[at, frame][:, None]

        cond = Conditioning(
            text=self.text[at].float(),
            attributes=clips.attributes[at].float(),
            phases=pick(clips.phases),
            text_known=self.text_known[at].float(),
            attributes_known=clips.attributes_known[at].float(),
            phases_known=torch.ones(len(at)),
            audio=pick(clips.audio).float(),
            audio_known=clips.audio_known[at].float(),
            depth=pick(clips.depth)[:, None].float() / 255.0,
            depth_known=clips.depth_known[at].float(),
            reference=pick(clips.reference).transpose(1, 2),
            closeness=clips.closeness[at].float(),
        )
        return pick(clips.latents).transpose(1, 2), cond
