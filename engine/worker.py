"""The engine's process: `python -m engine.worker JSON`. It reads the newest Request, writes frames and Status.

JSON: {"request": NOTE, "status": NOTE, "frames": SLOTS, "picture": SLOTS, "largest": [W, H], "pools": FOLDER,
"assets": FOLDER, "cache": FOLDER, "threads": 0, "runtime": "auto"}. The files are made by the stage. The process ends
when its standard input closes: the stage is gone.

Frames are made ahead of time: a chunk is for the moments after the chunk before it, spaced as the machine allows.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import EngineError
from engine.frames import FrameSlots, Note
from engine.types import Request, Status

CHUNK = 4
"""frames made together"""
ALONE = ("restyle",)
"""pipelines that make one frame at a time: what they dream over is only known now"""
MAX_FPS, SMALL_FPS = 30.0, 15.0
"""dreamed frames per second at most: on two cores the stage needs the rest, and blends between frames"""
FEW_CORES = 2
MARGIN = 1.15
"""a chunk is planned this much longer than the last ones took"""
AHEAD_S = 0.12
"""no chunk is begun that would be ready this long before its first frame is due"""
AHEAD_ALONE_S = 0.02
BEAT_S = 0.1
"""between two heartbeats"""
REST_S = 0.02


@dataclass(frozen=True, slots=True)
class Paths:
    """What the stage says on the command line."""

    request: Path
    status: Path
    frames: Path
    picture: Path
    """the stage's picture, for pipelines that dream over one"""
    largest: tuple[int, int]
    """width, height of the largest frame that the slots hold"""
    pools: Path
    assets: Path
    cache: Path
    threads: int = 0
    runtime: str = "auto"
    fps: float = 0.0
    """frames per second at most; 0: MAX_FPS, or SMALL_FPS on one or two cores"""

    @classmethod
    def from_json(cls, text: str) -> Paths:
        raw = json.loads(text)
        return cls(
            request=Path(raw["request"]),
            status=Path(raw["status"]),
            frames=Path(raw["frames"]),
            picture=Path(raw["picture"]),
            largest=(int(raw["largest"][0]), int(raw["largest"][1])),
            pools=Path(raw["pools"]),
            assets=Path(raw["assets"]),
            cache=Path(raw["cache"]),
            threads=int(raw.get("threads", 0)),
            runtime=str(raw.get("runtime", "auto")),
            fps=float(raw.get("fps", 0.0)),
        )


class Heart:
    """Writes the status ten times a second from a thread of its own, however long a step takes."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self.status = Status(t=time.perf_counter(), pid=os.getpid())
        threading.Thread(target=self._beat, name="heart", daemon=True).start()

    def say(self, **what: object) -> None:
        self.status = replace(self.status, **what)  # type: ignore[arg-type]

    def _beat(self) -> None:
        while True:
            self._note.write(replace(self.status, t=time.perf_counter()).to_json())
            time.sleep(BEAT_S)


class Plan:
    """When the next chunk's frames are due: after the last chunk's, never before they can be ready."""

    def __init__(self, fps: float = MAX_FPS) -> None:
        """fps: frames per second at most."""
        self._least_s = 1.0 / fps
        self.cost_s = 0.25
        """one chunk, a guess until the first is measured"""
        self.spacing_s = self.cost_s / CHUNK
        self.end = 0.0
        self._recent: deque[float] = deque(maxlen=5)
        self.count = CHUNK

    def of(self, count: int) -> None:
        """Chunks have so many frames from now on."""
        if count != self.count:
            self.cost_s *= count / self.count
            self.count = count
            self._recent.clear()

    def times(self, now: float, fresh: bool, seen: float) -> tuple[float, ...]:
        """fresh: nothing made so far counts. seen: when the first frame is wanted (s), 0 for as soon as possible."""
        ready = now + self.cost_s * MARGIN
        start = max(ready, seen if seen < now + 5.0 else 0.0) if fresh else max(ready, self.end)
        self.end = start + self.count * self.spacing_s
        return tuple(start + i * self.spacing_s for i in range(self.count))

    def took(self, seconds: float) -> None:
        """Follow the measured cost: the median of the last few, so that one slow chunk does not slow the next ten."""
        self._recent.append(seconds)
        self.cost_s = sorted(self._recent)[len(self._recent) // 2]
        target = max(self._least_s, self.cost_s * MARGIN / self.count)
        settled = len(self._recent) == self._recent.maxlen
        self.spacing_s += (0.25 if settled else 1.0) * (target - self.spacing_s)

    def early(self, now: float) -> float:
        """Seconds to wait before the next chunk is begun."""
        ahead = AHEAD_S if self.count > 1 else AHEAD_ALONE_S
        return self.end - (now + self.cost_s * MARGIN) - ahead


def main() -> None:
    """Entry point; every failure that can be told is told in the status, and the loop goes on."""
    paths = Paths.from_json(sys.argv[1])
    _step_back()
    heart = Heart(Note(paths.status))
    gone = threading.Event()
    threading.Thread(target=_watch_stdin, args=(gone,), daemon=True).start()
    requests, slots = Note(paths.request), FrameSlots(paths.frames, paths.largest)
    studio = None
    while studio is None and not gone.is_set():
        try:
            from engine.live import Studio  # torch: seconds, so the heart beats first

            studio = Studio(paths, heart.say)
        except (EngineError, ImportError) as error:
            heart.say(state="failed", error=str(error))
            gone.wait(2.0)
    if studio is not None:
        _serve(studio, heart, requests, slots, gone)


def _step_back() -> None:
    """The stage's frames come first; on few cores the engine lives on what is left, once its first picture is there."""
    if hasattr(os, "nice"):
        os.nice(5)


def _serve(studio: Studio, heart: Heart, requests: Note, slots: FrameSlots, gone: threading.Event) -> None:  # type: ignore[name-defined]  # noqa: F821  # torch is not imported here
    few = (os.cpu_count() or 2) <= FEW_CORES
    plan = Plan(studio.paths.fps or (SMALL_FPS if few else MAX_FPS))
    ran, last = 0.0, time.perf_counter()
    costs, made, seen_number, epoch = deque[float](maxlen=200), 0, -1, -1
    request = Request(running=False)
    while not gone.is_set():
        if requests.number != seen_number:
            seen_number = requests.number
            request = _parse(requests.read(), request, heart)
        now = time.perf_counter()
        ran, last = ran + (now - last if request.running and made else 0.0), now
        if not request.running:
            heart.say(state="resting", fps=0.0)
            epoch = -1
            gone.wait(REST_S)
            continue
        plan.of(1 if request.pipeline in ALONE else CHUNK)
        fresh = request.epoch != epoch
        if not fresh and (wait := plan.early(time.perf_counter())) > 0:
            gone.wait(min(wait, REST_S))
            continue
        epoch = request.epoch
        try:
            studio.ready(request)  # opening a pool takes its time, which says nothing about the next chunk
            started = time.perf_counter()
            chunk = studio.step(request, plan.times(started, fresh, request.t_seen))
            slots.write(chunk)
        except Exception as error:  # seam: whatever breaks in a step is told, and the next request gets its chance
            heart.say(state="failed", error=_line(error))
            epoch = -1
            gone.wait(0.2)
            continue
        cost = time.perf_counter() - started
        plan.took(cost)
        costs.append(1000 * cost / plan.count)
        if not made and few and hasattr(os, "nice"):
            os.nice(5)
        made += plan.count
        ranked = sorted(costs)
        heart.say(
            state="running",
            frames=made,
            ran_s=round(ran, 3),
            fps=round(1 / plan.spacing_s, 2),
            p50_ms=round(ranked[len(ranked) // 2], 2),
            p95_ms=round(ranked[int(0.95 * (len(ranked) - 1))], 2),
            size=(chunk.frames.shape[2], chunk.frames.shape[1]),
            error=studio.warning,
        )


def _parse(text: str, before: Request, heart: Heart) -> Request:
    if not text:
        return before
    try:
        return Request.from_json(text)
    except (ValueError, TypeError, KeyError) as error:
        heart.say(error=f"a request that cannot be read: {_line(error)}")
        return before


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:400] if isinstance(error, EngineError) else f"{type(error).__name__}: {text[:400]}"


def _watch_stdin(gone: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    gone.set()
    time.sleep(1.0)
    os._exit(0)  # a long step must not outlive the stage


if __name__ == "__main__":
    main()
