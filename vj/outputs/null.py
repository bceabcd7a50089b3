"""An output that takes pictures and keeps none: headless shows, benchmarks."""

from __future__ import annotations

from typing import Any

from vj.core.types import Moment


class Null:
    """Counts what it is given."""

    frames = 0

    def write(self, picture: Any, now: Moment) -> None:
        self.frames += 1

    def close(self) -> None:
        pass
