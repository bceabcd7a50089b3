"""Everything that needs OpenGL, in one place: window or no window, compositor, shaders."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import moderngl

from vj.core.errors import VjError, discreet
from vj.core.types import Moment, SceneLook
from vj.engine_link import Engine
from vj.files.camera import address_in
from vj.files.capture import MEND_PAST, NO_PAST, Cameras
from vj.outputs.window import Window
from vj.render.compositor import Compositor
from vj.render.gl import Picture, open_context
from vj.render.store import ShaderStore
from vj.render.threads import spread
from vj.setlist.schema import Setlist
from vj.sources.context import SourceContext
from vj.sources.load import open_source

COMFORT = ((640, 360), 30.0)
"""size and frame rate where nobody asked for others and OpenGL runs on the processor"""
SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software")


def software(renderer: str) -> bool:
    """True when OpenGL runs on the processor."""
    return any(name in renderer.lower() for name in SOFTWARE)


def _even(side: float) -> int:
    """An even size that is no power of two: Mesa's software renderer compiles every shader again for those."""
    even = max(18, round(side / 2) * 2)
    return even - 2 if even & (even - 1) == 0 else even


@dataclass(frozen=True, slots=True)
class StageOptions:
    """size None: as the setlist says, less on software OpenGL. offline: every frame exact, however long it takes."""

    size: tuple[int, int] | None = None
    window: bool = False
    monitor: int | None = None
    offline: bool = False


class Stage:
    """The context, what is drawn with it, and where it is seen."""

    def __init__(self, setlist: Setlist, wanted: StageOptions, engine: Engine | None = None) -> None:
        size = wanted.size
        self.window = Window(setlist.show.title, size or setlist.show.size, wanted.monitor) if wanted.window else None
        self.ctx: moderngl.Context = open_context(window=wanted.window)
        self.renderer = str(self.ctx.info["GL_RENDERER"])
        if software(self.renderer):
            spread()
        self.size = size or (COMFORT[0] if software(self.renderer) else setlist.show.size)
        self.store = ShaderStore(self.ctx, setlist.path.parent)
        self.cameras, self._offline = Cameras(), wanted.offline
        self.allow(setlist)
        context = SourceContext(
            self.ctx, self.store, setlist.path.parent, setlist.show.fallback, engine, wanted.offline, self.cameras
        )
        self.compositor = Compositor(
            self.ctx, self.size, lambda spec: open_source(spec, context), self.store, setlist.show.fallback
        )
        self._later: deque[tuple[SceneLook, str]] = deque()

    def allow(self, setlist: Setlist) -> None:
        """Start the cameras of a setlist that has consent for them, and end all others.

        Raises VjError offline: a camera has no past."""
        sources = [layer.source for scene in setlist.scenes for layer in scene.layers]
        addresses = {address for source in sources if (address := address_in(source)) is not None}
        if self._offline and addresses:
            names = ", ".join(f"camera:{discreet(address)}" for address in sorted(addresses))
            raise VjError(f"{setlist.path}: {names}: {NO_PAST}", MEND_PAST)
        self.cameras.allow(setlist.show.consent, addresses)

    def comfortable_fps(self, wanted: float) -> float:
        """The wanted frame rate, or less where OpenGL runs on the processor."""
        return min(wanted, COMFORT[1]) if software(self.renderer) else wanted

    def draw_at(self, scale: float) -> None:
        """Draw at `scale` times the size from now on; outputs enlarge the picture."""
        width, height = (_even(side * scale) for side in self.size)
        self.compositor.resize((width, height) if scale < 1.0 else self.size)

    @property
    def vsync(self) -> bool:
        """True when presenting waits for a screen."""
        return self.window is not None and not software(self.renderer)

    @property
    def closed(self) -> bool:
        return self.window is not None and self.window.closed

    def pressed(self) -> list[tuple[int, int]]:
        """Key codes and actions since the last frame."""
        return self.window.poll() if self.window is not None else []

    def fullscreen(self) -> None:
        if self.window is not None:
            self.window.fullscreen()

    def prepare(self, looks: Iterable[SceneLook], transitions: Iterable[str]) -> None:
        """Compile and draw everything once: a driver that compiles in mid-show would cost frames."""
        self.prepare_later(looks, transitions)
        while self._later:
            self.prepare_next()
        self.ctx.finish()

    def prepare_later(self, looks: Iterable[SceneLook], transitions: Iterable[str]) -> None:
        """One layer, effect chain or transition per frame of the running show; what is known costs nothing."""
        for look in looks:
            self._later += [(SceneLook(look.name, (layer,)), "") for layer in look.layers]
            self._later.append((SceneLook(look.name, (), look.effects), ""))
        for name in sorted(set(transitions)):
            self._later.append((SceneLook(""), name))

    def present(self, picture: Picture, now: Moment, overlay: Callable[[Any], None] | None) -> None:
        """Show the picture (and the HUD over it); without a window there is nothing to do."""
        if self.window is not None:
            self.window.write(picture, now)
            if overlay is not None:
                overlay(self.ctx.screen)
            self.window.present()

    def prepare_next(self) -> None:
        """Compile one thing that waits, in the time that is left of a frame."""
        if self._later:
            self.compositor.prepare(*self._later.popleft())

    def errors(self) -> dict[str, str]:
        """What could not be drawn, by layer."""
        return {**self.store.errors, **self.compositor.errors}

    def look_for_saved_shaders(self) -> None:
        """Take over shaders that were saved since the last call; a broken save keeps what runs."""
        self.compositor.reload_changed()

    def close(self) -> None:
        """Give back the cameras, the context and the window; may be called twice."""
        self.cameras.close()
        if self.window is not None:
            self.window.close()
