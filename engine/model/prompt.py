"""Prompts and knobs as vectors: what the denoiser is told in words, and the attributes that follow from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.model.house import House
from engine.model.prior import Prior
from engine.model.text import TextTable

KNOB = "attr/"
"""a control `attr/scale` turns the attribute `scale`, `attr/family/tunnel` the weight of a family"""
NAMED = 0.4
"""weights of a kind that are less than this together name nothing"""
SURE = 0.5
"""below it the prior's guess is not told: the words themselves are"""
AND = re.compile(r"\s+(?:and|plus|&|\+)\s+", re.IGNORECASE)
ALONE = 0.6
"""weight of a family from which on words name it without doubt"""
SHORT = 0.5
"""length from which on the turn of the hues is a direction"""


@dataclass(frozen=True, slots=True)
class Told:
    """Of one picture: words and attributes, each with what counts of it (0-1)."""

    text: Tensor
    """[text]"""
    text_known: Tensor
    """[]"""
    attributes: Tensor
    """[attributes]"""
    attributes_known: Tensor
    """[attributes]"""


def heard(house: House, prompts: Sequence[tuple[str, float]], knobs: Mapping[str, float] | None = None) -> Told:
    """Weighted prompts and knobs. A negative weight leads away from a text; its attributes are left alone.

    Each prompt is read on its own and the readings are mixed, so that a slow change of weights is a slow change of all.
    Raises EngineError for a house without a denoiser.
    """
    if house.text is None or house.prior is None or house.denoiser is None:
        raise EngineError("the house model has no words here", house.missing)
    text, text_known = house.text.mixed(prompts)
    length = house.denoiser.config.attributes
    values, known, total = torch.zeros(length), torch.zeros(length), 0.0
    for prompt, weight in prompts:
        if weight <= 0 or not house.text.vector(prompt)[1]:
            continue
        guess, sure = guessed(house.text, house.prior, house.names, prompt)
        said = weight * (sure > SURE).float()
        values, known, total = values + said * weights_of_kinds(house.names, guess), known + said, total + weight
    values = values / known.clamp(min=1e-6) * (known > 0)
    known = known / max(total, 1e-6)
    values = directed(house.names, values)
    values, known = turned(house.names, values, known, knobs or {})
    return Told(text[0], text_known[0], values, known)


def guessed(text: TextTable, prior: Prior, names: Sequence[str], prompt: str) -> tuple[Tensor, Tensor]:
    """What the prior reads in a prompt: values and how sure it is of each, [A].

    Things that `and` joins are read each alone, where each names a form: in one vector the rarer word drowns the other.
    """
    parts = AND.split(prompt)
    read = [prior(text.vector(part)[0][None]) for part in (parts if len(parts) > 1 else [])]
    at = [i for i, name in enumerate(names) if name.startswith("family/")]
    if not at or not read or any(float((guess * (sure > SURE))[0, at].max()) < ALONE for guess, sure in read):
        read = [prior(text.vector(prompt)[0][None])]
    values, sure = (torch.cat(rows) for rows in zip(*read, strict=True))
    said = (sure > SURE).float()
    mean = (values * said).sum(0) / said.sum(0).clamp(min=1)
    return torch.where(said.any(0), mean, values.mean(0)), sure.amax(0)


def directed(names: Sequence[str], values: Tensor) -> Tensor:
    """values [A] with the turn of the hues as a direction of length 1, as the model knows it. Half-way between opposite
    hues there is none: there it stays short, for a blend must not jump."""
    place = {name: i for i, name in enumerate(names)}
    if not {"hue_cos", "hue_sin"} <= place.keys():
        return values
    values, at = values.clone(), [place["hue_cos"], place["hue_sin"]]
    values[at] = values[at] / values[at].norm().clamp(min=SHORT)
    return values


def weights_of_kinds(names: Sequence[str], values: Tensor) -> Tensor:
    """values [A] with the weights of each kind (`family/...`) at least 0, and 1 together where they name it."""
    values = values.clone()
    for kind in {name.partition("/")[0] for name in names if "/" in name}:
        at = [i for i, name in enumerate(names) if name.startswith(f"{kind}/")]
        weights = (values[at] - 0.08).clamp(min=0.0)
        total = weights.sum()
        values[at] = weights / total if total > NAMED else weights
    return values


def knobs_of(controls: Mapping[str, float]) -> dict[str, float]:
    """The attributes among the controls of a request."""
    return {name.removeprefix(KNOB): float(value) for name, value in controls.items() if name.startswith(KNOB)}


def turned(names: Sequence[str], values: Tensor, known: Tensor, knobs: Mapping[str, float]) -> tuple[Tensor, Tensor]:
    """values, known [..., A] with some attributes set by hand. Weights 0-1 of a kind push the others of it aside."""
    if not knobs:
        return values, known
    place = {name: i for i, name in enumerate(names)}
    values, known = values.clone(), known.clone()
    for name, value in knobs.items():
        if name not in place:
            continue
        kind, _, which = name.partition("/")
        if which:
            share = min(1.0, max(0.0, value))
            same = [i for other, i in place.items() if other.startswith(f"{kind}/")]
            values[..., same] *= 1 - share
            known[..., same] = torch.maximum(known[..., same], torch.tensor(share))
            values[..., place[name]] += share
        else:
            values[..., place[name]] = min(1.5, max(-1.5, value))
            known[..., place[name]] = 1.0
    return values, known
