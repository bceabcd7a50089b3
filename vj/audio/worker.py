"""The ears process: `python -m vj.audio.worker JSON`. See `vj.audio.link` for what the JSON holds.

Reads a sound card, a file or the demo track; analyses hop by hop; writes features and sound to shared memory. A
device that goes away is looked for again with back-off while silence is analysed and the heartbeat goes on. Ends when
standard input closes.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vj.audio.analysis import Analyser, AnalysisSettings
from vj.audio.features import DTYPE, EarsStatus, Packer, unpack
from vj.core.errors import VjError
from vj.core.slots import AudioRing, Slot
from vj.core.types import AudioFeatures, BeatAnchor

Block = NDArray[np.float32]
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 4.0)
BEAT_S = 0.02
"""a heartbeat at least so often when no sound comes"""


class Source(Protocol):
    """What sound comes from: blocks of the analysis hop."""

    rate: int
    overflows: int

    def read(self, now: float) -> tuple[Block, float, int] | None:
        """Block [hop, channels], when its last sample sounded (s), blocks lost before it."""

    @property
    def alive(self) -> bool: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the parent asks for; `t0`: when sample 0 of a file sounds (perf_counter s), None: at once."""

    features: str
    ring: str
    ring_frames: int
    source: str = "demo"
    channels: tuple[int, ...] = (1, 2)
    gain_db: float = 0.0
    hop: int = 128
    bpm: tuple[float, float] = (80.0, 180.0)
    t0: float | None = None
    audible: bool = False
    """play a file or the demo track on the default output too"""

    @staticmethod
    def parse(text: str) -> WorkerSettings:
        raw = json.loads(text)
        for name in ("channels", "bpm"):
            if name in raw:
                raw[name] = tuple(raw[name])
        return WorkerSettings(**raw)

    @property
    def plays(self) -> bool:
        return self.source == "demo" or self.source.startswith("file:")


def hop_at(rate: int, hop: int) -> int:
    """The hop lasts as long at 96 kHz as at 48."""
    return hop * 2 if rate > 64000 else hop


class _Opening(threading.Thread):
    """Opens a source beside the loop: loading a file or waking PortAudio must not stop the heartbeat."""

    def __init__(self, settings: WorkerSettings, t_start: float, refresh: bool) -> None:
        super().__init__(daemon=True)
        self._settings, self._t_start, self._refresh = settings, t_start, refresh
        self.source: Source | None = None
        self.device = ""
        self.error = ""
        self.start()

    def run(self) -> None:
        try:
            self.source = self._open()
        except VjError as e:
            self.error = str(e)
        except Exception as e:  # seam: a driver may raise anything; the show sees it and goes on
            self.error = f"{self._settings.source}: {e or type(e).__name__}"

    def _open(self) -> Source:
        s = self._settings
        if s.plays:
            from vj.audio.playback import Playback, load
            from vj.audio.speaker import Speaker

            sound, rate, loop = load(s.source)
            self.device = "demo track" if loop else Path(s.source[5:]).name
            resumed = self._t_start > 0
            t_start = self._t_start or s.t0 or time.perf_counter() + 0.02
            speaker = Speaker(sound, rate, t_start, loop) if s.audible else None
            playback = Playback(sound, rate, hop_at(rate, s.hop), t_start, loop, speaker)
            if resumed:
                playback.skip_to(time.perf_counter())
            return playback
        from vj.audio.capture import open_capture

        capture = open_capture(s.source, s.channels, s.hop, self._refresh)
        self.device = capture.device.label
        return capture


class Worker:
    """The loop. Everything is done in the calling thread except opening."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._s = settings
        self._slot = Slot(Path(settings.features), DTYPE)
        self._ring = AudioRing(Path(settings.ring), settings.ring_frames)
        self._gain = np.float32(10.0 ** (settings.gain_db / 20.0))
        self._mix = {n: np.full(n, 1.0 / n, np.float32) for n in range(1, 65)}
        self._packer = Packer()
        old = self._slot.read()
        self._features, self._anchor, before = unpack(old) if old is not None else _NEW
        self._status = EarsStatus(pid=os.getpid(), t_start=before.t_start if settings.plays else 0.0)
        self._analyser = self._new_analyser(48000)
        self._source: Source | None = None
        self._opening: _Opening | None = None
        self._failures = 0
        self._retry = 0.0
        self._overflows = 0
        self._written = self._cpu_wall = time.perf_counter()
        self._cpu = time.process_time()
        self._silence_t = self._written

    def _new_analyser(self, rate: int) -> Analyser:
        s = self._s
        analyser = Analyser(AnalysisSettings(rate, hop_at(rate, s.hop), s.bpm))
        analyser.resume(self._features, self._anchor)
        return analyser

    def run(self, stop: threading.Event) -> None:
        self._write(time.perf_counter())
        self._opening = _Opening(self._s, self._status.t_start, refresh=False)
        # waking less often than every hop costs 1 ms of delay and saves a quarter of the processor time
        nap = 1.5 * self._s.hop / 48000
        while not stop.is_set():
            now = time.perf_counter()
            if self._source is None:
                self._look_for_source(now)
                self._hear_silence(now)
            else:
                self._drain(self._source, now)
            if now - self._written > BEAT_S:
                self._write(now)
            time.sleep(nap)
        if self._source is not None:
            self._source.close()

    def _look_for_source(self, now: float) -> None:
        opening = self._opening
        if opening is None:
            if now >= self._retry:
                self._opening = _Opening(self._s, self._status.t_start, refresh=True)
            return
        if opening.is_alive():
            return
        self._opening = None
        if opening.source is None:
            self._fail(opening.error, now)
            return
        self._source, self._failures, self._overflows = opening.source, 0, 0
        rate = self._source.rate
        if rate != self._analyser.settings.rate:
            self._analyser = self._new_analyser(rate)
        t_start = getattr(self._source, "t_start", 0.0)
        s = self._status
        self._status = EarsStatus(now, s.pid, s.cpu_percent, rate, opening.device, "", t_start)
        self._packer.status(self._status)

    def _fail(self, error: str, now: float) -> None:
        pause = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
        self._failures += 1
        self._retry = now + pause
        self._silence_t = now
        s = self._status
        self._status = EarsStatus(now, s.pid, s.cpu_percent, s.rate, s.device, error, s.t_start)
        self._packer.status(self._status)

    def _drain(self, source: Source, now: float) -> None:
        """Analyse what has come. At most 64 hops at once, so that the heartbeat goes on after a pause."""
        heard = False
        for _ in range(64):
            got = source.read(now)
            if got is None:
                break
            block, t_end, lost = got
            self._analyser.lost_hops += lost
            self._hear(block, t_end)
            heard = True
        if heard:
            self._write(time.perf_counter())
        if source.overflows != self._overflows:
            self._analyser.lost_hops += source.overflows - self._overflows
            self._overflows = source.overflows
        if not source.alive:
            source.close()
            self._source = None
            self._fail(f"{self._status.device}: the device stopped; looking for it again", now)

    def _hear(self, block: Block, t_end: float) -> None:
        if self._gain != 1.0:
            block = block * self._gain
        if block.shape[1] == 1:
            mono, both = np.ascontiguousarray(block[:, 0]), np.repeat(block, 2, axis=1)
        else:
            mono, both = block @ self._mix[block.shape[1]], block[:, :2]
        self._features = self._analyser.push(mono, t_end)
        self._anchor = self._analyser.anchor
        self._ring.write(both, t_end, self._analyser.settings.rate)

    def _hear_silence(self, now: float) -> None:
        """No device: levels fall, the beat goes on."""
        settings = self._analyser.settings
        seconds = settings.hop / settings.rate
        if now - self._silence_t > 0.5:
            self._silence_t = now - seconds
        while self._silence_t + seconds <= now:
            self._silence_t += seconds
            self._hear(np.zeros((settings.hop, 2), np.float32), self._silence_t)
            self._write(now)

    def _write(self, now: float) -> None:
        self._written = now
        if now - self._cpu_wall > 1.0:
            cpu = time.process_time()
            s = self._status
            percent = 100 * (cpu - self._cpu) / (now - self._cpu_wall)
            self._status = EarsStatus(now, s.pid, percent, s.rate, s.device, s.error, s.t_start)
            self._packer.status(self._status)
            self._cpu, self._cpu_wall = cpu, now
        self._packer.pack(self._features, self._anchor)
        self._packer.heartbeat(now)
        self._slot.write(self._packer.record)


_NEW = (AudioFeatures(), BeatAnchor(), EarsStatus())


def main() -> None:
    """Run until standard input closes."""
    settings = WorkerSettings.parse(sys.argv[1])
    stop = threading.Event()

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    gc.freeze()  # what lives now lives for good: the collector need not look at it 400 times a second
    Worker(settings).run(stop)
    os._exit(0)  # PortAudio's threads and the watcher are not worth waiting for


if __name__ == "__main__":
    main()
