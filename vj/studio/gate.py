"""Quality control of what the studio makes, while it is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vj.files.video import Frame
from vj.studio.options import Options

if TYPE_CHECKING:
    from vj.studio.output import Writing


class Gate:
    """Sees every frame that is written."""

    def __init__(self, how: Writing, total: int) -> None:
        self._on = how.options.qc != "off"

    def see(self, frame: Frame) -> None:
        """The next frame."""

    def judge(self, out: Path, options: Options) -> None:
        """Say, or refuse, what is wrong."""
