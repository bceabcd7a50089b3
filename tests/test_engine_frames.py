"""Frames and notes between stage and engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.frames import FrameSlots, Note
from engine.types import Chunk, Request, Status, Tempo, Walk


def chunk(seq: int, value: int, size: tuple[int, int] = (32, 16), count: int = 4) -> Chunk:
    frames = np.full((count, size[1], size[0], 3), value, np.uint8)
    return Chunk(1, seq, frames, tuple(seq + i / 10 for i in range(count)), {"model": "m"}, {"decode": 1.5})


def test_request_and_status_survive_the_way() -> None:
    walk = Walk(3, 2.0, 1.0, 8.0, ("a", "b"))
    request = Request(2, 5, prompts=(("red", 0.5),), walk=walk, tempo=Tempo(1.0, 2.5, 126.0), controls={"x": 0.5})
    assert Request.from_json(request.to_json()) == request
    status = Status(1.0, "running", 10, 12.5, size=(256, 144))
    assert Status.from_json(status.to_json()) == status
    assert Request.from_json('{"later": 1}') == Request()


def test_note_newest_wins_and_length_is_limited(tmp_path: Path) -> None:
    note = Note(tmp_path / "n", create=True)
    assert Note(tmp_path / "n").read() == ""
    note.write("one")
    note.write("two ä")
    assert Note(tmp_path / "n").read() == "two ä"
    assert Note(tmp_path / "n").number == 4
    with pytest.raises(ValueError, match="at most"):
        note.write("x" * 70000)


def test_three_slots_keep_the_newest_three(tmp_path: Path) -> None:
    writer = FrameSlots(tmp_path / "f", (32, 16), create=True)
    reader = FrameSlots(tmp_path / "f", (32, 16))
    for seq in range(5):
        writer.write(chunk(seq, seq * 10))
    number, chunks = reader.read_after(0)
    assert [c.seq for c in chunks] == [2, 3, 4]
    assert (chunks[-1].frames == 40).all() and chunks[-1].frames.shape == (4, 16, 32, 3)
    assert chunks[-1].times == (4.0, 4.1, 4.2, 4.3)
    assert chunks[-1].label == {"model": "m"} and chunks[-1].ms == {"decode": 1.5}
    assert reader.read_after(number) == (number, [])


def test_half_written_slot_is_left_out(tmp_path: Path) -> None:
    writer = FrameSlots(tmp_path / "f", (32, 16), create=True)
    writer.write(chunk(1, 10))
    writer.write(chunk(2, 20))
    writer._heads[1]["number"][0] = 0  # the writer died while it wrote the second
    assert [c.seq for c in FrameSlots(tmp_path / "f", (32, 16)).read_after(0)[1]] == [1]
    FrameSlots(tmp_path / "f", (32, 16)).write(chunk(3, 30))
    assert [c.seq for c in FrameSlots(tmp_path / "f", (32, 16)).read_after(0)[1]] == [1, 3]


def test_too_large_a_chunk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        FrameSlots(tmp_path / "f", (32, 16), create=True).write(chunk(1, 1, (64, 64), 8))
