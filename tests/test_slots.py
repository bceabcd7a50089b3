"""Shared memory: newest wins, torn writes are never seen, restarts go on."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from vj.core.slots import AudioRing, Slot

DTYPE = np.dtype([("a", "<i8"), ("many", "<i8", (512,))])


def record(value: int) -> np.ndarray:
    made = np.zeros(1, DTYPE)
    made["a"], made["many"] = value, value
    return made


def test_nothing_before_the_first_write(tmp_path: Path) -> None:
    assert Slot(tmp_path / "s", DTYPE, create=True).read() is None


def test_reader_sees_the_newest(tmp_path: Path) -> None:
    writer = Slot(tmp_path / "s", DTYPE, create=True)
    reader = Slot(tmp_path / "s", DTYPE)
    for value in (1, 2, 3):
        writer.write(record(value))
    seen = reader.read()
    assert seen is not None and int(seen["a"][0]) == 3
    assert reader.number == 6


def test_half_written_record_is_not_shown_and_the_next_writer_mends_it(tmp_path: Path) -> None:
    writer = Slot(tmp_path / "s", DTYPE, create=True)
    writer.write(record(1))
    writer._view["begin"][0] |= 1  # the writer died here
    assert Slot(tmp_path / "s", DTYPE).read() is None
    again = Slot(tmp_path / "s", DTYPE)
    again.write(record(2))
    seen = Slot(tmp_path / "s", DTYPE).read()
    assert seen is not None and int(seen["a"][0]) == 2


def test_no_torn_record_under_a_busy_writer(tmp_path: Path) -> None:
    Slot(tmp_path / "s", DTYPE, create=True)
    code = f"""
import numpy as np, time
from pathlib import Path
from vj.core.slots import Slot
dtype = np.dtype([("a", "<i8"), ("many", "<i8", (512,))])
slot, made = Slot(Path({str(tmp_path / "s")!r}), dtype), np.zeros(1, dtype)
end = time.perf_counter() + 1.0
value = 0
while time.perf_counter() < end:
    value += 1
    made["a"], made["many"] = value, value
    slot.write(made)
"""
    process = subprocess.Popen([sys.executable, "-c", code])
    reader, whole, last = Slot(tmp_path / "s", DTYPE), 0, 0
    while process.poll() is None:
        seen = reader.read()
        if seen is not None:
            value = int(seen["a"][0])
            assert (seen["many"][0] == value).all()
            assert value >= last
            last, whole = value, whole + 1
    assert whole > 100


def test_ring_keeps_the_last_frames_and_fills_the_rest_with_silence(tmp_path: Path) -> None:
    writer = AudioRing(tmp_path / "r", 100, create=True)
    reader = AudioRing(tmp_path / "r", 100)
    for start in range(0, 250, 50):
        block = np.arange(start, start + 50, dtype=np.float32)
        writer.write(np.stack([block, -block], 1), t_end=start / 1000, rate=1000.0)
    assert reader.end == 250 and reader.rate == 1000.0
    got = reader.read(140, 260)
    assert got.shape == (120, 2)
    assert (got[:10] == 0).all() and (got[110:] == 0).all()
    assert (got[10:110, 0] == np.arange(150, 250)).all()
    assert (got[:, 1] == -got[:, 0]).all()
    assert reader.t_end == pytest.approx(0.2)


def test_times_are_one_clock_for_all_processes() -> None:
    code = "import time; print(time.perf_counter())"
    before = time.perf_counter()
    there = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert before <= there <= time.perf_counter()
