"""`restyle:SOURCE`: another source, dreamed over by the engine; the source itself while the engine is late or gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vj.core.errors import VjError
from vj.core.types import FrameSource, Moment, Param, Value
from vj.render.gl import Target
from vj.sources.context import SourceContext
from vj.sources.neural import Neural

POOL = "restyle"
"""the name under which the engine's frames come back"""
SIZE = (512, 288)
"""what the engine gets to see; it makes it as small as the setlist's engine.size"""


def open(argument: str, stage: SourceContext) -> FrameSource:
    """argument: any other source, such as `shader:waves`. Raises VjError for none, or for a dream within a dream."""
    from vj.sources.load import open_source

    kind = argument.partition(":")[0]
    if kind in ("", "neural", POOL, "feedback"):
        raise VjError(f'source "restyle:{argument}": cannot be dreamed over', "write it as restyle:shader:waves")
    return Restyle(open_source(argument, stage), stage)


class Restyle:
    """Draws the source small, gives it to the engine, and shows what comes back."""

    def __init__(self, inner: FrameSource, stage: SourceContext) -> None:
        self._inner, self._stage = inner, stage
        self._seen = Target(stage.ctx, SIZE)
        self._shown = Neural(POOL, stage, inner)
        self.params: tuple[Param, ...] = (*inner.params, *Neural.params)

    def prepare(self, size: tuple[int, int]) -> None:
        """Compile everything that drawing needs."""
        self._shown.prepare(size)

    def draw(self, target: Any, now: Moment, params: Mapping[str, Value]) -> bool:
        """False when the source has nothing to show."""
        if self._stage.engine is not None and self._inner.draw(self._seen, now, params):
            self._stage.engine.show(np.ascontiguousarray(self._seen.pixels()))
        return self._shown.draw(target, now, params)

    def close(self) -> None:
        self._seen.release()
        self._shown.close()
