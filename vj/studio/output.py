"""Writing what a studio job makes so that nothing is lost.

Frames go to `OUT.part.mp4`, which plays while it grows and after a crash; when all are there it becomes `OUT.mp4`.
An interrupted job leaves the part, and `resume` goes on behind its last whole second.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.errors import EngineError
from vj.core.errors import MediaError, VjError
from vj.files.media import MovieSettings, MovieWriter
from vj.files.video import Frame, filled
from vj.files.video import frames as read_frames
from vj.labels import promises
from vj.labels.about import About, kind_of
from vj.labels.seal import seal
from vj.studio.consent import asked
from vj.studio.gate import Gate, Rejected, rejected_of
from vj.studio.options import Made, Options

if TYPE_CHECKING:
    from engine.quality.contracts import Verdict

RATE = 48000
PREVIEW_GOP_S = 0.5
POOL_SIZE, POOL_FRAMES = (512, 288), 8
MOST_SIDE = 8192

__all__ = ["Made", "Options", "Writing", "label_of", "part_of", "plainly", "write"]

Frames = Iterable[Frame] | Callable[[int], Iterable[Frame]]
"""all frames, or a function that makes them from frame N on: what can skip cheaply goes on quickly"""


@dataclass(frozen=True, slots=True)
class Writing:
    """How to write: what `write` needs beside the frames."""

    size: tuple[int, int]
    fps: float
    options: Options = field(default_factory=Options)
    label: Mapping[str, str] = field(default_factory=dict)
    """pipeline, model, weights, prompt, seed: what the file says of itself"""
    doing: str = "dreaming"
    sound: NDArray[np.float32] | None = None
    """the sound track [N, 2] at 48 kHz"""
    inputs: tuple[Path | str | None, ...] = ()
    """the user's media that it is made from: asked for consent, told in the label; another file is another job"""
    resumable: bool = True
    loop: bool = False
    """it is meant to go on with its first frame after its last"""

    @property
    def about(self) -> About:
        """What the file will say of itself."""
        inputs = tuple(Path(path) for path in self.inputs if path)
        kind = kind_of("model" in self.label, bool(inputs))
        return About(kind, self.label, inputs, self.options.consent, self.options.words)


def write(frames: Frames, total: int, out: Path, how: Writing) -> Made:
    """Write `total` frames (or as many as there are) to the MP4 `out`, with progress; add them to the options' pool.

    Raises VjError for a folder that is not there, Rejected for what `--qc` refuses, MediaError when the disk is full:
    then `OUT.part.mp4` holds what was made. KeyboardInterrupt passes through after saying the same."""
    out = Path(out)
    how = replace(how, size=(how.size[0] & ~1, how.size[1] & ~1))
    only_pool = bool(how.options.pool) and not out.name
    _check(out, how, only_pool)
    asked(how)
    promises.keep()
    how = replace(how, resumable=how.resumable and not only_pool)
    part = Path(tempfile.mkdtemp()) / "pool.part.mp4" if only_pool else part_of(out)
    film = _Film(part, total, how)
    try:
        film.shoot(frames)
    except KeyboardInterrupt:
        if not only_pool:
            more = "; --resume goes on" if how.resumable else ""
            told = f"stopped: {part} holds {film.done} of {total} frames and plays{more}"
            film.console.print(told, soft_wrap=True)
        raise
    except (FFmpegError, OSError) as error:
        if error.errno == errno.ENOSPC:
            told = f"{out}: the disk is full after {film.done} of {total} frames"
            raise MediaError(told, f"make room and go on with --resume; {part} plays") from None
        raise MediaError(f"{out}: cannot be written ({error.strerror or error})", "choose another folder") from None
    finally:
        film.close()
        if only_pool:
            shutil.rmtree(part.parent, ignore_errors=True)
    if film.done == 0:
        raise MediaError(f"{out}: no frame came out", "give a longer input")
    faults = film.gate.faults(part if film.skipped else None)
    if not only_pool:
        seal(part, film.about, out)
    if faults and film.gate.mode in ("retry", "fail"):
        raise _rejected(film, out, None if only_pool else part, faults)
    film.gate.tell(faults)
    return _placed(film, out, None if only_pool else part, faults)


def _rejected(film: _Film, out: Path, part: Path | None, faults: Sequence[Verdict]) -> Rejected:
    """The file is left beside `out`."""
    kept = rejected_of(out, film.how.options) if part else None
    if part and kept:
        os.replace(part, kept)
    no = Rejected((out, kept, film.how.fps), faults, film.sha256)
    no.finish = lambda: _placed(film, out, kept, faults)
    return no


def _placed(film: _Film, out: Path, part: Path | None, faults: Sequence[Verdict]) -> Made:
    """The file in its place, and the clip in its pool. part None: only that."""
    how = film.how
    if part:
        os.replace(part, out)
    if how.options.pool:
        film.keep.store(how, out if film.skipped else None)
    path, seconds, wrong = str(out) if part else "", film.done / how.fps, tuple(fault.name for fault in faults)
    took, sound = time.perf_counter() - film.began, how.sound is not None
    return Made(path, film.done, how.size, how.fps, seconds, took, film.sha256, sound, film.label, wrong)


class _Film:
    """The file that is being written, and how far it is."""

    def __init__(self, part: Path, total: int, how: Writing) -> None:
        self.how, self.total, self.done, self.skipped = how, total, 0, 0
        self.began = time.perf_counter()
        self.console = Console(stderr=True, quiet=how.options.quiet)
        self.label = {**how.label, **({"loop": "True"} if how.loop else {}), "job": _job(how, total)}
        self.keep = _Keep(total if how.options.pool else 0)
        self.gate = Gate(how, total)
        about = replace(how.about, said=self.label)
        self.about = about = replace(about, marked=about.mark)
        rate = RATE if how.sound is not None else 0
        settings = MovieSettings(how.size, how.fps, rate, 17, "veryfast", 0, about.comment, mark=about.mark)
        settings = replace(settings, badge=about.kind if how.options.badge else "")
        settings = replace(settings, gop_s=PREVIEW_GOP_S if how.options.preview else 1.0)
        self._before = _before(part, self.label["job"]) if how.options.resume else None
        self._digest, self._writer = hashlib.sha256(), MovieWriter(part, settings)
        if how.options.preview:
            self.console.print(f"watch it grow: {part}", soft_wrap=True)

    def shoot(self, frames: Frames) -> None:
        """All of them."""
        how, quiet = self.how, self.how.options.quiet
        bar = (TextColumn(how.doing), BarColumn(), MofNCompleteColumn(), TextColumn("frames"), TimeRemainingColumn())
        with Progress(*bar, console=self.console, disable=quiet) as progress:
            task = progress.add_task("", total=self.total)
            for self.done in self._writer.copy(self._before) if self._before else ():  # noqa: B020
                self._sound()
            self.skipped = self.done
            if self._before:
                self._before.unlink(missing_ok=True)
            for frame in frames(self.done) if callable(frames) else islice(frames, self.done, None):
                self._take(frame)
                progress.update(task, completed=self.done, total=max(self.total, self.done))
        self._writer.close()

    @property
    def sha256(self) -> str:
        """Of all frames; "" when some were taken over from a file."""
        return "" if self.skipped else self._digest.hexdigest()

    def close(self) -> None:
        """What is there stays readable, whatever happened."""
        with contextlib.suppress(FFmpegError, OSError):
            self._writer.close()
        part = self._writer.path
        if self._before and self._before.is_file():
            os.replace(self._before, part)  # it was not yet taken over
        elif self.done == 0:
            part.unlink(missing_ok=True)

    def _take(self, frame: Frame) -> None:
        pixels = frame if frame.shape[1::-1] == self.how.size else filled(frame, self.how.size)
        self._digest.update(np.ascontiguousarray(pixels).data)
        self._writer.video(pixels, self.done / self.how.fps)
        self.keep.see(self.done, pixels)
        if not self.skipped:
            self.gate.see(pixels)
        self.done += 1
        self._sound()

    def _sound(self) -> None:
        """The sound that belongs to the last frame: sample numbers are whole, so nothing drifts."""
        if self.how.sound is None:
            return
        first, last = (round(n / self.how.fps * RATE) for n in (self.done - 1, self.done))
        block = self.how.sound[first:last]
        if len(block) < last - first:
            block = np.pad(block, ((0, last - first - len(block)), (0, 0)))
        self._writer.audio(block)


def _check(out: Path, how: Writing, only_pool: bool) -> None:
    if max(how.size) > MOST_SIDE or min(how.size) < 16:
        raise VjError(f"size {how.size[0]}x{how.size[1]}", f"16 to {MOST_SIDE} pixels a side")
    if not only_pool and not out.resolve().parent.is_dir():
        raise VjError(f"{out}: the folder {out.resolve().parent} is not there", "make it, or choose another")


def part_of(out: Path) -> Path:
    """Where the frames go until all are there."""
    return out.with_name(f"{out.stem}.part.mp4")


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """The engine's errors as those of the program."""
    try:
        yield
    except EngineError as error:
        raise VjError(str(error)) from None


def label_of(path: Path | str) -> dict[str, str]:
    """What a video that a job wrote says of itself; {} for others."""
    try:
        with av.open(str(path)) as container:
            said = json.loads(container.metadata.get("comment", "{}"))
    except (FFmpegError, OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in said.items()} if isinstance(said, dict) else {}


def _job(how: Writing, total: int) -> str:
    """The same for the same job: only that may be gone on with."""
    files = [Path(path) for path in how.inputs if path and Path(path).is_file()]
    seen = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    about = [seen, dict(how.label), how.size, how.fps, total, how.options.seed, how.options.steps, how.options.guidance]
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]


def _before(part: Path, job: str) -> Path | None:
    """The part that is there, moved out of the way. Raises MediaError when it belongs to another job."""
    before = part.with_name(part.name.replace(".part.mp4", ".before.mp4"))
    if part.is_file():  # a run that was killed while taking over leaves both: the longer one counts
        if not before.is_file() or part.stat().st_size >= before.stat().st_size:
            os.replace(part, before)
    elif not before.is_file():
        return None
    if label_of(before).get("job") != job:
        os.replace(before, part)
        raise MediaError(f"{part}: was left by another job (other words, size, seed ...)", "leave --resume away")
    return before


class _Keep:
    """A few frames of the clip, spread over it, for a pool: forwards in the first half of the loop, then backwards."""

    def __init__(self, total: int) -> None:
        half = POOL_FRAMES // 2 + 1
        self._wanted = {round(i * max(0, total - 1) / (half - 1)) for i in range(half)} if total else set()
        self._got: list[Frame] = []

    def see(self, number: int, frame: Frame) -> None:
        if number in self._wanted:
            self._got.append(filled(frame, POOL_SIZE))

    def store(self, how: Writing, film: Path | None = None) -> None:
        """film: where frames were taken over, they are looked up in the finished file."""
        if film is not None:
            self._got = []
            for number, frame in enumerate(read_frames(film)):
                self.see(number, frame)
        from vj.studio.house import house_of
        from vj.studio.poolbook import add

        got = self._got + self._got[-1:] * (POOL_FRAMES // 2 + 1 - len(self._got))
        loop = np.stack([got[i if i <= POOL_FRAMES // 2 else POOL_FRAMES - i] for i in range(POOL_FRAMES)])
        caption = how.label.get("prompt", "") or how.label.get("source", "")
        add(how.options.pool, loop, caption, how.label.get("pipeline", "studio"), house_of(how.options.threads))
