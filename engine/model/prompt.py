"""Prompts and knobs as vectors: what the denoiser is told in words, and the attributes that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.model.house import House

KNOB = "attr/"
"""a control `attr/scale` turns the attribute `scale`, `attr/family/tunnel` the weight of a family"""
NAMED = 0.4
"""weights of a kind that are less than this together name nothing"""
SURE = 0.5
"""below it the prior's guess is not told: the words themselves are"""


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
        vector, any_ = house.text.vector(prompt)
        if weight <= 0 or not any_:
            continue
        guess, sure = house.prior(vector[None])
        said = weight * (sure[0] > SURE).float()
        values, known, total = values + said * weights_of_kinds(house.names, guess[0]), known + said, total + weight
    values = values / known.clamp(min=1e-6) * (known > 0)
    known = known / max(total, 1e-6)
    values, known = plain(house.names, values, known)
    values, known = turned(house.names, values, known, knobs or {})
    return Told(text[0], text_known[0], values, known)


def plain(names: Sequence[str], values: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Who names a colour means that colour: where a palette is said, its hues are not turned."""
    place = {name: i for i, name in enumerate(names)}
    palettes = [i for name, i in place.items() if name.startswith("palette/")]
    if not palettes or not {"hue_cos", "hue_sin"} <= place.keys():
        return values, known
    said = known[palettes].max()
    values, known = values.clone(), known.clone()
    values[place["hue_cos"]], values[place["hue_sin"]] = 1.0, 0.0
    known[[place["hue_cos"], place["hue_sin"]]] = said
    return values, known


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
