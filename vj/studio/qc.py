"""Quality control of finished files: every check over a video as it is decoded, the job of `vj qc`."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.quality import run, vbench
from engine.quality.contracts import AREA, Clip, Look, Span, Verdict
from engine.quality.limits import LIMITS
from vj.core.errors import VjError, nearest
from vj.files.video import Frame, Info, probe, timed
from vj.studio.output import label_of

__all__ = ["Asked", "Checked", "Verdict", "check", "known", "pictures", "thumb"]

STRIP = 16
"""pictures of the whole clip in the report, at most twice as many"""
THUMB = 200
"""pixels, the longer side of a picture in the report"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a file. prompt and loop also come from its label."""

    prompt: str = ""
    only: tuple[str, ...] = ()
    """names of checks; none: all of them"""
    loop: bool = False


@dataclass(frozen=True)
class Checked:
    """What came of it."""

    info: Info
    clip: Clip
    """what the checks were told"""
    verdicts: tuple[Verdict, ...]
    vbench: Mapping[str, float]
    """the figures that VBench defines on pixels, for comparison with its tables; they decide nothing"""
    times: Sequence[float] = field(repr=False)
    """of every frame, in seconds"""
    strip: tuple[tuple[int, bytes], ...] = field(repr=False)
    """(frame number, JPEG), spread over the clip"""

    @cached_property
    def failed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.ok is False)

    @property
    def ok(self) -> bool:
        """Nothing that could be checked is bad."""
        return not self.failed

    def seconds(self, span: Span) -> tuple[float, float]:
        """When it begins and ends."""
        last = min(span.last, len(self.times) - 1)
        return self.times[min(span.first, last)], self.times[last] + 1 / self.clip.fps

    def as_dict(self) -> dict[str, Any]:
        """For --json; its keys stay."""
        said = {"file": str(self.info.path), "size": list(self.info.size), "fps": round(self.clip.fps, 3)}
        said |= {"frames": len(self.times), "seconds": round(self.times[-1] + 1 / self.clip.fps, 3)}
        said |= {"prompt": self.clip.prompt, "loop": self.clip.loop, "ok": self.ok}
        return said | {"checks": {v.name: self._told(v) for v in self.verdicts}, "vbench": dict(self.vbench)}

    def _told(self, verdict: Verdict) -> dict[str, Any]:
        where = []
        for span in verdict.where:
            first, last = self.seconds(span)
            where.append(asdict(span) | {"from_s": round(first, 3), "to_s": round(last, 3)})
        said = {"ok": verdict.ok, "score": verdict.score, "least": LIMITS[verdict.name].least, "where": where}
        return said | {"reason": verdict.reason, "measured": dict(verdict.measured)}


def check(path: Path | str, asked: Asked = Asked(), quiet: bool = True) -> Checked:
    """Every check over one file, of any size and length, or over a picture.

    Raises MediaError for a file that cannot be read, VjError for a check that is none.
    Example: `check("clip.mp4", Asked("slow violet tunnel")).failed`"""
    info, label = probe(path), label_of(path)
    prompt = asked.prompt or label.get("prompt", "")
    clip = Clip(info.fps, info.frames, prompt, asked.loop or label.get("loop") == "True")
    jury, reel = run.Jury(clip, known(asked.only)), Reel(info.path)
    figures = None if asked.only else vbench.watch(clip)
    if figures is not None:
        next(figures)
    columns = (TextColumn(f"checking {info.path.name}", markup=False), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task("", total=info.frames)
        for look in run.looks(reel, jury.moving or figures is not None):
            jury.look(look)
            if figures is not None:
                figures.send(look)
            reel.keep(look)
            bar.update(task, completed=jury.seen, total=max(info.frames, jury.seen))
    measured = {} if figures is None else run.said(figures)
    return Checked(info, clip, tuple(jury.verdicts()), measured, reel.times, tuple(reel.strip))


def known(only: Sequence[str]) -> tuple[str, ...]:
    """Names of checks, without blanks. Raises VjError for one that is none."""
    wanted = tuple(name.strip().lower() for name in only if name.strip())
    for name in wanted:
        if name not in run.names():
            raise VjError(f"{name}: no such check{nearest(name, run.names())}", f"one of {', '.join(run.names())}")
    return tuple(dict.fromkeys(wanted))


class Reel:
    """The frames of a file, small as they are looked at, and what is kept of them: their times and a few pictures."""

    def __init__(self, path: Path) -> None:
        self._path, self._step = path, 1
        self.times: array[float] = array("d")
        self.strip: list[tuple[int, bytes]] = []

    def __iter__(self) -> Iterator[Frame]:
        size: tuple[int, int] | None = None
        for at, frame in timed(self._path, AREA):
            shape = frame.shape[1], frame.shape[0]
            size = size or shape
            self.times.append(float(at))
            yield frame if shape == size else np.asarray(cv2.resize(frame, size), np.uint8)  # it may change on the way

    def keep(self, look: Look) -> None:
        """Every so many-th, and fewer of them when the clip goes on."""
        if look.number % self._step:
            return
        self.strip.append((look.number, thumb(look.frame)))
        if len(self.strip) == 2 * STRIP:
            self.strip, self._step = self.strip[::2], 2 * self._step


def thumb(frame: Frame) -> bytes:
    """A small JPEG."""
    scale = min(1.0, THUMB / max(frame.shape[:2]))
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 78])
    return data.tobytes()


def pictures(path: Path, numbers: Sequence[int]) -> dict[int, bytes]:
    """Frames by their numbers as small JPEGs, looked up in the file."""
    wanted, last = set(numbers), max(numbers, default=-1)
    found: dict[int, bytes] = {}
    for number, (_, frame) in enumerate(timed(path, AREA) if wanted else ()):
        if number in wanted:
            found[number] = thumb(frame)
        if number == last:
            break
    return found
