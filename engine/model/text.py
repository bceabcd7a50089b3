"""Words to vectors by a table: the weighted mean of the vectors of a text's word pieces, at length 1.

The table was distilled from all-MiniLM-L6-v2 (Apache-2.0) in the manner of Model2Vec (Tulkens and van Dongen 2024):
see engine/training/make_text.py. A prompt costs a fraction of a millisecond, so it may change in every frame.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from torch import Tensor
from torch.nn import functional as F

MOST_PIECES = 256
"""word pieces of a text that count; what comes after is not read"""
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def words(text: str) -> list[str]:
    """Lower-case words; a hyphen inside a word is part of it."""
    return _WORD.findall(text[:20_000].lower())


class TextTable:
    """`table` int8 [V, D] times `scale` [V] are the vectors of the word pieces `pieces`, weights included."""

    def __init__(self, pieces: Sequence[str], table: Tensor, scale: Tensor, vocabulary: Sequence[str] = ()) -> None:
        """vocabulary: the words that the model was trained with; others it knows only by their likeness."""
        self.pieces = tuple(pieces)
        self.table, self.scale = table, scale.float()
        self.vocabulary = frozenset(vocabulary)
        model = models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]")
        self.tokenizer = Tokenizer(model)
        self.tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        self.tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()

    @property
    def width(self) -> int:
        return int(self.table.shape[1])

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Vectors [B, D] of length 1 and known [B]: 0 where nothing of a text has a vector."""
        rows = [self.vector(text) for text in texts]
        if not rows:
            return torch.zeros(0, self.width), torch.zeros(0)
        return torch.stack([vector for vector, _ in rows]), torch.tensor([float(known) for _, known in rows])

    def vector(self, text: str) -> tuple[Tensor, bool]:
        """[D] of length 1, and whether there is anything in it."""
        ids = self.tokenizer.encode(text[:20_000].replace("\0", " "), add_special_tokens=False).ids[:MOST_PIECES]
        if not ids:
            return torch.zeros(self.width), False
        at = torch.tensor(ids)
        total = (self.table[at].float() * self.scale[at, None]).sum(0)
        length = float(total.norm())
        return (total / length, True) if length > 1e-6 else (torch.zeros(self.width), False)

    def mixed(self, prompts: Sequence[tuple[str, float]]) -> tuple[Tensor, Tensor]:
        """Weighted prompts as one vector [1, D] of length 1 and known [1]; a negative weight leads away from a text."""
        total = torch.zeros(self.width)
        for text, weight in prompts:
            vector, known = self.vector(text)
            total += weight * vector * known
        length = float(total.norm())
        if length < 1e-6 or not any(weight > 0 for _, weight in prompts):
            return torch.zeros(1, self.width), torch.zeros(1)
        return (total / length)[None], torch.ones(1)

    def unknown(self, text: str) -> list[str]:
        """Words that the model was not trained with, each once."""
        return [word for word in dict.fromkeys(words(text)) if not self.knows(word)]

    def knows(self, word: str) -> bool:
        return word in self.vocabulary or any(word == part for known in self.vocabulary for part in known.split("-"))

    def nearest(self, word: str, count: int = 3) -> list[tuple[str, float]]:
        """Words of the vocabulary that mean most nearly the same, with their cosine; none for a word without pieces."""
        vector, known = self.vector(word)
        if not known or not self.vocabulary:
            return []
        names = sorted(self.vocabulary)
        scores = F.cosine_similarity(self(names)[0], vector[None])
        order = scores.argsort(descending=True)[:count]
        return [(names[int(i)], round(float(scores[i]), 2)) for i in order]
