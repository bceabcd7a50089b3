"""Helpers of the end-to-end tests: the real program in a process of its own, and what its files hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
VJ = [sys.executable, "-m", "vj.cli"]

SMALL = """
[show]
title = "test"
size = [320, 180]
fps = 30
seed = 3

[[scene]]
name = "flash"
[[scene.layer]]
source = "shader:plasma"
[[scene.bind]]
source = "audio.kick"
target = "master.brightness"
lo = 0.3
hi = 1.0
"""


def vj(*args: str, env: dict[str, str] | None = None, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run a `vj` command to its end."""
    whole = {**os.environ, **(env or {})}
    return subprocess.run(
        [*VJ, *args], cwd=ROOT, env=whole, capture_output=True, text=True, timeout=timeout, check=False
    )


@dataclass(slots=True)
class Playing:
    """A `vj play` that runs beside the test."""

    process: subprocess.Popen[str]
    report_path: Path

    def finish(self, timeout: float = 90.0) -> dict[str, Any]:
        """Wait for its end; the report."""
        out, err = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, f"{out}\n{err}"
        report: dict[str, Any] = json.loads(self.report_path.read_text())
        report["output"] = out + err
        return report

    def worker(self, module: str, other_than: int = 0) -> int:
        """The process id of one of its workers (`vj.audio.worker`, `engine.worker`), 0 when there is none."""
        import psutil

        for child in psutil.Process(self.process.pid).children():
            try:
                if module in child.cmdline() and child.pid != other_than and child.status() != psutil.STATUS_ZOMBIE:
                    return child.pid
            except psutil.Error:
                continue
        return 0


def start(setlist: Path, folder: Path, *args: str, env: dict[str, str] | None = None) -> Playing:
    """Start `vj play` (headless unless `args` say more) with a report in `folder`."""
    report = folder / "report.json"
    output = () if "--output" in args else ("--output", "headless")
    command = [*VJ, "play", str(setlist), *output, "--report", str(report), *args]
    whole = {**os.environ, **(env or {})}
    process = subprocess.Popen(command, cwd=ROOT, env=whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return Playing(process, report)


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait for something true; fails the test when it does not come."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s")


@dataclass(frozen=True, slots=True)
class Movie:
    """What a video file holds."""

    times: NDArray[np.float64]
    """of the frames (s)"""
    light: NDArray[np.float64]
    """mean brightness per frame, 0-255"""
    motion: NDArray[np.float64]
    """mean absolute difference to the frame before, 0-255"""
    sound: NDArray[np.float32]
    """mono"""
    rate: int

    @property
    def video_s(self) -> float:
        return float(self.times[-1] + np.median(np.diff(self.times)))

    @property
    def sound_s(self) -> float:
        return len(self.sound) / self.rate


def movie(path: Path) -> Movie:
    """Read a whole video, small."""
    times, light, motion = [], [], []
    before: NDArray[np.float64] | None = None
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            times.append(float(frame.pts * frame.time_base))
            grey = frame.reformat(160, 90, "gray").to_ndarray().astype(np.float64)
            light.append(grey.mean())
            motion.append(0.0 if before is None else float(np.abs(grey - before).mean()))
            before = grey
    with av.open(str(path)) as file:
        rate = file.streams.audio[0].rate
        blocks = [f.to_ndarray().mean(0) for f in file.decode(audio=0)]
    return Movie(np.array(times), np.array(light), np.array(motion), np.concatenate(blocks), rate)


def offset_of(part: NDArray[np.float32], whole: NDArray[np.float32], rate: int) -> float:
    """Where a recording begins in the track it was made from (s; below 0 when it began before the track)."""
    step = rate // 4000
    a = np.abs(part[: len(part) // step * step]).reshape(-1, step).mean(1)
    b = np.abs(whole[: len(whole) // step * step]).reshape(-1, step).mean(1)
    a, b = a - a.mean(), b - b.mean()
    n = 1 << (len(a) + len(b)).bit_length()
    score = np.fft.irfft(np.fft.rfft(b, n) * np.conj(np.fft.rfft(a, n)), n)
    lag = int(np.argmax(score))
    return (lag if lag < n // 2 else lag - n) * step / rate


def beat_response(series: NDArray[np.float64], times: NDArray[np.float64], beats: NDArray[np.float64]) -> float:
    """Share of a series' rise that falls into the 120 ms after beats, over the share of time that is (1: chance)."""
    rise = np.maximum(0.0, np.diff(series, prepend=series[0]))
    near = np.zeros(len(times), bool)
    for beat in beats:
        near |= (times >= beat - 0.01) & (times < beat + 0.12)
    return float(rise[near].sum() / max(rise.sum(), 1e-9) / max(near.mean(), 1e-9))
