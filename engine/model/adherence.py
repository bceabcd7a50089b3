"""How well a picture shows what words ask for: forms as the house model's judge sees them, colours as they are.

The judge knows 34 forms; one that was asked for counts against the likeliest of the others: 0.5 is a tie. Its guess of
the colour scheme is not used: it was taught what schemes were called before their hues were turned. Colours are
measured on pixels instead. Of all else that a prompt may say (slow, dense, from above) nothing is scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from engine.model.prompt import SURE, guessed, weights_of_kinds
from engine.model.text import TextTable, words

Frame = NDArray[np.uint8]
ASSETS = Path(__file__).resolve().parent.parent / "assets"
SIZES = ((160, 96, False), (160, 96, True), (224, 128, False))
"""(W, H, mirrored) at which the judge looks; it was trained at the first. Of 22 forms it names 14 by that, 17 by all"""
HEAT = 2.0
"""temperature of its guesses, which are too sure of themselves"""
NEAR, FAR = 35.0, 60.0
"""degrees on the colour wheel: up to NEAR it is that colour, from FAR on it is not at all"""
GREY = 0.15
"""saturation times brightness above which a picture is not grey at all"""
COLOURS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("red", "crimson", "scarlet", "blood"), (0.0,)),
    **dict.fromkeys(("fire", "fiery", "burning"), (0.0, 30.0)),
    **dict.fromkeys(("copper", "coppery", "bronze", "rust", "rusty", "orange"), (25.0,)),
    **dict.fromkeys(("gold", "golden", "amber", "honey", "yellow"), (48.0,)),
    **dict.fromkeys(("acid", "toxic", "lime", "poison"), (90.0,)),
    **dict.fromkeys(("green", "forest", "mossy", "jungle", "leaf"), (120.0,)),
    **dict.fromkeys(("teal", "turquoise", "aqua", "cyan"), (182.0,)),
    **dict.fromkeys(("ice", "icy", "frozen"), (200.0,)),
    **dict.fromkeys(("blue", "ultraviolet", "indigo"), (225.0,)),
    **dict.fromkeys(("violet", "purple", "lilac", "lavender"), (275.0,)),
    **dict.fromkeys(("magenta", "pink", "candy", "bubblegum"), (318.0,)),
    **dict.fromkeys(("sunset", "dusk"), (335.0, 20.0)),
    **dict.fromkeys(("neon", "cyberpunk"), (310.0, 260.0, 190.0)),
    **dict.fromkeys(("mono", "monochrome", "grey", "silver", "colourless", "black", "white"), ()),
}
"""word -> hues in degrees, none: no colour. Where several are said, any of them counts;
names of forms (lava, ruby, rose) are left out"""
NAMES = 0.35
"""of the prior's best guess of a form, below which no word named one: `slow` alone gives 0.21, `tunnel` 1.2"""
LEAST_SHARE = 0.3
"""of the form that is meant most: what is meant less is not asked for"""
GLUE = frozenset(
    ["a", "an", "the", "of", "and", "or", "with", "in", "on", "at", "by", "to", "from", "for", "is", "are"]
)
"""words that ask for nothing"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is scored of a prompt."""

    forms: tuple[int, ...]
    """numbers among the names of families"""
    colours: tuple[str, ...]
    """words of COLOURS"""
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
        colours = tuple(word for word in known if word in COLOURS)
        forms = self._meant(" ".join(read)) or {i for word in known for i in self._meant(word)}
        return Wish(tuple(sorted(forms)), colours, known, unknown)

    def _meant(self, text: str) -> set[int]:
        """The forms that a text names; none where it names no one clearly."""
        if not self.text.vector(text)[1]:
            return set()
        guess, sure = guessed(self.text, self.prior, self.judge.names, text)
        at = self.judge.places("family")
        if float(sure[at].max()) < SURE or float(guess[at].max()) < NAMES:
            return set()
        weights = weights_of_kinds(self.judge.names, guess[: len(self.judge.names)])[at]
        return {i for i, weight in enumerate(weights) if float(weight) > LEAST_SHARE * float(weights.max())}

    def named(self, wish: Wish) -> str:
        """In words, such as `form tunnel, colour violet`."""
        names = [self.judge.names[at].partition("/")[2] for at in self.judge.places("family")]
        forms = " or ".join(names[i] for i in wish.forms)
        colours = " or ".join(wish.colours)
        return ", ".join(f"{kind} {said}" for kind, said in (("form", forms), ("colour", colours)) if said)

    @torch.inference_mode()
    def forms(self, frame: Frame) -> Tensor:
        """How likely each form is [families] in a frame [h, w, 3] of any size."""
        weight, looks = next(self.autoencoder.parameters()), []
        for width, height, mirrored in SIZES:
            small = np.array(Image.fromarray(frame).resize((width, height), Image.Resampling.BOX))
            x = torch.from_numpy(small[:, ::-1].copy() if mirrored else small).permute(2, 0, 1)[None]
            looks.append(self.judge(self.autoencoder.encode(x.to(weight.dtype) / 127.5 - 1).float())[0])
        mean = torch.stack(looks).mean(0)[self.judge.places("family")]
        return (mean / HEAT).softmax(0)

    def scores(self, frame: Frame, wish: Wish) -> dict[str, float]:
        """form and colour, those that are asked for -> 0-1."""
        found = {}
        if wish.forms:
            chances = self.forms(frame)
            meant = sum(float(chances[i]) for i in wish.forms)
            other = max(float(chance) for i, chance in enumerate(chances) if i not in wish.forms)
            found["form"] = meant / max(1e-9, meant + other)
        if wish.colours:
            found["colour"] = coloured(frame, wish.colours)
        return found


def coloured(frame: Frame, colours: Sequence[str]) -> float:
    """How much of the colour of a frame [h, w, 3] (weighted by saturation and brightness) is one of these, 0-1."""
    h, s, v = np.moveaxis(np.asarray(Image.fromarray(frame).convert("HSV"), np.float32) / 255, -1, 0)
    weight = s * v
    hues = [hue for word in colours for hue in COLOURS[word]]
    best = 0.0
    if len([word for word in colours if not COLOURS[word]]):
        best = max(0.0, 1 - float(weight.mean()) / GREY)
    if hues:
        off = np.min([np.abs((360 * h - hue + 180) % 360 - 180) for hue in hues], axis=0)
        near = np.clip((FAR - off) / (FAR - NEAR), 0, 1)
        vivid = min(1.0, float(weight.mean()) / (0.2 * GREY))  # in a grey picture there is no hue to speak of
        best = max(best, vivid * float((weight * near).sum()) / max(1e-6, float(weight.sum())))
    return best


@cache
def critic(assets: Path = ASSETS) -> Critic:
    """Loaded once. Raises WeightsError when something is missing or was trained on other latents."""
    autoencoder, sha = load_autoencoder(assets / AUTOENCODER, torch.float32)
    prior, vocabulary = load_prior(assets / PRIOR)
    return Critic(autoencoder, load_text(assets / TEXT, vocabulary), prior, load_judge(assets / JUDGE, sha))


def together(scores: Mapping[str, float]) -> float:
    """Form and colour as one, 0-1: their geometric mean, for the right colours do not make up for the wrong form."""
    return float(np.prod(list(scores.values())) ** (1 / len(scores)))
