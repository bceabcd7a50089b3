"""What a source may use, built once by the app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import moderngl

from vj.render.store import ShaderStore

if TYPE_CHECKING:
    from vj.files.capture import Cameras


@dataclass(frozen=True, slots=True)
class SourceContext:
    ctx: moderngl.Context
    store: ShaderStore
    base: Path
    """the setlist's folder: relative paths start here"""
    fallback: str = "plasma"
    """generator that is drawn while a source has nothing to show"""
    engine: Any = None
    """the stage's end of the engine (vj.engine_link), None without one"""
    offline: bool = False
    """True: every frame exact and the same each time, however long it takes; False: the newest frame wins"""
    cameras: Cameras | None = None
    """those that the setlist has consent for; None: no cameras here"""
