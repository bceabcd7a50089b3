"""A file or the demo track played to the ears in real time, by the clock on the wall."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from vj.audio import demo, synth
from vj.audio.file import read
from vj.audio.speaker import Speaker
from vj.core.paths import cache_dir

LATE_S = 0.5
"""what is later than this is dropped and counted"""


class Playback:
    """samples [N, 2] whose first one sounds at t_start (s); after the end silence, or the start again."""

    def __init__(
        self,
        samples: NDArray[np.float32],
        rate: int,
        block: int,
        t_start: float,
        loop: bool,
        speaker: Speaker | None = None,
    ) -> None:
        """speaker: plays the same samples at the same time; it is closed with this."""
        self.rate, self.block, self.t_start, self._speaker = rate, block, t_start, speaker
        self._samples, self._loop = samples, loop
        self._next = 0
        self.overflows = 0

    def skip_to(self, now: float) -> None:
        """Go on where the music is now; nothing of that counts as lost."""
        self._next = max(0, int((now - self.t_start) * self.rate) // self.block)

    def read(self, now: float) -> tuple[NDArray[np.float32], float, int] | None:
        """The next block [block, 2] that has sounded by `now`, when its last sample sounded, blocks lost before it."""
        seconds = self.block / self.rate
        due = self.t_start + (self._next + 1) * seconds
        if now < due:
            return None
        lost = int((now - due) / seconds) if now - due > LATE_S else 0
        self._next += lost
        start = self._next * self.block
        self._next += 1
        return self._cut(start), self.t_start + self._next * seconds, lost

    def _cut(self, start: int) -> NDArray[np.float32]:
        n = len(self._samples)
        at = start % n if self._loop else start
        if at + self.block <= n:
            return self._samples[at : at + self.block]
        index = np.arange(at, at + self.block)
        if self._loop:
            return self._samples[index % n]
        block = np.zeros((self.block, 2), np.float32)
        left = max(0, n - at)
        block[:left] = self._samples[at : at + left]
        return block

    @property
    def alive(self) -> bool:
        return True

    def close(self) -> None:
        if self._speaker is not None:
            self._speaker.close()


def load(source: str) -> tuple[NDArray[np.float32], int, bool]:
    """`demo` or `file:PATH` -> samples [N, 2], rate, whether it loops. Raises MediaError."""
    if source == "demo":
        return (*_demo(), True)
    sound, rate = read(source.removeprefix("file:"))
    # odd rates are brought to one the analysis was tuned at
    return (sound, rate, False) if rate in (44100, 48000, 88200, 96000) else (*read(source[5:], 48000), False)


def _demo() -> tuple[NDArray[np.float32], int]:
    """The demo track, kept as a sound file: composing it takes seconds of processor time that a starting show needs."""
    made_by = b"".join(Path(str(part.__file__)).read_bytes() for part in (demo, synth))
    kept = cache_dir() / f"demo-{hashlib.sha256(made_by).hexdigest()[:16]}.wav"
    if not kept.is_file():
        track = demo.demo_track()
        fresh = kept.with_suffix(f".{os.getpid()}.wav")
        soundfile.write(fresh, track.samples, track.rate, subtype="PCM_16")
        fresh.replace(kept)
    return read(kept)
