"""The worker as the stage knows it: a real process, real notes and slots, toy weights."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from engine_fixtures import tiny_pool

from engine.frames import FrameSlots, Note
from engine.model.house import save_tiny_house
from engine.pools import pool as pools
from engine.types import Chunk, Request, Status, Tempo, Walk


class Stage:
    """The other end of the worker's files."""

    def __init__(self, folder: Path) -> None:
        save_tiny_house(folder / "assets")
        pools.save(folder / "pools" / "p", tiny_pool())
        self.request = Note(folder / "request", create=True)
        self.status_note = Note(folder / "status", create=True)
        self.slots = FrameSlots(folder / "frames", (64, 64), create=True)
        self.pictures = FrameSlots(folder / "picture", (64, 64), create=True)
        paths = {
            name: str(folder / name) for name in ("request", "status", "frames", "picture", "pools", "assets", "cache")
        }
        self.settings = {**paths, "largest": [64, 64], "threads": 1, "runtime": "eager"}
        self.seen = 0
        self.chunks: list[Chunk] = []
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "engine.worker", json.dumps(self.settings)]
        return subprocess.Popen(argv, stdin=subprocess.PIPE)

    def status(self) -> Status:
        text = self.status_note.read()
        return Status.from_json(text) if text else Status()

    def take(self) -> list[Chunk]:
        self.seen, new = self.slots.read_after(self.seen)
        self.chunks += new
        return new

    def wait(self, what: Callable[[], bool], seconds: float = 30.0) -> None:
        ends = time.perf_counter() + seconds
        while not what():
            assert time.perf_counter() < ends, f"waited {seconds} s; {self.status()}"
            assert self.process.poll() is None, "the worker ended"
            self.take()
            time.sleep(0.01)


WISH = Request(epoch=1, seq=1, size=(32, 32), pool="p", strength=0.4, walk=Walk(hold=1, morph=1, motion=4))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()


def test_a_show(stage: Stage) -> None:
    stage.request.write(replace(WISH, tempo=Tempo(time.perf_counter(), 0.0, 120.0)).to_json())
    stage.wait(lambda: len(stage.chunks) >= 5)
    first = stage.chunks[0]
    assert first.frames.shape == (4, 32, 32, 3)
    assert first.label["pool"] == "p"
    assert first.ms["decode"] > 0
    times = [t for chunk in stage.chunks for t in chunk.times]
    assert all(a < b for a, b in itertools.pairwise(times))
    assert stage.status().state == "running"
    assert stage.status().pid == stage.process.pid
    beats = [stage.status().t, 0.0]
    time.sleep(0.25)
    beats[1] = stage.status().t
    assert beats[1] > beats[0]

    stage.request.write(replace(WISH, epoch=2, pool="gone").to_json())
    stage.wait(lambda: 'no pool "gone"' in stage.status().error)
    stage.request.write(replace(WISH, epoch=3, seed=9).to_json())
    stage.wait(lambda: bool(stage.chunks) and stage.chunks[-1].epoch == 3)
    stage.wait(lambda: stage.status().error == "")

    stage.request.write(replace(WISH, epoch=3, running=False).to_json())
    stage.wait(lambda: stage.status().state == "resting")
    stage.request.write("{rubbish")
    stage.wait(lambda: "cannot be read" in stage.status().error)
    stage.request.write(replace(WISH, epoch=4).to_json())
    stage.wait(lambda: stage.chunks[-1].epoch == 4)

    assert stage.process.stdin is not None
    stage.process.stdin.close()
    assert stage.process.wait(timeout=10) == 0


def test_killed_and_started_again(stage: Stage) -> None:
    stage.request.write(WISH.to_json())
    stage.wait(lambda: len(stage.chunks) >= 2)
    stage.process.kill()
    stage.process.wait()
    newest = stage.chunks[-1].times[-1]
    stage.process = stage.start()
    stage.wait(lambda: stage.chunks[-1].times[0] > newest + 0.1)
    assert stage.status().pid == stage.process.pid


def test_other_pipelines(stage: Stage) -> None:
    """An endless stream goes on; a picture is dreamed over one frame at a time, and none is waited for."""
    wish = replace(WISH, pipeline="stream", prompts=(("red spiral", 1.0),))
    stage.request.write(wish.to_json())
    stage.wait(lambda: len(stage.chunks) >= 3)
    assert all(len(c.times) == 4 for c in stage.chunks)
    stage.chunks.clear()
    wish = replace(wish, pipeline="restyle", pool="restyle", epoch=2)
    stage.request.write(wish.to_json())
    stage.wait(lambda: "no picture" in stage.status().error)
    stage.pictures.write(Chunk(0, 0, np.full((1, 32, 32, 3), 90, np.uint8), (0.0,)))
    stage.wait(lambda: sum(c.epoch == 2 for c in stage.chunks) >= 3)
    restyled = [c for c in stage.chunks if c.epoch == 2]
    assert all(c.frames.shape == (1, 32, 32, 3) and c.label["pool"] == "restyle" for c in restyled)
    stage.request.write(replace(wish, pipeline="cooking", epoch=3).to_json())
    stage.wait(lambda: 'no pipeline "cooking"' in stage.status().error)
