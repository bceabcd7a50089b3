"""The names of what a binding can move: `layer1.opacity`, `layer2.effect1.amount`, `master.brightness`, `do.next`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from vj.core.types import Value
from vj.setlist.schema import EffectSpec, Scene, Setlist

_TARGET = re.compile(r"(layer(?=[1-9])|scene|master|transition|engine|do)([1-9]\d*)?(?:\.effect([1-9]\d*))?\.([^.]+)")

ENGINE = ("strength", "hold", "morph", "motion", "closeness")
ATTR = "attr/"
"""`engine.attr/scale`: a knob of the model, see `vj prompt`"""
FORMS = (
    "layerN.opacity",
    "layerN.PARAM",
    "layerN.effectM.PARAM",
    "scene.effectM.PARAM",
    "master.brightness",
    "master.effectM.PARAM",
    "transition.progress",
    *(f"engine.{name}" for name in ENGINE),
    "engine.attr/NAME",
    "do.ACTION",
)


@dataclass(frozen=True, slots=True)
class Target:
    """`place` is layer, scene, master, transition, engine or do; `layer` and `effect` count from 1, 0 is none."""

    place: str
    layer: int
    effect: int
    param: str


@lru_cache(maxsize=4096)
def parse(text: str) -> Target | None:
    """None when the text has none of the FORMS."""
    found = _TARGET.fullmatch(text)
    if not found:
        return None
    place, layer, effect, param = found.groups()
    target = Target(place, int(layer or 0), int(effect or 0), param)
    if (place == "layer") != (layer is not None):
        return None
    plain = {"master": ("brightness",), "transition": ("progress",), "engine": ENGINE, "scene": ()}
    if place == "engine" and param.startswith(ATTR) and not target.effect:
        return target
    if place in plain and not target.effect:
        return target if param in plain[place] else None
    return None if target.effect and place in ("transition", "engine", "do") else target


def chain(setlist: Setlist, scene: Scene, target: Target) -> tuple[EffectSpec, ...] | None:
    """The effect chain a target belongs to; None when its layer is not in the scene."""
    if target.place == "master":
        return setlist.show.effects
    if target.place == "scene":
        return scene.effects
    return scene.layers[target.layer - 1].effects if 0 < target.layer <= len(scene.layers) else None


def start(setlist: Setlist, scene: Scene, text: str) -> float | None:
    """What the setlist says for a target before anything moves it; None when it says nothing or no number."""
    target = parse(text)
    if target is None:
        return None
    value: Value | None = None
    if target.effect:
        effects = chain(setlist, scene, target) or ()
        value = effects[target.effect - 1].params.get(target.param) if target.effect <= len(effects) else None
    elif target.place == "layer" and target.layer <= len(scene.layers):
        layer = scene.layers[target.layer - 1]
        value = layer.opacity if target.param == "opacity" else layer.params.get(target.param)
    elif target.place == "engine":
        if target.param.startswith(ATTR):
            value = dict(scene.engine.attr).get(target.param.removeprefix(ATTR))
        else:
            value = getattr(scene.engine, target.param)
    elif target.place == "master":
        value = 1.0
    return float(value) if isinstance(value, (bool, int, float)) else None
