"""Words to vectors by a table: the mean of the vectors of the words that are known.

It is learned together with the denoiser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def words(text: str) -> list[str]:
    """Lower-case words; a hyphen inside a word is part of it."""
    return _WORD.findall(text.lower())


class TextTable(nn.Module):
    """One vector per word of a fixed vocabulary."""

    def __init__(self, vocabulary: Sequence[str], width: int = 256) -> None:
        super().__init__()
        self.vocabulary = tuple(vocabulary)
        self.width = width
        self.index = {word: i for i, word in enumerate(self.vocabulary)}
        self.table = nn.Embedding(max(1, len(self.vocabulary)), width)

    def unknown(self, text: str) -> list[str]:
        """Words that the table has no vector for: they say nothing to the model."""
        return [word for word in words(text) if word not in self.index]

    def forward(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Vectors [B, width] and known [B]: 0 where not one word of a text is known."""
        rows = [[self.index[word] for word in words(text) if word in self.index] for text in texts]
        flat = torch.tensor([i for row in rows for i in row], dtype=torch.long)
        owner = torch.tensor([b for b, row in enumerate(rows) for _ in row], dtype=torch.long)
        counts = torch.tensor([len(row) for row in rows], dtype=self.table.weight.dtype)
        sums = torch.zeros(len(rows), self.width, dtype=self.table.weight.dtype)
        sums = sums.index_add(0, owner, self.table(flat))
        return sums / counts.clamp(min=1)[:, None], (counts > 0).to(sums.dtype)

    def mixed(self, prompts: Sequence[tuple[str, float]]) -> tuple[Tensor, Tensor]:
        """Weighted prompts as one vector [1, width] and known [1]; weights need not sum to 1."""
        if not prompts:
            return torch.zeros(1, self.width), torch.zeros(1)
        vectors, known = self([text for text, _ in prompts])
        weights = torch.tensor([max(0.0, w) for _, w in prompts]) * known.float()
        total = weights.sum()
        if total <= 0:
            return torch.zeros(1, self.width), torch.zeros(1)
        return (vectors.float() * (weights / total)[:, None]).sum(0, keepdim=True), torch.ones(1)
