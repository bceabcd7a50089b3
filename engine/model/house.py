"""The house model as one thing: autoencoder, denoiser, words, and the names of what it can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import WeightsError
from engine.model.autoencoder import Autoencoder, AutoencoderConfig
from engine.model.dit import DiT, DiTConfig
from engine.model.text import TextTable
from engine.model.weights import load, save

AUTOENCODER, DENOISER = "autoencoder.safetensors", "denoiser.safetensors"
TINY_AUTOENCODER = AutoencoderConfig(latent=4, widths=(8, 8, 8), encoder=(0, 0, 1), decoder=(0, 0, 1))
TINY_DENOISER = DiTConfig(latent=4, width=16, heads=2, depth=1, ratio=2, text=8, attributes=8)


@dataclass(frozen=True, slots=True)
class House:
    """Networks in one dtype, ready for inference. `denoiser` and `text` are None while they have no weights."""

    autoencoder: Autoencoder
    denoiser: DiT | None = None
    text: TextTable | None = None
    names: tuple[str, ...] = ()
    """what the attribute vector says, in order"""
    sha: Mapping[str, str] = field(default_factory=dict)
    """autoencoder, denoiser -> sha256 of the weights"""
    missing: str = ""
    """why there is no denoiser"""

    @property
    def dtype(self) -> torch.dtype:
        return next(self.autoencoder.parameters()).dtype


def load_house(folder: Path, dtype: torch.dtype) -> House:
    """Raises WeightsError when the autoencoder cannot be used; without a denoiser the pools still play."""
    autoencoder, sha = load_autoencoder(folder / AUTOENCODER, dtype)
    try:
        denoiser, text, names, denoiser_sha = load_denoiser(folder / DENOISER, dtype)
        if denoiser.config.latent != autoencoder.config.latent:
            raise WeightsError(f"{folder / DENOISER}: was made for another autoencoder", "take both from one release")
    except WeightsError as error:
        return House(autoencoder, sha={"autoencoder": sha}, missing=str(error))
    return House(autoencoder, denoiser, text, names, {"autoencoder": sha, "denoiser": denoiser_sha})


def load_autoencoder(path: Path, dtype: torch.dtype) -> tuple[Autoencoder, str]:
    tensors, meta = load(path)
    raw: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in _config(path, meta).items()}
    model = Autoencoder(AutoencoderConfig(**raw))  # not on "meta": the first use of that costs two seconds of imports
    _fill(model, tensors, path, dtype)
    return model.to(memory_format=torch.channels_last), str(meta["sha256"])  # type: ignore[call-overload]


def load_denoiser(path: Path, dtype: torch.dtype) -> tuple[DiT, TextTable, tuple[str, ...], str]:
    tensors, meta = load(path)
    model = DiT(DiTConfig(**_config(path, meta)))
    text = TextTable(meta.get("vocabulary", ()), model.config.text)
    _fill(model, _part(tensors, "dit."), path, dtype)
    _fill(text, _part(tensors, "text."), path, torch.float32)
    return model, text, tuple(meta.get("names", ())), str(meta["sha256"])


def save_autoencoder(path: Path, model: Autoencoder, **more: Any) -> str:
    """bf16, 16 MB for the house size. Returns the sha256."""
    tensors = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    tensors |= {name: model.state_dict()[name].float() for name in ("mean", "std")}
    return save(path, tensors, {"kind": "autoencoder", "config": asdict(model.config), **more})


def save_denoiser(path: Path, model: DiT, text: TextTable, names: Sequence[str], **more: Any) -> str:
    tensors = {f"dit.{name}": value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    tensors |= {f"text.{name}": value.to(torch.bfloat16) for name, value in text.state_dict().items()}
    meta = {"kind": "denoiser", "config": asdict(model.config), "vocabulary": text.vocabulary, "names": list(names)}
    return save(path, tensors, {**meta, **more})


def save_tiny_house(folder: Path, seed: int = 0, names: Sequence[str] = ("family/a", "family/b")) -> None:
    """Random weights of a toy size: tests run everything on them in milliseconds."""
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    denoiser = DiT(TINY_DENOISER)
    for parameter in denoiser.parameters():
        nn.init.normal_(parameter, std=0.1)
    save_autoencoder(folder / AUTOENCODER, Autoencoder(TINY_AUTOENCODER))
    save_denoiser(folder / DENOISER, denoiser, TextTable(("red", "blue", "spiral"), TINY_DENOISER.text), names)


def _config(path: Path, meta: Mapping[str, Any]) -> dict[str, Any]:
    config = meta.get("config")
    if not isinstance(config, dict):
        raise WeightsError(f"{path}: says nothing of its architecture", "take the file from the repository again")
    return dict(config)


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def _fill(model: nn.Module, tensors: Mapping[str, Tensor], path: Path, dtype: torch.dtype) -> None:
    """Put tensors into a model in the place of its own."""
    cast = {name: value.to(torch.float32 if name in ("mean", "std") else dtype) for name, value in tensors.items()}
    try:
        model.load_state_dict(cast, assign=True)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise WeightsError(f"{path}: does not fit its architecture ({first})", "take both from one release") from None
    model.eval().requires_grad_(False)
