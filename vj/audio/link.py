"""The stage's end of the ears: what to start, and the newest features without ever waiting. Imports nothing heavy."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Protocol

from vj.audio.features import DTYPE, EarsStatus, unpack
from vj.core.slots import AudioRing, Slot
from vj.core.types import AudioFeatures, BeatAnchor

RING_FRAMES = 8 * 96000
"""8 s at 96 kHz, 16 s at 48"""


class EarsSettings(Protocol):
    """What `vj.setlist.schema.AudioSpec` has."""

    @property
    def device(self) -> str: ...
    @property
    def channels(self) -> tuple[int, ...]: ...
    @property
    def gain_db(self) -> float: ...
    @property
    def hop(self) -> int: ...
    @property
    def bpm(self) -> tuple[float, float]: ...


class Ears:
    """Creates the shared memory in `folder`. Start `argv` with a supervisor; `latest` may be called before that."""

    def __init__(self, settings: EarsSettings, folder: Path, t0: float | None = None, audible: bool = False) -> None:
        """t0: when sample 0 of a file sounds (s); audible: a file or the demo track is heard too."""
        self._features, self._ring = folder / "features.slot", folder / "sound.ring"
        self.slot = Slot(self._features, DTYPE, create=True)
        self.ring = AudioRing(self._ring, RING_FRAMES, create=True)
        self._number = 0
        self._latest = (AudioFeatures(), BeatAnchor(), EarsStatus())
        job: dict[str, Any] = {
            "features": str(self._features),
            "ring": str(self._ring),
            "ring_frames": RING_FRAMES,
            "source": settings.device,
            "channels": list(settings.channels),
            "gain_db": settings.gain_db,
            "hop": settings.hop,
            "bpm": list(settings.bpm),
            "t0": t0,
            "audible": audible,
        }
        self.argv = [sys.executable, "-m", "vj.audio.worker", json.dumps(job)]

    def command(self) -> list[str]:
        """The command line of the worker; it ends when its standard input closes."""
        return list(self.argv)

    def latest(self) -> tuple[AudioFeatures, BeatAnchor, EarsStatus]:
        """The newest whole record; the one before when there is no new one. Never blocks."""
        number = self.slot.number
        if number != self._number:
            record = self.slot.read()
            if record is not None:
                self._number, self._latest = number, unpack(record)
        return self._latest

    def heartbeat(self) -> float:
        """Time of the worker's last sign of life (perf_counter s), 0 before the first."""
        return self.latest()[2].heartbeat
