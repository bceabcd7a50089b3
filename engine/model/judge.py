"""A small network that says what encoded pictures show: what the denoiser is measured with, never trained with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import WeightsError
from engine.model.weights import load, save

JUDGE = "judge.safetensors"
WIDTH = 96


class Judge(nn.Module):
    """Latents [N, C, h, w] of any size -> guesses [N, A] of the attributes; weights of a kind are logits."""

    def __init__(self, latent: int, names: Sequence[str], width: int = WIDTH) -> None:
        super().__init__()
        self.names, self.latent = tuple(names), latent
        self.first = nn.Conv2d(latent, width, 3, padding=1)
        self.blocks = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(6))
        self.middle = nn.Linear(2 * width, 2 * width)
        self.last = nn.Linear(2 * width, len(self.names))

    def features(self, latents: Tensor) -> Tensor:
        """[N, 192]: mean and maximum over the picture, mixed once."""
        x = self.first(latents)
        for a, b in zip(self.blocks[::2], self.blocks[1::2], strict=True):
            x = x + b(F.gelu(a(F.gelu(x))))
        return F.gelu(self.middle(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)))

    def forward(self, latents: Tensor) -> Tensor:
        out: Tensor = self.last(self.features(latents))
        return out

    def places(self, kind: str) -> list[int]:
        return [i for i, name in enumerate(self.names) if name.startswith(f"{kind}/")]

    def best(self, guesses: Tensor, kind: str) -> Tensor:
        """[N]: which of a kind, as a number among its names."""
        return guesses[:, self.places(kind)].argmax(1)


def loss_of(judge: Judge, latents: Tensor, values: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy for kinds, smooth L1 for numbers, where known."""
    guesses = judge(latents).float()
    total = torch.zeros(())
    single = [i for i, name in enumerate(judge.names) if "/" not in name]
    for kind in sorted({name.partition("/")[0] for name in judge.names if "/" in name}):
        at = judge.places(kind)
        mask = known[:, at].amax(1)
        each = F.cross_entropy(guesses[:, at], values[:, at], reduction="none")
        total = total + (each * mask).sum() / mask.sum().clamp(min=1)
    off = F.smooth_l1_loss(guesses[:, single], values[:, single], reduction="none", beta=0.1)
    return total + 4 * (off * known[:, single]).sum() / known[:, single].sum().clamp(min=1)


def save_judge(path: Path, judge: Judge, autoencoder: str) -> str:
    """autoencoder: sha256 of the weights whose latents it knows."""
    tensors = {name: value.to(torch.bfloat16) for name, value in judge.state_dict().items()}
    meta = {"kind": "judge", "latent": judge.latent, "names": judge.names, "autoencoder": autoencoder}
    return save(path, tensors, meta)


def load_judge(path: Path, autoencoder: str) -> Judge:
    """Raises WeightsError when it is not there or was trained on other latents."""
    mend = "train it: vj train stage judge"
    tensors, meta = load(path, mend)
    if meta.get("autoencoder") != autoencoder:
        raise WeightsError(f"{path}: knows the latents of another autoencoder", mend)
    judge = Judge(int(meta["latent"]), meta["names"])
    judge.load_state_dict({name: value.float() for name, value in tensors.items()})
    return judge.eval().requires_grad_(False)


def frechet(a: Tensor, b: Tensor) -> float:
    """Squared Frechet distance of two clouds [N, D] taken as normal (Heusel et al. 2017)."""
    a, b = a.double(), b.double()
    ca, cb = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(ca)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cb @ root).clamp(min=0).sqrt().sum()
    gap = (a.mean(0) - b.mean(0)).square().sum()
    return float(gap + ca.trace() + cb.trace() - 2 * cross)
