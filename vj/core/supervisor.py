"""Workers that may die: started, watched and started again, without the stage ever waiting for them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""pause before the n-th start in a row; a worker that ran for GOOD_S counts as healthy again"""
GOOD_S = 20.0
CHECK_S = 0.05
GROUP = 0 if os.name == "posix" else None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What the HUD and the report show of a worker."""

    name: str
    pid: int = 0
    alive: bool = False
    restarts: int = 0
    last_exit: str = ""
    """why it ended the last time"""
    ended_t: float = -1e9
    """when (s)"""


class Worker:
    """One child process. `heartbeat()` gives the time of its last sign of life (s, perf_counter; 0 before the first).

    A worker that shows no sign of life for `silent_s` (`start_s` after a start) is killed and started again.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        heartbeat: Callable[[], float],
        log: Path,
        limits: tuple[float, float] = (3.0, 20.0),
    ) -> None:
        self._argv, self._heartbeat, self._log = list(argv), heartbeat, log
        self._silent_s, self._start_s = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._retry_at = 0.0
        self._failures = 0
        self.state = WorkerState(name)

    def start(self) -> None:
        """Start the process now. Its standard error goes to the log file; its input closes when we go."""
        with open(self._log, "ab") as log:
            # a group of its own, for Ctrl-C is ours; but no session: between sessions Linux shares the processor
            # evenly, whatever the priorities (autogroup)
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, process_group=GROUP
            )
        self._started = time.perf_counter()
        self.state = replace(self.state, pid=self._process.pid, alive=True)

    def check(self, now: float) -> None:
        """Look after the process; called by the supervisor's thread."""
        if self._process is None:
            if now >= self._retry_at:
                self.start()
            return
        code = self._process.poll()
        if code is not None:
            self._ended(
                f"ended with code {code}: {self.last_words()}" if code >= 0 else f"killed by signal {-code}", now
            )
        elif now - self._started > GOOD_S:
            self._failures = 0
        if self._process is not None and self._hangs(now):
            self._process.kill()
            self._process.wait()
            self._ended("gave no sign of life", now)

    def _hangs(self, now: float) -> bool:
        beat = self._heartbeat()
        if beat < self._started:  # none since this start
            return now - self._started > self._start_s
        return now - beat > self._silent_s

    def _ended(self, why: str, now: float) -> None:
        pause = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
        self._failures += 1
        self._process, self._retry_at = None, now + pause
        s = self.state
        self.state = WorkerState(s.name, 0, False, s.restarts + 1, why, now)

    def last_words(self) -> str:
        """The last line of the worker's log."""
        try:
            lines = self._log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:200] if lines else ""

    def stop(self, wait_s: float = 1.0) -> None:
        """Close its input, give it a moment, then kill it."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.state = replace(self.state, pid=0, alive=False, last_exit="stopped")


class Supervisor:
    """Watches workers on a thread of its own, so that starting a process never holds up a frame."""

    def __init__(self) -> None:
        self.workers: tuple[Worker, ...] = ()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()

    def add(self, worker: Worker) -> None:
        """Start a worker and look after it from now on."""
        worker.start()
        self.workers = (*self.workers, worker)

    def _run(self) -> None:
        while not self._stop.wait(CHECK_S):
            for worker in self.workers:
                worker.check(time.perf_counter())

    @property
    def states(self) -> tuple[WorkerState, ...]:
        return tuple(worker.state for worker in self.workers)

    def stop(self) -> None:
        """Stop the thread, then every worker."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for worker in self.workers:
            worker.stop()
