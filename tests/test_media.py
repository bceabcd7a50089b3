"""Files that play: lengths, sync, and what a killed process leaves behind."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from vj.core.errors import MediaError
from vj.core.slots import AudioRing
from vj.core.types import AudioFeatures, BeatState, Moment
from vj.files.media import MovieSettings, MovieWriter
from vj.outputs.recorder import Recorder

SIZE = (64, 48)


@dataclass
class FakePicture:
    """A finished picture without OpenGL."""

    value: int

    def pixels(self) -> np.ndarray:
        return np.full((SIZE[1], SIZE[0], 3), self.value, np.uint8)


def moment(t: float) -> Moment:
    return Moment(t, 1 / 30, 0, SIZE, AudioFeatures(), BeatState())


def keep_up(recorder: Recorder, given: int) -> None:
    """Wait for the encoder, so that a busy machine drops nothing in a test of something else."""
    end = time.perf_counter() + 20.0
    while given - recorder.state.frames > 4 and not recorder.state.error and time.perf_counter() < end:
        time.sleep(0.001)


def streams(path: Path) -> tuple[list[float], list[int], np.ndarray, int]:
    """Video times (s), mean brightness per frame, samples [N], sample rate."""
    with av.open(str(path)) as file:
        times, means = [], []
        for frame in file.decode(video=0):
            times.append(float(frame.pts * frame.time_base))
            means.append(int(frame.to_ndarray(format="gray").mean()))
    with av.open(str(path)) as file:
        blocks = [f.to_ndarray() for f in file.decode(audio=0)]
        rate = file.streams.audio[0].rate
    return times, means, np.concatenate(blocks, 1)[0] if blocks else np.zeros(0), rate


def test_picture_and_sound_have_the_length_that_was_written(tmp_path: Path) -> None:
    writer = MovieWriter(tmp_path / "a.mp4", MovieSettings(SIZE, 30.0))
    for i in range(60):
        writer.video(FakePicture(100).pixels(), i / 30)
        writer.audio(np.zeros((1600, 2), np.float32))
    writer.close()
    times, _, sound, rate = streams(tmp_path / "a.mp4")
    assert len(times) == 60 and times[-1] == pytest.approx(59 / 30, abs=1e-3)
    assert len(sound) / rate == pytest.approx(2.0, abs=0.05)


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        MovieWriter(tmp_path / "none" / "a.mp4", MovieSettings(SIZE))


def test_a_killed_process_leaves_a_file_that_plays(tmp_path: Path) -> None:
    path = tmp_path / "killed.mp4"
    code = f"""
    import numpy as np, os, signal
    from pathlib import Path
    from vj.files.media import MovieSettings, MovieWriter
    w = MovieWriter(Path({str(path)!r}), MovieSettings({SIZE}, 30.0))
    for i in range(150):
        w.video(np.full((48, 64, 3), i, np.uint8), i / 30)
        w.audio(np.zeros((1600, 2), np.float32))
    os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    times, _, _, _ = streams(path)
    assert len(times) >= 60  # at most the last fragment (1 s) and what the encoder held are lost


def test_recorder_keeps_flash_and_click_together(tmp_path: Path) -> None:
    """A white frame and a click at the same time must come out at the same time."""
    rate, start = 48000, time.perf_counter()
    ring = AudioRing(tmp_path / "ring", rate * 8, create=True)
    ring.write(np.zeros((480, 2), np.float32), start - 0.5, rate)  # sound began before the recording
    recorder = Recorder(tmp_path / "sync.mp4", MovieSettings(SIZE, 30.0), ring)
    sound = np.zeros((rate * 3, 2), np.float32)
    sound[round(1.5 * rate) : round(1.5 * rate) + 240] = 0.9
    at = 0
    for i in range(60):
        t = start - 0.5 + i / 30 + 0.5
        # the sound arrives in blocks, a little late, as a device delivers it
        end = round((t - start + 0.48) * rate)
        if end > at:
            ring.write(sound[at:end], start - 0.5 + end / rate, rate)
            at = end
        recorder.write(FakePicture(255 if i == 30 else 0), moment(t))
        keep_up(recorder, i)
    ring.write(sound[at:], start + 2.5, rate)
    recorder.close()
    times, means, heard, out_rate = streams(tmp_path / "sync.mp4")
    flash = times[int(np.argmax(means))]
    click = int(np.argmax(np.abs(heard) > 0.3)) / out_rate
    assert recorder.state.dropped == 0
    assert flash == pytest.approx(1.0, abs=0.04)
    assert click == pytest.approx(flash, abs=0.03)
    assert len(heard) / out_rate == pytest.approx(times[-1] + 1 / 30, abs=0.1)


def test_recorder_without_sound_is_silent_and_whole(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "mute.mp4", MovieSettings(SIZE, 30.0), None)
    for i in range(30):
        recorder.write(FakePicture(i), moment(i / 30))
        keep_up(recorder, i)
    recorder.close()
    recorder.close()
    times, _, heard, rate = streams(tmp_path / "mute.mp4")
    assert len(times) == 30 and len(heard) / rate == pytest.approx(1.0, abs=0.1)
    assert not np.abs(heard).max() > 1e-3


def test_full_disk_ends_the_recording_not_the_show(tmp_path: Path) -> None:
    left = iter([10**9, 10**9, 10**8])
    recorder = Recorder(tmp_path / "full.mp4", MovieSettings(SIZE, 30.0), None, lambda folder: next(left))
    for i in range(90):
        recorder.write(FakePicture(i), moment(i / 30))
        keep_up(recorder, i)
    recorder.close()
    assert "full.mp4: recording ended, the disk is full" in recorder.state.error
    times, _, heard, rate = streams(tmp_path / "full.mp4")
    assert len(times) == 60 and len(heard) / rate == pytest.approx(2.0, abs=0.1)


def test_a_file_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        Recorder(Path("/dev/full"), MovieSettings(SIZE, 30.0), None)
