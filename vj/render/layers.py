"""What fills a layer: its source, or the fallback generator, or a gradient that cannot fail. Never black."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import moderngl

from vj.core.errors import VjError, discreet
from vj.core.types import FrameSource, LayerLook, Moment
from vj.render.gl import COPY_FS, Pass, Target
from vj.render.store import Handle, ShaderStore

LoadSource = Callable[[str], FrameSource]
FEEDBACK = "feedback:"
_GRADIENT = """#version 330 core
uniform vec2 size; uniform float t; out vec4 colour;
void main() {
    vec2 p = gl_FragCoord.xy / size;
    vec3 c = 0.5 + 0.35 * cos(6.2831853 * (vec3(0.0, 0.33, 0.67) + 0.35 * p.x + 0.2 * p.y + 0.03 * t));
    colour = vec4(c, 1.0);
}
"""


@dataclass(slots=True)
class _Filled:
    text: str
    source: FrameSource | None
    fallback: Handle | None = None
    tried_fallback: bool = False


class Layers:
    """Sources by the layer's key."""

    def __init__(self, load: LoadSource, store: ShaderStore, fallback: str, errors: dict[str, str]) -> None:
        """errors: key -> why the layer shows its fallback, removed when its source works again."""
        self._load, self._store, self._errors = load, store, errors
        self.fallback = fallback
        self._filled: dict[str, _Filled] = {}
        self._gradient = Pass(store.ctx, _GRADIENT, (), "gradient")
        self._copy = Pass(store.ctx, COPY_FS, ("image",), "copy")

    def prepare(self, layer: LayerLook, size: tuple[int, int]) -> None:
        """Opens the source, and lets it do beforehand what takes time: `source.prepare(size)` if it has that."""
        if layer.key in self._filled and self._filled[layer.key].text == layer.source:
            return
        filled = self._get(layer)
        try:
            if filled.source is not None and (prepare := getattr(filled.source, "prepare", None)):
                prepare(size)
        except Exception as error:  # seam: a source that fails is a layer that falls back
            self._errors[layer.key] = str(error)

    def prepare_fallback(self, size: tuple[int, int]) -> None:
        """Compiles the fallback: when it is needed, there is no time for that."""
        try:
            handle = self._store.handle("generators", self.fallback)
            handle.warm(size)
            handle.release()
        except (VjError, moderngl.Error) as error:
            self._errors["fallback"] = str(error)

    def opaque(self, layer: LayerLook) -> bool:
        """False when the source may leave transparent pixels (`source.opaque` says so)."""
        source = self._get(layer).source
        return bool(getattr(source, "opaque", True))

    def draw(self, layer: LayerLook, into: Target, now: Moment, feedback: moderngl.Texture) -> None:
        filled = self._get(layer)
        if layer.source.startswith(FEEDBACK):
            self._copy.draw(into.fbo, {"image": feedback}, {"size": into.float_size})
            return
        if filled.source is not None:
            try:
                if filled.source.draw(into, now, layer.params):
                    self._errors.pop(layer.key, None)
                    return
                self._errors.setdefault(layer.key, discreet(f"{layer.source} has nothing to show yet"))
            except Exception as error:  # seam: whatever a source does wrong, the show goes on
                self._errors[layer.key] = discreet(f"{layer.source}: {error}")
        self._fall_back(filled, into, now)

    def draw_fallback(self, key: str, into: Target, now: Moment) -> None:
        """The fallback generator for something that has no source at all."""
        self._fall_back(self._filled.setdefault(key, _Filled("", None)), into, now)

    def draw_gradient(self, into: Target, now: Moment) -> None:
        """The last resort: compiled at start, needs nothing."""
        self._gradient.draw(into.fbo, {}, {"size": into.float_size, "t": now.t % 3600.0})

    def prune(self, keys: Collection[str]) -> None:
        for key in [k for k in self._filled if k not in keys]:
            self._drop(key)

    def forget_failures(self) -> None:
        """Sources that could not be opened are tried again when they are drawn next."""
        for key in [k for k, filled in self._filled.items() if filled.source is None]:
            self._drop(key)

    def release(self) -> None:
        for key in list(self._filled):
            self._drop(key)
        self._gradient.release()
        self._copy.release()

    def _get(self, layer: LayerLook) -> _Filled:
        filled = self._filled.get(layer.key)
        if filled is not None and filled.text == layer.source:
            return filled
        if filled is not None:
            self._drop(layer.key)
        filled = self._filled[layer.key] = _Filled(layer.source, None)
        if not layer.source.startswith(FEEDBACK):
            try:
                filled.source = self._load(layer.source)
            except Exception as error:  # seam: plugins are loaded by name
                self._errors[layer.key] = discreet(f"{layer.source}: {error}")
        return filled

    def _fall_back(self, filled: _Filled, into: Target, now: Moment) -> None:
        if not filled.tried_fallback:
            filled.tried_fallback = True
            try:
                filled.fallback = self._store.handle("generators", self.fallback)
            except VjError as error:
                self._errors["fallback"] = str(error)
        try:
            if filled.fallback is not None:
                filled.fallback.program.draw(into, now, _NO_PARAMS)
                return
        except (VjError, moderngl.Error) as error:
            self._errors["fallback"] = str(error)
        self.draw_gradient(into, now)

    def _drop(self, key: str) -> None:
        filled = self._filled.pop(key)
        self._errors.pop(key, None)
        if filled.fallback is not None:
            filled.fallback.release()
        if filled.source is not None:
            filled.source.close()


_NO_PARAMS: Mapping[str, float] = {}
