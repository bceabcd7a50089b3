"""What the house model makes of a prompt: the job of `vj prompt`."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from rich.console import Console

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.core.policy import permitted
from vj.labels.seal import seal_picture
from vj.studio.captions import PALETTES

if TYPE_CHECKING:
    from engine.model.house import House

ASSETS = ROOT / "engine" / "assets"
SIZE, SEEDS = (384, 224), 4
SMALL = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "over", "the", "to", "with")
)
"""words that say nothing alone"""
LEAST = 0.15
"""weights below it are not worth telling"""


def read(text: str, assets: Path = ASSETS) -> dict[str, Any]:
    """words: each with known (bool) and nearest [[word, cosine]]; attributes: name -> weight or value.

    Raises PolicyError for a prompt that is refused, VjError when the model has no words."""
    permitted(text)
    import torch

    from engine.errors import EngineError
    from engine.model.house import load_house
    from engine.model.prompt import heard
    from engine.model.text import words

    try:
        house = load_house(assets, torch.float32)
        if house.text is None:
            raise VjError("the house model has no words", house.missing)
    except EngineError as error:
        raise VjError(str(error)) from None
    rows = []
    for word in dict.fromkeys(words(text)):
        known = house.text.knows(word)
        rows.append({"word": word, "known": known, "nearest": [] if known else house.text.nearest(word)})
    told = heard(house, ((text, 1.0),))
    said = {}
    for name, value, known in zip(house.names, told.attributes, told.attributes_known, strict=False):
        if float(known) > 0 and abs(float(value)) > LEAST:
            kind, _, which = name.partition("/")
            label = f"palette/{PALETTES[int(which)][0]}" if kind == "palette" else name
            said[label] = round(float(value), 2)
    return {"text": text[:1000], "words": rows, "attributes": said}


def vocabulary(house: House, text: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The words of a prompt that the model was trained with, and the others, each with the nearest that it knows."""
    from engine.model.text import words

    table = house.text
    if table is None:
        raise VjError("the house model has no words here", house.missing)
    each = list(dict.fromkeys(words(text)))
    known = [word for word in each if table.knows(word) or table.knows(plain(word)) or word in SMALL]
    unknown = [(word, [near for near, _ in table.nearest(word, 2)]) for word in each if word not in known]
    return [word for word in known if word not in SMALL], unknown


def understood(house: House, text: str, quiet: bool, what: str = "prompt", needed: bool = True) -> None:
    """Tells which words of a text the model does not know. Raises VjError where it knows none, unless it is not needed,
    PolicyError for a text that is refused.

    what: the text's name in messages."""
    permitted(text, what=what)
    known, unknown = vocabulary(house, text)
    told = "; ".join(f"{word} (nearest: {', '.join(near) or 'none'})" for word, near in unknown[:6])
    if needed and not known:
        wrong = f"knows none of its words: {told}" if told else "no words in it"
        raise VjError(f"{what} {text[:60]!r}: {wrong}", 'say what to see, such as "golden spiral" (vj prompt)')
    if unknown and not quiet:
        Console(stderr=True).print(f"not known: {told}", soft_wrap=True, markup=False, highlight=False)


def plain(word: str) -> str:
    """Without accents, as the model reads it."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def preview(text: str, out: Path, assets: Path = ASSETS) -> None:
    """Four pictures of a prompt side by side. Raises VjError where there is nothing to draw with."""
    permitted(text)
    import torch

    from engine.errors import EngineError
    from engine.model.house import load_house
    from engine.pipelines.text2video import Job, latents, pictures
    from engine.runtimes.runtime import best_dtype
    from vj.studio.memory import memory_of

    torch.set_num_threads(os.cpu_count() or 1)
    try:
        house = load_house(assets, best_dtype())
        memory = memory_of(house, "house")
        made = [next(latents(Job(text, frames=1, size=SIZE, seed=seed), house, memory)) for seed in range(SEEDS)]
        frames = pictures(made, house, SIZE)
    except EngineError as error:
        raise VjError(str(error)) from None
    if not out.resolve().parent.is_dir():
        raise VjError(f"{out}: the folder {out.resolve().parent} is not there", "make it, or choose another")
    Image.fromarray(np.concatenate(list(frames), 1)).save(out)
    seal_picture(out, "prompt", model=True, prompt=text)
