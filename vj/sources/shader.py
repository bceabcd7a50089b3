"""`shader:NAME`: a generator of shaders/generators, or `shader:path/to/file.fs` beside the setlist."""

from __future__ import annotations

from collections.abc import Mapping

from vj.core.types import FrameSource, Moment, Param, Value
from vj.render.gl import Target
from vj.render.store import Handle
from vj.sources.context import SourceContext


def open(argument: str, stage: SourceContext) -> FrameSource:
    """Raises ShaderError when there is no such shader or it does not compile."""
    return ShaderSource(stage.store.handle("generators", argument))


class ShaderSource:
    """An instance of its own: two layers with one shader have two sets of buffers."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._open = True
        self.params: tuple[Param, ...] = handle.program.params

    @property
    def opaque(self) -> bool:
        """A file that lists the category Overlay leaves transparent pixels."""
        return "overlay" not in (c.lower() for c in self._handle.program.isf.categories)

    def prepare(self, size: tuple[int, int]) -> None:
        """Compiles for good, before the show comes to it."""
        self._handle.warm(size)

    def draw(self, target: Target, now: Moment, params: Mapping[str, Value]) -> bool:
        program = self._handle.program
        self.params = program.params  # other ones after a reload
        program.draw(target, now, params)
        return True

    def close(self) -> None:
        if self._open:
            self._open = False
            self._handle.release()
