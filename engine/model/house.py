"""The house model as one thing: autoencoder, denoiser, words, what they say, and the names of all it can be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from engine.errors import WeightsError
from engine.model.autoencoder import Autoencoder, AutoencoderConfig
from engine.model.dit import DiT, DiTConfig
from engine.model.prior import Prior
from engine.model.text import TextTable
from engine.model.weights import load, save

AUTOENCODER, DENOISER = "autoencoder.safetensors", "denoiser.safetensors"
TEXT, PRIOR = "text.safetensors", "prior.safetensors"
_TOGETHER = "take all of engine/assets from one release"
TINY_AUTOENCODER = AutoencoderConfig(latent=4, widths=(8, 8, 8), encoder=(0, 0, 1), decoder=(0, 0, 1))
TINY_DENOISER = DiTConfig(latent=4, width=16, heads=2, depth=1, ratio=2, text=8, attributes=8, rank=4)

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class House:
    """Networks in one dtype, ready for inference. All but the autoencoder are None while there are no weights."""

    autoencoder: Autoencoder
    denoiser: DiT | None = None
    text: TextTable | None = None
    prior: Prior | None = None
    names: tuple[str, ...] = ()
    """what the attribute vector says, in order"""
    sha: Mapping[str, str] = field(default_factory=dict)
    """denoiser -> sha256 of the weights; autoencoder -> that which its latents go by, see `load_autoencoder`; decoder
    -> that of the autoencoder's weights where the decoder alone was trained on"""
    missing: str = ""
    """why there is no denoiser"""

    @property
    def dtype(self) -> torch.dtype:
        return next(self.autoencoder.parameters()).dtype


def load_house(folder: Path, dtype: torch.dtype) -> House:
    """Raises WeightsError when the autoencoder cannot be used; without a denoiser the pools still play."""
    autoencoder, sha = load_autoencoder(folder / AUTOENCODER, dtype)
    own = str(load(folder / AUTOENCODER)[1]["sha256"])
    shas = {"autoencoder": sha} | ({"decoder": own} if own != sha else {})
    try:
        denoiser, names, denoiser_sha = load_denoiser(folder / DENOISER, dtype)
        if denoiser.config.latent != autoencoder.config.latent:
            raise WeightsError(f"{folder / DENOISER}: was made for another autoencoder", _TOGETHER)
        prior, vocabulary = load_prior(folder / PRIOR)
        text = load_text(folder / TEXT, vocabulary)
        if (text.width, text.width, denoiser.config.attributes) != (denoiser.config.text, *prior.sizes[:2]):
            raise WeightsError(f"{folder / DENOISER}: was made for other words", _TOGETHER)
    except WeightsError as error:
        return House(autoencoder, sha=shas, missing=str(error))
    return House(autoencoder, denoiser, text, prior, names, {**shas, "denoiser": denoiser_sha})


def load_autoencoder(path: Path, dtype: torch.dtype) -> tuple[Autoencoder, str]:
    """And what its latents go by: the sha256 of these weights, or of those with the same encoder that came first."""
    tensors, meta = load(path)
    raw: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in _config(path, meta).items()}
    model = _built(
        path, lambda: Autoencoder(AutoencoderConfig(**raw))
    )  # not on "meta": the first use of that costs two seconds of imports
    _fill(model, tensors, path, dtype)
    return model.to(memory_format=torch.channels_last), str(meta.get("latents", meta["sha256"]))  # type: ignore[call-overload]


def load_denoiser(path: Path, dtype: torch.dtype) -> tuple[DiT, tuple[str, ...], str]:
    tensors, meta = load(path)
    raw: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in _config(path, meta).items()}
    model = _built(path, lambda: DiT(DiTConfig(**raw)))
    model.leaps = bool(meta.get("leaps", False))
    _fill(model, tensors, path, dtype)
    return model, tuple(meta.get("names", ())), str(meta["sha256"])


def load_text(path: Path, vocabulary: Sequence[str] = ()) -> TextTable:
    tensors, _ = load(path)
    try:
        pieces = tensors["pieces"].numpy().tobytes().decode().split("\n")
        return TextTable(pieces, tensors["table"], tensors["scale"], vocabulary)
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{path}: is no table of words ({error})", _TOGETHER) from None


def load_prior(path: Path) -> tuple[Prior, tuple[str, ...]]:
    """And the words that the model was trained with."""
    tensors, meta = load(path)
    model = _built(path, lambda: Prior(*_config(path, meta)["sizes"]))
    _fill(model, tensors, path, torch.float32)
    return model, tuple(meta.get("vocabulary", ()))


def save_autoencoder(path: Path, model: Autoencoder, **more: Any) -> str:
    """bf16, 16 MB for the house size. Returns the sha256. `latents`: of the weights whose latents these share."""
    tensors = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    tensors |= {name: model.state_dict()[name].float() for name in ("mean", "std")}
    return save(path, tensors, {"kind": "autoencoder", "config": asdict(model.config), **more})


def save_denoiser(path: Path, model: DiT, names: Sequence[str], **more: Any) -> str:
    tensors = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    return save(path, tensors, {"kind": "denoiser", "config": asdict(model.config), "names": list(names), **more})


def save_prior(path: Path, model: Prior, vocabulary: Sequence[str]) -> str:
    tensors = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    return save(path, tensors, {"kind": "prior", "config": {"sizes": model.sizes}, "vocabulary": list(vocabulary)})


def save_text(path: Path, pieces: Sequence[str], table: Tensor, scale: Tensor, **more: Any) -> str:
    """table int8 [V, D], scale [V]"""
    joined = torch.frombuffer(bytearray("\n".join(pieces).encode()), dtype=torch.uint8)
    return save(path, {"table": table, "scale": scale, "pieces": joined}, {"kind": "text", **more})


def save_tiny_house(folder: Path, seed: int = 0, names: Sequence[str] = ("family/a", "family/b")) -> None:
    """Random weights of a toy size: tests run everything on them in milliseconds."""
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    denoiser, prior = DiT(TINY_DENOISER), Prior(TINY_DENOISER.text, TINY_DENOISER.attributes, 8)
    for parameter in denoiser.parameters():
        nn.init.normal_(parameter, std=0.1)
    words = ("red", "blue", "spiral")
    table = torch.randint(-127, 128, (len(words) + 1, TINY_DENOISER.text), dtype=torch.int8)
    table[0] = 0
    save_autoencoder(folder / AUTOENCODER, Autoencoder(TINY_AUTOENCODER))
    save_denoiser(folder / DENOISER, denoiser, names)
    save_prior(folder / PRIOR, prior, words)
    save_text(folder / TEXT, ("[UNK]", *words), table, torch.full((len(table),), 0.01))


def _built(path: Path, make: Callable[[], M]) -> M:
    """A network after its description, which may be that of another release."""
    try:
        return make()
    except (TypeError, ValueError, KeyError) as error:
        raise WeightsError(f"{path}: describes a network of another release ({error})", _TOGETHER) from None


def _config(path: Path, meta: Mapping[str, Any]) -> dict[str, Any]:
    config = meta.get("config")
    if not isinstance(config, dict):
        raise WeightsError(f"{path}: says nothing of its architecture", "take the file from the repository again")
    return dict(config)


def _fill(model: nn.Module, tensors: Mapping[str, Tensor], path: Path, dtype: torch.dtype) -> None:
    """Put tensors into a model in the place of its own."""
    cast = {name: value.to(torch.float32 if name in ("mean", "std") else dtype) for name, value in tensors.items()}
    try:
        model.load_state_dict(cast, assign=True)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise WeightsError(f"{path}: does not fit its architecture ({first})", _TOGETHER) from None
    model.eval().requires_grad_(False)
