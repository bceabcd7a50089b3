"""The recorder: pictures and the captured sound into one MP4, on a thread of its own.

Sound and picture share one clock (perf_counter), so they stay together however late either arrives.
"""

from __future__ import annotations

import queue
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vj.core.types import Moment
from vj.files.media import MovieSettings, MovieWriter

WAITING = 12
"""pictures that may wait for the encoder; more are dropped (and counted), the show never waits"""
SLIP_S = 0.04
"""sound that is further off its picture than this is put right by silence or a cut"""
TAIL_S = 0.5
SPARE_BYTES = 200 * 2**20
"""so much of the disk is left free: the file ends whole, the show goes on"""
GONE_S = 0.5
"""sound that is later than this will not come: silence takes its place"""


class Sound(Protocol):
    """Captured sound by absolute frame number: `vj.core.slots.AudioRing`."""

    @property
    def end(self) -> int: ...
    @property
    def t_end(self) -> float: ...
    @property
    def rate(self) -> float: ...
    def read(self, start: int, stop: int) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the recorder has done so far."""

    path: Path
    frames: int = 0
    dropped: int = 0
    error: str = ""


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Recorder:
    """Takes at most `settings.fps` pictures a second, each at the time it was seen."""

    def __init__(
        self, path: Path, settings: MovieSettings, sound: Sound | None, free: Callable[[Path], int] | None = None
    ) -> None:
        """free: bytes left on the disk of a folder. Raises MediaError when the file cannot be made."""
        self._sound, self._free = sound, free or _free
        rate = int(sound.rate) if sound is not None and sound.rate else 48000
        self._settings = replace(settings, rate=rate)
        self._writer = MovieWriter(path, self._settings)
        self._queue: queue.Queue[tuple[NDArray[np.uint8], float] | None] = queue.Queue(WAITING)
        self._start: float | None = None
        self._next = 0.0
        self._at = -1  # next frame of the ring
        self.state = Recorded(path)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def write(self, picture: Any, now: Moment) -> None:
        """Queue a picture when the next one is due; never blocks."""
        if self._start is None:
            self._start = self._next = now.t
        if now.t < self._next - 0.25 / self._settings.fps:
            return
        self._next = max(self._next + 1.0 / self._settings.fps, now.t - 1.0 / self._settings.fps)
        try:
            self._queue.put_nowait((picture.pixels().copy(), now.t - self._start))
        except queue.Full:
            s = self.state
            self.state = Recorded(s.path, s.frames, s.dropped + 1, s.error)

    def _run(self) -> None:
        last, looked = 0.0, -1.0
        while (item := self._queue.get()) is not None:
            if self.state.error:
                continue
            if item[1] - looked >= 1.0:
                looked = item[1]
                if self._free(self.state.path.resolve().parent) < SPARE_BYTES:
                    self._fail(f"{self.state.path}: recording ended, the disk is full (less than 200 MB left)")
                    continue
            last = item[1]
            try:
                self._writer.video(*item)
                self._sound_until(last)
            except (OSError, ValueError) as e:  # the encoder or the disk broke: the show goes on without the recorder
                self._fail(f"{self.state.path}: recording stopped ({e})")
                continue
            s = self.state
            self.state = Recorded(s.path, s.frames + 1, s.dropped, s.error)
        self._finish(last + 1.0 / self._settings.fps)

    def _fail(self, text: str) -> None:
        s = self.state
        self.state = Recorded(s.path, s.frames, s.dropped, text)

    def _sound_until(self, t: float) -> None:
        """Write the sound up to `t` seconds after the start, or as far as there is any."""
        sound, rate = self._sound, self._settings.rate
        if sound is None or self._start is None or not sound.rate:
            return
        end, t_end = sound.end, sound.t_end
        # the ring's frame that sounded at the place in the file where we stand
        right = end - round((t_end - self._start - self._writer.audio_s) * rate)
        if self._at < 0 or abs(right - self._at) > SLIP_S * rate:
            self._at = right
        stop = min(end, self._at + max(0, round((t - self._writer.audio_s) * rate)))
        if stop > self._at:
            self._writer.audio(sound.read(self._at, stop))
            self._at = stop
        elif t - self._writer.audio_s > GONE_S:
            self._silence(t - GONE_S / 2)

    def _silence(self, until: float) -> None:
        missing = round((until - self._writer.audio_s) * self._settings.rate)
        if missing > 0:
            self._writer.audio(np.zeros((missing, 2), np.float32))

    def _finish(self, length: float) -> None:
        """Wait shortly for the last sound, fill up with silence, close the file."""
        try:
            give_up = time.perf_counter() + TAIL_S
            while self._sound is not None and self._writer.audio_s < length and time.perf_counter() < give_up:
                self._sound_until(length)
                time.sleep(0.01)
            self._silence(length)
            self._writer.close()
        except (OSError, ValueError) as e:
            self._fail(f"{self.state.path}: could not be finished ({e})")

    def close(self) -> None:
        """Finish the file; may be called twice."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
