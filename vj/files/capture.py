"""Live pictures: one thread per camera, the newest picture wins, and what is unplugged comes back by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from vj.core.errors import DeviceError, discreet
from vj.core.statement import FORM
from vj.files.camera import Pixels, Shot, opened

RETRY_S = 2.0
"""between two attempts to open a camera"""
HOLD_S = 3.0
"""how long the last picture stands in for those that do not come; of a slow camera for SLOW of its pauses"""
SLOW = 3.0
MAX_HOLD_S = 15.0
WANTED_S = 1.0
"""a camera that nobody asked for so long makes a picture only every IDLE_S: enough to begin with"""
IDLE_S = 0.5
BEHIND_S = 0.002
"""a picture that comes sooner after the last was done had been waiting"""
SKIP = 4
"""pictures that waited are passed over, so many at a time"""
JOIN_S = 2.0
NO_PAST = "a camera has no past that could be rendered"
MEND_PAST = "record the show while it plays (vj play --record FILE), or put a recording there as video:FILE"
NO_CONSENT = f"needs [show] consent = {FORM} in the setlist"


@dataclass(frozen=True, slots=True)
class Newest:
    """A picture and when it was there (s, time.perf_counter)."""

    t: float
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class CameraState:
    """What a camera says of itself; `name` and `error` have no passwords in them."""

    name: str
    on: bool = False
    """pictures come"""
    since: float = 0.0
    """when it went on last (s, time.perf_counter)"""
    size: tuple[int, int] = (0, 0)
    """of its pictures as they are used (W, H)"""
    pictures: int = 0
    """used so far"""
    passed: int = 0
    """that came too quickly, or were not wanted"""
    error: str = ""


class Capture:
    """Opens a camera again and again on its own thread; asking never waits."""

    def __init__(self, address: str, source: Callable[[str], Iterator[Shot]] = opened) -> None:
        """source: opens an address; an iterator that ends or raises is opened again after RETRY_S."""
        self._address, self._open = address, source
        self._name = f"camera:{discreet(address)}"
        self._state = CameraState(self._name)
        self._newest: Newest | None = None
        self._gap, self._asked = 0.0, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def newest(self) -> Newest | None:
        """The newest picture; None when there is none yet, or the last one is too old to be shown as live."""
        self._asked = now = time.perf_counter()
        newest = self._newest
        return newest if newest is not None and now - newest.t <= self._hold else None

    @property
    def state(self) -> CameraState:
        state, newest = self._state, self._newest
        if state.on and newest is not None and time.perf_counter() - newest.t > self._hold:
            return replace(state, on=False, error=f"{self._name}: its pictures have stopped")
        return state

    def stop(self) -> None:
        """End it soon, without waiting for that."""
        self._stop.set()

    def close(self) -> None:
        """End it; may be called twice. A camera that answers nothing is left to end by itself."""
        self._stop.set()
        self._thread.join(JOIN_S)
        self._newest = None

    @property
    def _hold(self) -> float:
        return max(HOLD_S, min(SLOW * self._gap, MAX_HOLD_S))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
            except DeviceError as error:
                self._fail(str(error))
            except Exception as error:  # seam: whatever a driver does wrong, it is tried again
                self._fail(discreet(f"{type(error).__name__}: {error}"))
            self._stop.wait(RETRY_S)

    def _watch(self) -> None:
        skipped, done = 0, 0.0  # done: when the thread was free for the next picture
        pictures: Any = self._open(self._address)
        with closing(pictures):
            for shot in pictures:
                if self._stop.is_set():
                    return
                now = time.perf_counter()
                late = now - done < BEHIND_S and skipped < SKIP
                last = self._newest.t if self._newest is not None else 0.0
                if late or (now - self._asked > WANTED_S and now - last < IDLE_S):
                    skipped += late
                    self._state = replace(self._state, passed=self._state.passed + 1)
                elif (pixels := shot()) is not None:
                    skipped = 0
                    self._take(pixels)
                done = time.perf_counter()
        raise DeviceError("it stopped sending")

    def _take(self, pixels: Pixels) -> None:
        now, before, state = time.perf_counter(), self._newest, self._state
        if before is not None and state.on:
            self._gap = now - before.t
        self._newest = Newest(now, pixels)
        since = state.since if state.on else now
        size = (pixels.shape[1], pixels.shape[0])
        self._state = CameraState(self._name, True, since, size, state.pictures + 1, state.passed)

    def _fail(self, why: str) -> None:
        self._state = replace(self._state, on=False, error=f"{self._name}: {why}; trying again every {RETRY_S:g} s")


class Cameras:
    """Those that a show may use, each opened once however many layers show it."""

    def __init__(self, source: Callable[[str], Iterator[Shot]] = opened) -> None:
        self.consent = ""
        self._source = source
        self._captures: dict[str, Capture] = {}
        self._lock = threading.Lock()

    def allow(self, consent: str, addresses: Collection[str]) -> None:
        """Start the cameras of a setlist and end all others; without consent all are ended."""
        wanted = set(addresses) if consent.strip() else set()
        with self._lock:
            self.consent = consent.strip()
            gone = [self._captures.pop(address) for address in set(self._captures) - wanted]
            for address in sorted(wanted - set(self._captures)):
                self._captures[address] = Capture(address, self._source)
        for capture in gone:
            capture.stop()

    def allowed(self, address: str) -> bool:
        return address in self._captures

    def newest(self, address: str) -> Newest | None:
        """The newest picture of a camera; None when it has none, or may not be used any more."""
        capture = self._captures.get(address)
        return capture.newest() if capture is not None else None

    @property
    def states(self) -> tuple[CameraState, ...]:
        """Of all that are allowed, by name."""
        with self._lock:
            captures = list(self._captures.values())
        return tuple(sorted((capture.state for capture in captures), key=lambda state: state.name))

    def close(self) -> None:
        """End all; may be called twice."""
        with self._lock:
            captures, self._captures = list(self._captures.values()), {}
        for capture in captures:
            capture.stop()
        for capture in captures:
            capture.close()
