"""The stage's queue of dreamed frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.frames import FrameSlots, Note
from engine.types import Chunk, Request
from vj.core.types import AudioFeatures, BeatState, Moment
from vj.engine_link import LARGEST, EngineLink, FrameQueue, request_for
from vj.setlist.schema import EngineShow, EngineSpec


def chunk(epoch: int, times: tuple[float, ...], value: int = 0) -> Chunk:
    frames = np.stack([np.full((8, 8, 3), value + i, np.uint8) for i in range(len(times))])
    return Chunk(epoch, 0, frames, times, {"pool": "night"})


def test_empty_queue_has_no_dream() -> None:
    assert FrameQueue().at(1.0) is None


def test_frames_around_a_moment_and_how_far_between() -> None:
    queue = FrameQueue()
    queue.add(chunk(0, (1.0, 1.1, 1.2, 1.3)))
    dream = queue.at(1.125)
    assert dream is not None
    assert int(dream.before[0, 0, 0]) == 1 and int(dream.after[0, 0, 0]) == 2
    assert dream.mix == pytest.approx(0.25)
    assert dream.stale_s == 0.0


def test_held_frame_gets_stale() -> None:
    queue = FrameQueue()
    queue.add(chunk(0, (1.0, 1.1)))
    dream = queue.at(2.1)
    assert dream is not None and dream.stale_s == pytest.approx(1.0)
    assert int(dream.before[0, 0, 0]) == 1


def test_new_epoch_replaces_what_was_to_come_but_not_what_is_shown() -> None:
    queue = FrameQueue()
    queue.add(chunk(0, (1.0, 1.1, 1.2, 1.3)))
    queue.add(chunk(1, (1.15, 1.25), value=100))
    shown = queue.at(1.12)
    assert shown is not None and int(shown.before[0, 0, 0]) == 1 and int(shown.after[0, 0, 0]) == 100
    queue.add(chunk(0, (1.4,), value=50))  # too late: of the old epoch
    last = queue.at(9.0)
    assert last is not None and int(last.after[0, 0, 0]) == 101


def test_number_changes_only_with_the_pictures() -> None:
    queue = FrameQueue()
    queue.add(chunk(0, (1.0, 2.0)))
    a, b = queue.at(1.2), queue.at(1.7)
    assert a is not None and b is not None and a.number == b.number
    c = queue.at(2.5)
    assert c is not None and c.number > a.number


def test_link_posts_and_receives_through_shared_memory(tmp_path: Path) -> None:
    link = EngineLink(tmp_path, EngineShow())
    spec = EngineSpec(pool="house", hold=2.0)
    beat = BeatState(t=5.0, bpm=126.0, beat=3, phase=0.5)
    now = Moment(5.0, 0.03, 0, (256, 144), AudioFeatures(kicks=3, kick_t=5.0), beat)
    link.post(request_for(spec, now, (256, 144), 7))
    worker = Note(tmp_path / "engine.request")
    seen = Request.from_json(worker.read())
    assert seen.tempo.beats_at(5.0) == pytest.approx(3.5) and seen.walk.hold == 2.0 and seen.seed == 7
    link.post(request_for(spec, now, (256, 144), 7))
    assert Request.from_json(worker.read()).epoch == seen.epoch
    link.post(request_for(EngineSpec(pool="night"), now, (256, 144), 7))
    assert Request.from_json(worker.read()).epoch == seen.epoch + 1
    FrameSlots(tmp_path / "engine.frames", LARGEST).write(chunk(0, (1.0, 1.1)))
    link.poll()
    assert link.dream_at(1.05, "night") is not None
    assert link.dream_at(1.05, "house") is None
    assert link.rung(1.05) == "engine" and link.rung(3.0) == "pool"


def test_modes_knobs_and_sound_reach_the_engine() -> None:
    beat = BeatState(t=5.0, bpm=126.0, beat=3, phase=0.5)
    heard = AudioFeatures(kicks=7, kick_t=5.0, bands=np.full(8, 0.5, np.float32))
    now = Moment(5.0, 0.03, 0, (256, 144), heard, beat)
    plain = request_for(EngineSpec(), now, (256, 144), 1)
    assert (plain.pipeline, plain.walk.mode, plain.walk.onsets, plain.controls) == ("poolwalk", "morph", 0, {})
    cut = request_for(EngineSpec(mode="cut"), now, (256, 144), 1)
    assert (cut.walk.mode, cut.walk.onsets) == ("cut", 7)
    assert request_for(EngineSpec(mode="stream"), now, (256, 144), 1).pipeline == "stream"
    told = request_for(EngineSpec(attr=(("scale", 0.5),), listen=True), now, (256, 144), 1)
    assert told.controls["attr/scale"] == 0.5
    assert (
        told.controls["audio/kick"] == 1.0 and told.controls["audio/bass"] == 0.5 and told.controls["audio/hat"] == 0.0
    )
    assert Request.from_json(told.to_json()) == told


def test_a_picture_to_dream_over_reaches_the_engine(tmp_path: Path) -> None:
    link = EngineLink(tmp_path, EngineShow())
    link.show(np.full((36, 64, 3), 9, np.uint8))
    _, (chunk_,) = FrameSlots(tmp_path / "engine.picture", LARGEST).read_after(0)
    assert chunk_.frames.shape == (1, 36, 64, 3) and int(chunk_.frames.max()) == 9
