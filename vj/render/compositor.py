"""From a Look to a Picture: layers, effects, blends, transitions, the master. Passes without a use are left out."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

import moderngl

from vj.core.errors import VjError
from vj.core.types import LayerLook, Look, Moment, SceneLook
from vj.render.blend import Blender
from vj.render.chain import EffectChains
from vj.render.gl import COPY_FS, Pass, Picture, Pool, Target
from vj.render.layers import Layers, LoadSource
from vj.render.store import Handle, ShaderStore

_DIM = """#version 330 core
uniform sampler2D image; uniform float brightness; out vec4 colour;
void main() { colour = vec4(texelFetch(image, ivec2(gl_FragCoord.xy), 0).rgb * brightness, 1.0); }
"""
MASTER = "master"


class Compositor:
    """Draws one Look per frame. What goes wrong is in `errors` (place -> newest text) and the show goes on."""

    def __init__(
        self,
        ctx: moderngl.Context,
        size: tuple[int, int],
        load_source: LoadSource,
        shaders: ShaderStore,
        fallback: str = "plasma",
    ) -> None:
        """size: width, height in pixels; fallback: the generator of layers whose source has nothing to show."""
        self.ctx, self.size, self.shaders = ctx, size, shaders
        self.errors: dict[str, str] = {}
        self._pool = Pool(ctx)
        self._layers = Layers(load_source, shaders, fallback, self.errors)
        self._chains = EffectChains(shaders, self._pool, self.errors)
        self._blender = Blender(ctx)
        self._dim = Pass(ctx, _DIM, ("image",), "brightness")
        self._copy = Pass(ctx, COPY_FS, ("image",), "copy")
        self._masters = [Target(ctx, size), Target(ctx, size)]
        self._dimmed: Target | None = None
        self._transitions: dict[str, Handle | None] = {}
        self._last_pair = ("", "")
        self._picture: Picture | None = None
        self._brightness = 1.0
        self._prepared = False

    def draw(self, look: Look, now: Moment) -> Picture:
        """The finished picture, valid until the next call."""
        fresh = self._picture is None or not look.freeze
        if fresh:
            self._masters.reverse()
            self._master(look, now, self._masters[0])
        brightness = min(max(look.brightness, 0.0), 1.0)
        if self._picture is not None and not fresh and brightness == self._brightness:
            return self._picture
        self._brightness = brightness
        target = self._masters[0]
        if brightness < 1.0:
            self._dimmed = self._dimmed or Target(self.ctx, self.size)
            self._dim.draw(self._dimmed.fbo, {"image": target.texture}, {"brightness": brightness})
            target = self._dimmed
        self._picture = Picture(target)
        return self._picture

    def prepare(self, scene: SceneLook, transition: str = "") -> None:
        """Compiles and opens everything a scene needs (and its transition), so that nothing stutters when it comes."""
        if not self._prepared:
            self._prepared = True
            self._layers.prepare_fallback(self.size)
        for layer in scene.layers:
            self._layers.prepare(layer, self.size)
            self._chains.prepare(layer.key, layer.effects, self.size)
            self._warm_blend(layer.blend)
        self._chains.prepare(_owner(scene), scene.effects, self.size)
        if transition and transition not in self._transitions and (handle := self._transition(transition)):
            with contextlib.suppress(VjError, moderngl.Error):
                handle.warm(self.size)

    def prune(self, keep: Collection[SceneLook]) -> None:
        """Closes the sources and buffers of every scene that is not in `keep`."""
        keys = {layer.key for scene in keep for layer in scene.layers}
        self._layers.prune(keys)
        self._chains.prune({*keys, *map(_owner, keep), MASTER})

    def reload_changed(self) -> tuple[str, ...]:
        """Shaders that were saved since the last call are compiled; call it about once a second."""
        changed = self.shaders.reload_changed()
        if changed:
            self.forget_failures()
        return changed

    def forget_failures(self) -> None:
        """Sources, effects and transitions that could not be loaded are tried again (after a setlist was saved)."""
        self._layers.forget_failures()
        self._chains.forget_failures()
        for name in [n for n, handle in self._transitions.items() if handle is None]:
            del self._transitions[name]
            self.errors.pop(f"transition {name}", None)

    def resize(self, size: tuple[int, int]) -> None:
        """New size of the picture; what feedback remembers is kept, scaled."""
        if size == self.size:
            return
        old, self._masters = self._masters, [Target(self.ctx, size), Target(self.ctx, size)]
        for before, after in zip(old, self._masters, strict=True):
            self._copy.draw(after.fbo, {"image": before.texture}, {"size": after.float_size})
            before.release()
        self._pool.release()
        if self._dimmed is not None:
            self._dimmed.release()
            self._dimmed = None
        had_picture = self._picture is not None
        self.size = size
        # a frozen picture stays frozen through a resize
        self._picture = Picture(self._masters[0]) if had_picture else None
        self._brightness = 1.0

    def release(self) -> None:
        self._layers.release()
        self._chains.release()
        self._blender.release()
        for handle in self._transitions.values():
            if handle is not None:
                handle.release()
        self._transitions.clear()
        self._pool.release()
        for target in (*self._masters, *([self._dimmed] if self._dimmed else [])):
            target.release()
        self._dim.release()
        self._copy.release()

    # -- one frame

    @property
    def _feedback(self) -> moderngl.Texture:
        return self._masters[1].texture

    def _master(self, look: Look, now: Moment, out: Target) -> None:
        try:
            self._chains.draw(MASTER, look.effects, lambda into: self._mix(look, into, now), out, now, self._feedback)
            self.errors.pop(MASTER, None)
        except (VjError, moderngl.Error) as error:
            self.errors[MASTER] = str(error)
            self._layers.draw_gradient(out, now)

    def _mix(self, look: Look, out: Target, now: Moment) -> None:
        if look.after is None or look.progress <= 0.0:
            self._scene(look.scene, out, now)
            return
        if look.progress >= 1.0:
            self._scene(look.after, out, now)
            return
        start, end = self._pool.take(self.size), self._pool.take(self.size)
        self._scene(look.scene, start, now)
        self._scene(look.after, end, now)
        handle = self._transition(look.transition)
        place = f"transition {look.transition}"
        pair = (look.scene.name, look.after.name)
        if handle is not None and pair != self._last_pair:
            handle.program.reset()  # a transition begins at TIME 0
        self._last_pair = pair
        try:
            if handle is not None:
                images = {"startImage": start.texture, "endImage": end.texture}
                handle.program.draw(out, now, {**look.params, "progress": look.progress}, images)
                self.errors.pop(place, None)
        except (VjError, moderngl.Error) as error:
            handle = None
            self.errors[place] = str(error)
        if handle is None:
            self._blender.draw(out, start, end, "normal", look.progress)
        self._pool.give(start)
        self._pool.give(end)

    def _scene(self, scene: SceneLook, out: Target, now: Moment) -> None:
        self._chains.draw(
            _owner(scene), scene.effects, lambda into: self._stack(scene, into, now), out, now, self._feedback
        )

    def _stack(self, scene: SceneLook, out: Target, now: Moment) -> None:
        """Layers, bottom first. The last blend goes straight into `out`, and so does a lone opaque layer."""
        if not scene.layers:
            self._layers.draw_fallback(f"{_owner(scene)} without layers", out, now)
            return
        seen = [layer for layer in scene.layers if layer.opacity > 0.0]
        if not seen:
            out.clear(alpha=1.0)  # every fader is down: black is what was asked for
            return
        below: Target | None = None
        for layer in seen:
            into = out if layer is seen[-1] else self._pool.take(out.size)
            whole = layer.opacity >= 1.0 and layer.blend == "normal"
            if below is None and whole and self._layers.opaque(layer):
                self._layer(layer, into, now)
                below = into
                continue
            if below is None:
                below = self._pool.take(out.size)
                below.clear(alpha=1.0)
            drawn = self._pool.take(out.size)
            self._layer(layer, drawn, now)
            self._blender.draw(into, below, drawn, layer.blend, min(layer.opacity, 1.0))
            self._pool.give(drawn)
            self._pool.give(below)
            below = into

    def _warm_blend(self, mode: str) -> None:
        if not self._blender.has(mode):
            three = [self._pool.take(self.size) for _ in range(3)]
            self._blender.draw(three[0], three[1], three[2], mode, 1.0)
            for target in three:
                self._pool.give(target)

    def _layer(self, layer: LayerLook, out: Target, now: Moment) -> None:
        def source(into: Target) -> None:
            self._layers.draw(layer, into, now, self._feedback)

        self._chains.draw(layer.key, layer.effects, source, out, now, self._feedback)

    def _transition(self, name: str) -> Handle | None:
        if name not in self._transitions:
            try:
                self._transitions[name] = self.shaders.handle("transitions", name)
            except VjError as error:
                self._transitions[name] = None
                self.errors[f"transition {name}"] = str(error)
        return self._transitions[name]


def _owner(scene: SceneLook) -> str:
    return f"scene:{scene.name}"
