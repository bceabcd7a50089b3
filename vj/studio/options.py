"""What every studio job is told, and what comes back. Imports nothing heavy: every start of `vj` reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from vj.core.errors import VjError, nearest

QC = ("off", "warn", "retry", "fail")


@dataclass(frozen=True, slots=True)
class Options:
    """Common to every job; 0, None and "" mean the job's own default."""

    size: tuple[int, int] | None = None
    """W, H of the video in pixels"""
    fps: float = 0.0
    seconds: float = 0.0
    seed: int = 0
    """the same seed gives the same frames"""
    steps: int = 0
    """denoising steps"""
    guidance: float = 0.0
    preview: bool = False
    """say where the growing file is, and let it grow every half second"""
    resume: bool = False
    """go on with what an interrupted run left"""
    pool: str = ""
    """add the clip to this latent pool"""
    threads: int = 0
    quiet: bool = False
    consent: str = ""
    """of the people whose faces are in the input media: who, what for, date"""
    qc: str = "warn"
    """off, warn (look cheaply, say what is wrong), retry (make it again with another seed), fail"""
    retries: int = 3
    """how often a clip that fails is made again"""
    words: bool = False
    """write the prompt itself into the file's label, not only its hash"""
    badge: bool = False
    """a small visible sign in the corner that says how it was made"""

    def __post_init__(self) -> None:
        """Raises VjError for a word of `qc` that is none."""
        if self.qc not in QC:
            raise VjError(f"--qc {self.qc}: unknown{nearest(self.qc, QC)}", f"one of {', '.join(QC)}")

    def known(self, **defaults: Any) -> Options:
        """The same with defaults where nothing was said."""
        return replace(self, **{name: getattr(self, name) or value for name, value in defaults.items()})


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job. sha256 is that of all frames as they went to the encoder; "" after a resume."""

    path: str
    frames: int
    size: tuple[int, int]
    fps: float
    seconds: float
    took_s: float
    sha256: str = ""
    sound: bool = False
    label: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    """names of the checks that it does not pass, of those that --qc made"""

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def told(manner: Any) -> dict[str, str]:
    """What a job's own options say where they are not the usual ones, for its label: an interrupted job goes on only
    with the same. Paths by their names, sizes as 512x288."""
    usual, out = type(manner)(), dict[str, str]()
    for name in (part.name for part in fields(manner)):
        value = getattr(manner, name)
        if value != getattr(usual, name):
            size = "x".join(str(side) for side in value) if isinstance(value, tuple) else str(value)
            out[name] = value.name if isinstance(value, Path) else size
    return out
