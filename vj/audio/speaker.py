"""Makes a file or the demo track audible, so that whoever plays one hears what the pictures answer."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLIP_S = 0.04
"""the sound card's clock may run off by so much before playing jumps to where it should be"""


class Speaker:
    """Plays samples [N, 2] whose first one sounds at t_start (s) on the default output; silent where there is none."""

    def __init__(self, samples: NDArray[np.float32], rate: int, t_start: float, loop: bool) -> None:
        self._samples, self._rate, self._t_start, self._loop = samples, rate, t_start, loop
        self._next: int | None = None
        self._stream: Any = None
        self.error = ""
        try:
            import sounddevice

            self._stream = sounddevice.OutputStream(samplerate=rate, channels=2, latency="low", callback=self._callback)
            self._stream.start()
        except Exception as e:  # seam: no output, a busy one, no PortAudio: the show goes on in silence
            self.error = f"not audible: {e}"

    def _callback(self, out: NDArray[np.float32], frames: int, when: Any, status: Any) -> None:
        sounds_at = time.perf_counter() + (when.outputBufferDacTime - when.currentTime)
        out[:] = self.block(sounds_at, frames)

    def block(self, sounds_at: float, frames: int) -> NDArray[np.float32]:
        """The samples [frames, 2] that follow the last ones, or those due at `sounds_at` (s) after a slip."""
        due = round((sounds_at - self._t_start) * self._rate)
        if self._next is None or abs(due - self._next) > SLIP_S * self._rate:
            self._next = due
        index = np.arange(self._next, self._next + frames)
        self._next += frames
        total = len(self._samples)
        if self._loop:
            block = self._samples[index % total]
            block[index < 0] = 0.0
            return block
        inside = (index >= 0) & (index < total)
        return np.where(inside[:, None], self._samples[np.clip(index, 0, total - 1)], np.float32(0.0))

    def close(self) -> None:
        """Stop playing; may be called twice."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
