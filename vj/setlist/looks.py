"""From a scene and the values of its bindings to what the compositor draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vj.core.types import EffectLook, LayerLook, SceneLook, Value
from vj.setlist.schema import EffectSpec, EngineSpec, LayerSpec, Scene
from vj.setlist.targets import ATTR, ENGINE, parse

Bound = dict[tuple[str, int, int], dict[str, float]]
"""(place, layer, effect) -> {parameter: value}"""


def grouped(values: Mapping[str, float], prefix: str = "") -> Bound:
    """Values of targets, taken apart; only those with the prefix (`after.`), which goes."""
    out: Bound = {}
    for name, value in values.items():
        target = parse(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if target is not None:
            out.setdefault((target.place, target.layer, target.effect), {})[target.param] = value
    return out


def effects(specs: tuple[EffectSpec, ...], bound: Bound, place: str, layer: int = 0) -> tuple[EffectLook, ...]:
    """An effect chain with its bound parameters."""

    def each() -> Iterator[EffectLook]:
        for n, spec in enumerate(specs, 1):
            moved = bound.get((place, layer, n))
            yield EffectLook(spec.shader, {**spec.params, **moved} if moved else spec.params)

    return tuple(each())


def scene_look(scene: Scene, index: int, bound: Bound) -> SceneLook:
    """The scene with its bound parameters; `index` is its place in the setlist."""
    layers = tuple(_layer(spec, f"{index}:{n}:{spec.source}", n + 1, bound) for n, spec in enumerate(scene.layers))
    return SceneLook(scene.name, layers, effects(scene.effects, bound, "scene"))


def _layer(spec: LayerSpec, key: str, number: int, bound: Bound) -> LayerLook:
    moved = bound.get(("layer", number, 0), {})
    opacity = min(max(moved.get("opacity", spec.opacity), 0.0), 1.0)
    params: Mapping[str, Value] = spec.params
    if moved:
        params = {**params, **{name: _turned(name, value) for name, value in moved.items() if name != "opacity"}}
    return LayerLook(key, spec.source, spec.blend, opacity, params, effects(spec.effects, bound, "layer", number))


def _turned(name: str, value: float) -> float:
    """`motion` counts turns and a generator repeats itself after each: running beats may move it for ever."""
    return value % 1.0 if name == "motion" else value


def engine_look(scene: Scene, bound: Bound) -> EngineSpec:
    """The scene's engine settings with its bound values, kept within what the engine takes."""
    moved = bound.get(("engine", 0, 0))
    if not moved:
        return scene.engine
    least = {"strength": 0.0, "hold": 0.25, "morph": 0.0, "motion": 0.25, "closeness": 0.0}
    most = {"strength": 1.0, "hold": 256.0, "morph": 256.0, "motion": 256.0, "closeness": 1.0}
    changes: dict[str, Any] = {name: min(max(moved[name], least[name]), most[name]) for name in ENGINE if name in moved}
    turned = {name.removeprefix(ATTR): value for name, value in moved.items() if name.startswith(ATTR)}
    if turned:
        changes["attr"] = tuple({**dict(scene.engine.attr), **turned}.items())
    return replace(scene.engine, **changes)
