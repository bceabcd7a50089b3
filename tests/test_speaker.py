"""What the speaker plays, and when; through a real sound server."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from devices import missing, pulse

from vj.audio.speaker import Speaker

RAMP = np.stack([np.arange(1000), -np.arange(1000)], 1).astype(np.float32)


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Speaker:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # a machine without PortAudio
    return Speaker(RAMP, 1000, 10.0, loop=False)


def test_without_a_sound_card_there_is_a_reason_and_no_exception(speaker: Speaker) -> None:
    assert "not audible" in speaker.error
    speaker.close()


def test_samples_are_due_by_the_clock_and_follow_each_other(speaker: Speaker) -> None:
    assert (speaker.block(9.95, 100)[:50] == 0).all(), "silence before the start"
    assert speaker.block(10.05, 10)[0, 0] == 50
    assert speaker.block(10.07, 10)[0, 0] == 60, "a small jitter is no reason to jump"
    assert speaker.block(10.5, 10)[0, 0] == 500, "a large one is"
    assert (speaker.block(12.0, 10) == 0).all(), "silence after the end"


def test_loop_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    speaker = Speaker(RAMP, 1000, 0.0, loop=True)
    assert speaker.block(1.995, 10)[:, 0].tolist() == [995, 996, 997, 998, 999, 0, 1, 2, 3, 4]


def test_it_is_heard_in_the_club(tmp_path: Path) -> None:
    assert not missing(), missing()
    code = """
    import time, numpy as np
    from vj.audio.speaker import Speaker
    t = np.arange(48000 * 2) / 48000
    tone = (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    speaker = Speaker(np.stack([tone, tone], 1), 48000, time.perf_counter(), True)
    assert not speaker.error, speaker.error
    time.sleep(3.0)
    """
    with pulse(tmp_path) as club:
        wav = tmp_path / "heard.wav"
        ears = subprocess.Popen(
            [
                "parec",
                "-d",
                "club.monitor",
                "--latency-msec=20",
                "--file-format=wav",
                "--rate=48000",
                "--channels=1",
                str(wav),
            ],
            env=club.env,
        )  # by default it takes two seconds at a time, and the last ones are lost
        time.sleep(0.5)
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], env=club.env, capture_output=True, text=True
        )
        ears.terminate()
        ears.wait()
    assert done.returncode == 0, done.stderr
    heard, rate = soundfile.read(wav)
    loud = heard[np.abs(heard) > 0.05]
    assert len(loud) > rate
    middle = heard[len(heard) // 2 : len(heard) // 2 + 8192] * np.hanning(8192)
    assert np.argmax(np.abs(np.fft.rfft(middle))) * rate / 8192 == pytest.approx(440, abs=12)
