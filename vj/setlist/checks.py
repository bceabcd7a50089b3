"""What a setlist names must exist: shaders, parameters, blends, pools, files, sources and targets of bindings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from vj.control.actions import ACTIONS
from vj.control.router import EVENT_KINDS, NAMES
from vj.core import policy
from vj.core.errors import ShaderError, nearest
from vj.core.paths import SHIPPED
from vj.core.statement import FORM, example, lacking
from vj.core.types import Binding, Param, Value
from vj.files.camera import address_in
from vj.setlist import targets
from vj.setlist.catalog import SOURCES, Catalog, Shaders
from vj.setlist.schema import EffectSpec, EngineSpec, LayerSpec, PoolSpec, Scene, Setlist

_LISTED = 40
"""names listed in a message before it says how many more there are"""
_Params = tuple[Param, ...] | None


def check(setlist: Setlist, catalog: Catalog, bad: Collection[str] = ()) -> Iterator[str]:
    """A line for every name that does not exist: `key path: got ..., allowed: ...`. `bad` key paths are passed over."""
    yield from (line for line in Checker(setlist, catalog).lines() if line.split(": ", 1)[0] not in bad)


def names(allowed: Iterable[str]) -> str:
    """A list of names for a message, not too long."""
    known = list(allowed)
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return (", ".join(known[:_LISTED]) or "none") + more


def wrong(key: str, got: str, allowed: Iterable[str]) -> str:
    """The line for an unknown name."""
    known = list(allowed)
    return f'{key}: got "{got}", allowed: {names(known)}{nearest(got, known)}'


NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Checker:
    """Walks a setlist. Key paths are written as in the file and count from 0."""

    def __init__(self, setlist: Setlist, catalog: Catalog) -> None:
        self._setlist, self._catalog = setlist, catalog
        self._folder = setlist.path.parent
        self._read: dict[str, _Params] = {}

    def lines(self) -> Iterator[str]:
        s, c = self._setlist, self._catalog
        if not s.scenes:
            yield "scene: got none, allowed: at least one [[scene]]"
        if s.show.fallback not in c.generators:
            yield wrong("show.fallback", s.show.fallback, c.generators)
        yield from self._effects(s.show.effects, "show.effects")
        yield from _consent("show.consent", s.show.consent)
        if s.audio.bpm[0] * 2.0 > s.audio.bpm[1]:
            yield f"audio.bpm: got {list(s.audio.bpm)}, allowed: at least one octave, such as [80, 160]"
        yield from _twice("lfo", [spec.name for spec in s.lfos])
        yield from _twice("pool", [spec.name for spec in s.pools])
        for n, pool in enumerate(s.pools):
            yield from self._pool(pool, f"pool[{n}]")
        yield from _twice("scene", [scene.name for scene in s.scenes])
        for n, bind in enumerate(s.binds):
            yield from self._bind(bind, f"bind[{n}]", s.scenes)
        for n, scene in enumerate(s.scenes):
            yield from self._scene(scene, f"scene[{n}]")

    def _scene(self, scene: Scene, at: str) -> Iterator[str]:
        if not scene.layers:
            yield f"{at}.layer: got none, allowed: at least one [[scene.layer]]"
        for n, layer in enumerate(scene.layers):
            yield from self._layer(layer, f"{at}.layer[{n}]")
        yield from self._effects(scene.effects, f"{at}.effects")
        for n, bind in enumerate(scene.binds):
            yield from self._bind(bind, f"{at}.bind[{n}]", (scene,))
        spec = scene.transition
        key = f"{at}.transition"
        params, mistakes = self._shader(spec.shader, self._catalog.transitions, f"{key}.shader")
        yield from mistakes
        yield from self._values(spec.params, params, key, spec.shader, ("shader", "beats", "quantise"))
        yield from self._engine(scene.engine, f"{at}.engine")

    def _engine(self, engine: EngineSpec, at: str) -> Iterator[str]:
        pools = self._known_pools()
        if pools and engine.pool not in pools:
            yield wrong(f"{at}.pool", engine.pool, pools)
        if engine.hold + engine.morph < 0.25:
            yield f"{at}.hold: got {engine.hold:g} and morph {engine.morph:g}, allowed: together at least 0.25 beats"
        yield from policy.lines((f"{at}.prompts[{n}]", text) for n, (text, _) in enumerate(engine.prompts))
        entries = pools.get(engine.pool, ())
        for n, entry in enumerate(engine.entries):
            if entries and entry not in entries:
                yield wrong(f"{at}.entries[{n}]", entry, entries)

    def _known_pools(self) -> dict[str, tuple[str, ...]]:
        """Those that are here, and those that `vj prerender` will make of this setlist."""
        if not self._catalog.pools:
            return {}
        return {**{spec.name: () for spec in self._setlist.pools}, **self._catalog.pools}

    def _pool(self, pool: PoolSpec, at: str) -> Iterator[str]:
        if not NAME.fullmatch(pool.name):
            yield f'{at}.name: got "{pool.name}", allowed: letters, digits, - and _; it is the name of a folder'
        if pool.name in SHIPPED:
            yield f'{at}.name: got "{pool.name}", allowed: another name; the {pool.name} pool comes with the program'
        yield from _consent(f"{at}.consent", pool.consent)
        yield from policy.lines((f"{at}.prompts[{n}]", text) for n, text in enumerate(pool.prompts))
        for n, family in enumerate(pool.families):
            if family not in self._catalog.generators:
                yield wrong(f"{at}.families[{n}]", family, self._catalog.generators)
        for n, media in enumerate(pool.media):
            if not (self._folder / media).exists():
                yield f'{at}.media[{n}]: got "{media}", allowed: a file or a folder; there is no {self._folder / media}'

    def _layer(self, layer: LayerSpec, at: str) -> Iterator[str]:
        if layer.blend not in self._catalog.blends:
            yield wrong(f"{at}.blend", layer.blend, self._catalog.blends)
        if layer.source:
            params, mistakes = self._source(layer.source, f"{at}.source")
            yield from mistakes
            if address_in(layer.source) is not None and not self._setlist.show.consent.strip():
                yield f"{at}.source: got a camera, which sees people; allowed: with [show] consent = {FORM}"
            yield from self._values(layer.params, params, at, layer.source, ("source", "blend", "opacity", "effects"))
        yield from self._effects(layer.effects, f"{at}.effects")

    def _effects(self, effects: tuple[EffectSpec, ...], at: str) -> Iterator[str]:
        for n, effect in enumerate(effects):
            if effect.shader:
                key = f"{at}[{n}]"
                params, mistakes = self._shader(effect.shader, self._catalog.effects, f"{key}.shader")
                yield from mistakes
                yield from self._values(effect.params, params, key, effect.shader, ("shader",))

    def _source(self, source: str, key: str) -> tuple[_Params, list[str]]:
        """A layer's source: its parameters (None: not known) and what is wrong with it."""
        kind, _, argument = source.partition(":")
        kinds = self._catalog.sources
        if kind not in kinds:
            allowed = [f"{k}:NAME" for k in kinds]
            return None, [f'{key}: got "{source}", allowed: {names(allowed)}{nearest(kind, kinds)}']
        if kind == "restyle":
            return self._restyled(argument, key)
        if kind == "shader":
            return self._shader(argument, self._catalog.generators, key, "shader:")
        if kind == "neural" and self._catalog.pools and argument and argument not in self._known_pools():
            return None, [wrong(key, source, [f"neural:{pool}" for pool in self._known_pools()])]
        if SOURCES.get(kind) == "a file" and not (self._folder / argument).exists():
            return None, [f'{key}: got "{source}", allowed: a file; there is no {self._folder / argument}']
        return kinds[kind], []

    def _restyled(self, argument: str, key: str) -> tuple[_Params, list[str]]:
        """What is dreamed over: any source but a dream."""
        if argument.partition(":")[0] in ("", "neural", "restyle", "feedback"):
            return None, [f'{key}: got "restyle:{argument}", allowed: restyle: and another source, as in shader:waves']
        return None, self._source(argument, key)[1]

    def _shader(self, name: str, known: Shaders, key: str, prefix: str = "") -> tuple[_Params, list[str]]:
        """A shader's parameters, by name or by path: None when they are not known."""
        if name in known:
            return known[name], []
        if not name.endswith(".fs"):
            return None, [wrong(key, prefix + name, [prefix + k for k in known])]
        path = self._folder / name
        if not path.is_file():
            return None, [f'{key}: got "{prefix}{name}", allowed: a shader file; there is no {path}']
        if name not in self._read:
            try:
                self._read[name] = self._catalog.read(path)
            except ShaderError as error:
                return None, [f'{key}: got "{prefix}{name}", which does not load: {error}']
        return self._read[name], []

    def _values(
        self, values: Mapping[str, Value], params: _Params, at: str, what: str, keys: tuple[str, ...]
    ) -> Iterator[str]:
        """Parameters against what the shader or source takes."""
        if params is None:
            return
        known = {p.name: p for p in params}
        for name, value in values.items():
            if name not in known:
                hint = nearest(name, (*known, *keys))
                yield f"{at}.{name}: {what} has no such parameter{hint}; allowed: {names(known)}; keys: {names(keys)}"
            elif (allowed := _misfit(known[name], value)) is not None:
                yield f"{at}.{name}: got {_written(value)}, allowed: {allowed}"

    def _bind(self, bind: Binding, at: str, scenes: tuple[Scene, ...]) -> Iterator[str]:
        if bind.source:
            yield from self._bind_source(bind.source, f"{at}.source")
        if not bind.target:
            return
        key, target = f"{at}.target", targets.parse(bind.target)
        if target is None:
            yield f'{key}: got "{bind.target}", allowed: {names(targets.FORMS)}{nearest(bind.target, targets.FORMS)}'
        elif target.place == "do":
            yield from self._do(bind, target.param, key)
        elif scenes:
            # a binding for the whole show needs to fit one of its scenes, not all of them
            found = [self._fits(bind.target, target, scene, key) for scene in scenes]
            if all(found):
                yield found[0]

    def _do(self, bind: Binding, action: str, key: str) -> Iterator[str]:
        if action.partition("/")[0] not in ACTIONS:
            yield wrong(key, bind.target, [f"do.{name}" for name in ACTIONS])
        elif bind.source.partition(":")[0] not in EVENT_KINDS:
            yield f'{key}: got source "{bind.source}", allowed for do.: {", ".join(f"{k}:..." for k in EVENT_KINDS)}'

    def _bind_source(self, source: str, key: str) -> Iterator[str]:
        kind, colon, rest = source.partition(":")
        known = [*NAMES, *(f"lfo.{spec.name}" for spec in self._setlist.lfos)]
        if source in known or (colon and kind in EVENT_KINDS and rest):
            return
        allowed = [*known, *(f"{k}:..." for k in EVENT_KINDS)]
        yield f'{key}: got "{source}", allowed: {", ".join(allowed)}{nearest(source, known)}'

    def _fits(self, text: str, target: targets.Target, scene: Scene, key: str) -> str:
        """What is wrong with a target in a scene; empty when it fits."""
        effects = targets.chain(self._setlist, scene, target) or ()
        where = f'scene "{scene.name}"'
        if target.place == "layer" and target.layer > len(scene.layers):
            count = len(scene.layers)
            return f'{key}: got "{text}", allowed: layer1 to layer{count} ({where} has {count})'
        if target.effect:
            if target.effect > len(effects):
                owner = {"layer": f"layer{target.layer} of {where}", "scene": where}.get(target.place, "the master")
                return f'{key}: got "{text}", allowed: {owner} has {len(effects)} effects'
            shader = effects[target.effect - 1].shader
            return self._movable(text, target, self._shader(shader, self._catalog.effects, key)[0], key)
        if target.place == "layer" and target.param != "opacity":
            params = self._source(scene.layers[target.layer - 1].source, key)[0]
            return self._movable(text, target, params, key, ("opacity",))
        return ""

    def _movable(self, text: str, target: targets.Target, params: _Params, key: str, own: tuple[str, ...] = ()) -> str:
        if params is None:
            return ""
        known = (*own, *(p.name for p in params if p.kind not in ("color", "point2D")))
        stem = text.rpartition(".")[0]
        return "" if target.param in known else wrong(key, text, [f"{stem}.{name}" for name in known])


def _consent(key: str, text: str) -> Iterator[str]:
    if text and (wrong := lacking(text)):
        yield f'{key}: got "{text[:60]}", allowed: {FORM}, such as "{example()}": {wrong}'


def _misfit(param: Param, value: Value) -> str | None:
    """What a parameter allows, if the value is not that; None when it fits."""
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    match param.kind:
        case "bool" | "event":
            return None if isinstance(value, bool) else "true or false"
        case "color":
            return None if isinstance(value, tuple) and len(value) in (3, 4) else "[red, green, blue, alpha], 0 to 1"
        case "point2D":
            return None if isinstance(value, tuple) and len(value) == 2 else "[x, y]"
        case "long" if param.values:
            return None if numeric and value in param.values else f"one of {', '.join(map(str, param.values))}"
    allowed = f"{'whole number' if param.kind == 'long' else 'number'}, {param.lo:g} to {param.hi:g}"
    fits = numeric and param.lo <= float(value) <= param.hi  # type: ignore[arg-type]
    return None if fits and (param.kind != "long" or float(value).is_integer()) else allowed  # type: ignore[arg-type]


def _written(value: Value) -> str:
    if isinstance(value, tuple):
        return str([*value])
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _twice(key: str, found: list[str]) -> Iterator[str]:
    """Names that stand in the file more than once."""
    for n, name in enumerate(found):
        if name in found[:n]:
            yield f'{key}[{n}].name: got "{name}", allowed: a name of its own; {key}[{found.index(name)}] has it'
