"""How well a picture shows what words ask for, as the house model's judge sees it.

The judge knows 34 forms and 16 colour schemes. A form (or colour) that was asked for counts against the likeliest of
the others: 0.5 is a tie. Of everything else that a prompt may say (slow, dense, from above) nothing is scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from engine.model.autoencoder import Autoencoder
from engine.model.house import AUTOENCODER, PRIOR, TEXT, load_autoencoder, load_prior, load_text
from engine.model.judge import JUDGE, Judge, load_judge
from engine.model.prior import Prior
from engine.model.prompt import SURE, weights_of_kinds
from engine.model.text import TextTable, words

ASSETS = Path(__file__).resolve().parent.parent / "assets"
SIZE = (160, 96)
"""(W, H) of the pictures that the judge was trained with"""
KINDS = {"family": 0.6, "palette": 0.4}
"""what is scored -> its weight: of real clips the judge names the form more often than the colours"""
HEAT = {"family": 1.0, "palette": 1.0}
"""temperature of the judge's guesses"""


NAMES = 0.35
"""of the prior's best guess of a kind, below which no word named any: `slow` alone gives 0.21, `tunnel` 1.2"""
LEAST_SHARE = 0.3
"""of the form or colour that is meant most: what is meant less is not asked for"""
GLUE = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "and",
        "or",
        "with",
        "in",
        "on",
        "at",
        "by",
        "to",
        "from",
        "for",
        "as",
        "is",
        "are",
        "some",
    )
)
"""words that ask for nothing"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is scored of a prompt: kind -> {number among the names of that kind: how much it is meant, 1 the most}."""

    named: Mapping[str, Mapping[int, float]]
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    """words outside of the vocabulary"""


@dataclass(frozen=True)
class Critic:
    """The networks that it takes."""

    autoencoder: Autoencoder
    text: TextTable
    prior: Prior
    judge: Judge

    def wish(self, prompt: str) -> Wish:
        """What the known words of a prompt ask for; unknown ones are left out, not guessed at."""
        unknown = tuple(word for word in self.text.unknown(prompt) if word not in GLUE)
        read = [word for word in words(prompt) if self.text.knows(word)]
        known = tuple(word for word in dict.fromkeys(read) if word not in GLUE)
        vector, any_ = self.text.vector(" ".join(read))
        if not any_ or not known:
            return Wish({}, known, unknown)
        guess, sure = self.prior(vector[None])
        weights = weights_of_kinds(self.judge.names, guess[0, : len(self.judge.names)])
        named: dict[str, dict[int, float]] = {}
        for kind in KINDS:
            at = self.judge.places(kind)
            most = float(weights[at].max())
            if float(sure[0, at].max()) > SURE and float(guess[0, at].max()) > NAMES and most > 0:
                shares = [float(w) / most for w in weights[at]]
                named[kind] = {i: share for i, share in enumerate(shares) if share > LEAST_SHARE}
        return Wish(named, known, unknown)

    def named(self, wish: Wish) -> str:
        """In words, such as `family tunnel, palette 3`."""
        said = []
        for kind, which in wish.named.items():
            names = [self.judge.names[at].partition("/")[2] for at in self.judge.places(kind)]
            said.append(f"{kind} {' or '.join(names[i] for i in which)}")
        return ", ".join(said)

    @torch.inference_mode()
    def guesses(self, frame: NDArray[np.uint8]) -> Tensor:
        """[A] of a frame [h, w, 3] of any size."""
        small = np.asarray(Image.fromarray(frame).resize(SIZE, Image.Resampling.BOX))
        weight = next(self.autoencoder.parameters())
        x = torch.from_numpy(small.copy()).permute(2, 0, 1)[None].to(weight.dtype) / 127.5 - 1
        guesses: Tensor = self.judge(self.autoencoder.encode(x).float())[0]
        return guesses

    def scores(self, frame: NDArray[np.uint8], wish: Wish) -> dict[str, float]:
        """kind -> 0-1, of each kind that the wish names."""
        guesses = self.guesses(frame)
        return {kind: self._against(guesses, kind, named) for kind, named in wish.named.items()}

    def _against(self, guesses: Tensor, kind: str, named: Mapping[int, float]) -> float:
        chances = (guesses[self.judge.places(kind)] / HEAT[kind]).softmax(0)
        meant = sum(float(chances[i]) for i in named)
        other = max(float(chance) for i, chance in enumerate(chances) if i not in named)
        return meant / max(1e-9, meant + other)


@cache
def critic(assets: Path = ASSETS) -> Critic:
    """Loaded once. Raises WeightsError when something is missing or was trained on other latents."""
    autoencoder, sha = load_autoencoder(assets / AUTOENCODER, torch.float32)
    prior, vocabulary = load_prior(assets / PRIOR)
    return Critic(autoencoder, load_text(assets / TEXT, vocabulary), prior, load_judge(assets / JUDGE, sha))


def together(scores: Mapping[str, float]) -> float:
    """Scores of several kinds as one, 0-1: their mean by KINDS."""
    total = sum(KINDS[kind] for kind in scores)
    return sum(KINDS[kind] * score for kind, score in scores.items()) / total
