"""Workers that die are started again; workers that hang are killed; nobody is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from vj.core.supervisor import Supervisor, Worker

SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def alive() -> Callable[[], float]:
    return time.perf_counter


def test_killed_worker_comes_back_and_is_counted(tmp_path: Path, alive: Callable[[], float]) -> None:
    worker = Worker("sleeper", SLEEPER, alive, tmp_path / "log")
    supervisor = Supervisor()
    supervisor.add(worker)
    try:
        first = worker.state.pid
        os.kill(first, signal.SIGKILL)
        assert until(lambda: worker.state.alive and worker.state.pid not in (0, first))
        assert worker.state.restarts == 1
        assert "signal 9" in worker.state.last_exit
    finally:
        supervisor.stop()
    assert not psutil.pid_exists(worker.state.pid) or worker.state.pid == 0


def test_input_closes_when_stopped(tmp_path: Path, alive: Callable[[], float]) -> None:
    worker = Worker("sleeper", SLEEPER, alive, tmp_path / "log")
    worker.start()
    pid = worker.state.pid
    worker.stop()
    assert not psutil.pid_exists(pid)


def test_hanging_worker_is_replaced(tmp_path: Path) -> None:
    born = time.perf_counter()
    worker = Worker("hangs", SLEEPER, lambda: born, tmp_path / "log", limits=(0.1, 0.2))
    supervisor = Supervisor()
    supervisor.add(worker)
    try:
        assert until(lambda: worker.state.restarts >= 1)
        assert "sign of life" in worker.state.last_exit
    finally:
        supervisor.stop()


def test_failing_worker_backs_off_and_tells_its_last_words(tmp_path: Path, alive: Callable[[], float]) -> None:
    argv = [sys.executable, "-c", "import sys; sys.exit('no such device')"]
    worker = Worker("fails", argv, alive, tmp_path / "log")
    supervisor = Supervisor()
    supervisor.add(worker)
    try:
        assert until(lambda: worker.state.restarts >= 2)
        assert "no such device" in worker.state.last_exit
        time.sleep(0.5)
        assert worker.state.restarts <= 4  # without back-off it would be dozens
    finally:
        supervisor.stop()
