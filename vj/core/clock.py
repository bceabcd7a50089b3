"""Time as an argument: a live clock for the stage, a fixed step for rendering and tests."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """`now()` in seconds; `wait_until(t)` returns as soon as now() >= t."""

    def now(self) -> float: ...
    def wait_until(self, t: float) -> None: ...


class LiveClock:
    """`time.perf_counter()`, with a wait that sleeps first and spins the last millisecond."""

    def now(self) -> float:
        return time.perf_counter()

    def wait_until(self, t: float) -> None:
        while (left := t - time.perf_counter()) > 0:
            # sleep() overshoots by up to about 0.1 ms on Linux; longer sleeps end early on purpose
            time.sleep(left - 0.0008 if left > 0.0015 else 0.0)


class FixedClock:
    """Goes on only when somebody waits: the same show twice, as fast as the machine can."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def wait_until(self, t: float) -> None:
        self._now = max(self._now, t)
