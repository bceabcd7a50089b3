"""The ears as a process: real time, restarts, and a real sound server."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile
from audio_patterns import f_measure
from devices import missing, pulse
from numpy.typing import NDArray

from vj.audio.capture import InputDevice, SampleClock, find_device
from vj.audio.demo import demo_track
from vj.audio.link import Ears
from vj.core.errors import DeviceError
from vj.core.paths import ROOT
from vj.setlist.schema import AudioSpec


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path, ignore_errors=True)


def start(ears: Ears, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(ears.argv, stdin=subprocess.PIPE, cwd=ROOT, env=env)


def wait_for(what: Callable[[], bool], seconds: float = 15.0) -> bool:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if what():
            return True
        time.sleep(0.005)
    return False


def collect_kicks(ears: Ears, until: Callable[[], bool]) -> NDArray[np.float64]:
    times: list[float] = []
    seen = ears.latest()[0].kicks
    while not until():
        f = ears.latest()[0]
        if f.kicks > seen:
            seen = f.kicks
            times.append(f.kick_t)
        time.sleep(0.002)
    return np.array(times)


def test_file_in_real_time_and_restart_after_kill(folder: Path) -> None:
    track = demo_track(48000)
    soundfile.write(folder / "demo.wav", track.samples[: 20 * 48000], 48000)
    ears = Ears(AudioSpec(device=f"file:{folder / 'demo.wav'}"), folder)
    assert ears.latest()[2].heartbeat == 0.0
    process = start(ears)
    try:
        assert wait_for(lambda: ears.latest()[2].t_start > 0)
        status = ears.latest()[2]
        assert status.pid == process.pid and status.device == "demo.wav" and status.error == ""
        t_start = status.t_start
        kicks = collect_kicks(ears, lambda: ears.latest()[0].t > t_start + 4.0) - t_start
        assert f_measure(kicks, track.kicks[track.kicks < 3.95]) >= 0.9
        process.kill()
        process.wait()
        before, anchor, _ = ears.latest()
        process = start(ears)
        assert wait_for(lambda: ears.latest()[2].pid == process.pid and ears.latest()[0].hop > before.hop)
        collect_kicks(ears, lambda: ears.latest()[0].t > t_start + 7.0)
        after, now, status = ears.latest()
        assert status.t_start == t_start and after.kicks > before.kicks and after.onsets >= before.onsets
        assert now.beat >= anchor.beat
        assert ears.ring.rate == 48000 and np.abs(ears.ring.read(ears.ring.end - 48000, ears.ring.end)).max() > 0.1
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()


def test_the_worker_loads_nothing_heavy(folder: Path) -> None:
    ears = Ears(AudioSpec(device="demo"), folder)
    process = start(ears)
    try:
        assert wait_for(lambda: ears.latest()[0].kicks > 0)
        maps = {m.path for m in psutil.Process(process.pid).memory_maps()}
        assert not any("/torch/" in path or "/scipy/" in path for path in maps)
    finally:
        process.kill()
        process.wait()


def test_a_missing_file_is_told_and_the_heartbeat_goes_on(folder: Path) -> None:
    ears = Ears(AudioSpec(device="file:/nowhere.wav"), folder)
    process = start(ears)
    try:
        assert wait_for(lambda: "no such sound file" in ears.latest()[2].error)
        first = ears.heartbeat()
        assert wait_for(lambda: ears.heartbeat() > first)
        assert ears.latest()[0].silent
    finally:
        process.kill()
        process.wait()


def test_finding_devices_by_name() -> None:
    devices = (
        InputDevice("HDA Intel PCH", "ALSA", 2, 48000, 0),
        InputDevice("Scarlett 2i2 USB: Audio (hw:1,0)", "ALSA", 2, 44100, 3),
        InputDevice("default", "ALSA", 32, 44100, 5),
    )
    assert find_device("scarlett", devices).index == 3
    assert find_device("HDA Intel PCH (ALSA)", devices).index == 0
    assert find_device("default", devices).index == 5 and find_device("", devices, default=0).index == 0
    with pytest.raises(DeviceError) as e:
        find_device("Scarlet 2i4", devices)
    assert all(d.name in str(e.value) for d in devices) and "did you mean" in str(e.value)
    with pytest.raises(DeviceError, match="none at all"):
        find_device("x", ())


def test_sample_clock_smooths_bursts_and_believes_a_lasting_change() -> None:
    rng = np.random.default_rng(6)
    clock, times = SampleClock(48000), []
    for i in range(2000):
        late = float(rng.uniform(0, 0.006))
        times.append(clock.push(i * 128, 5.0 + i * 128 / 48000 + late))
    steps = np.diff(times[500:])
    assert steps.std() < 0.0001 and abs(times[-1] - (5.003 + 1999 * 128 / 48000)) < 0.001
    for i in range(2000, 2100):  # the device paused for 30 ms
        t = clock.push(i * 128, 5.033 + i * 128 / 48000)
    assert t == pytest.approx(5.033 + 2099 * 128 / 48000, abs=0.001)


@pytest.mark.skipif(bool(missing()), reason=missing() or "a sound server is here")
def test_a_real_sound_server(folder: Path) -> None:
    """A WAV played into a null sink, captured through PortAudio; then the server dies and comes back."""
    track = demo_track(48000)
    soundfile.write(folder / "club.wav", track.samples[: 13 * 48000], 48000)
    with pulse(folder) as club:
        ears = Ears(AudioSpec(device="default"), folder)
        process = start(ears, club.env)
        try:
            assert wait_for(lambda: ears.latest()[2].device.startswith("default"), 10)
            time.sleep(1.5)
            player = club.play(folder / "club.wav")
            heard = collect_kicks(ears, lambda: player.poll() is not None)
            truth = track.kicks[track.kicks < 12.9]
            offsets = heard[0] - truth[:3]
            best = max(offsets, key=lambda o: f_measure(heard - o, truth))
            best += np.median([h - best - truth[np.argmin(np.abs(truth - h + best))] for h in heard])
            assert f_measure(heard - best, truth) >= 0.95
            hop, lost = ears.latest()[0].hop, ears.latest()[0].lost_hops
            club.stop()
            assert wait_for(lambda: ears.latest()[2].error != "", 5)
            assert time.perf_counter() - ears.heartbeat() < 1.0
            club.start()
            assert wait_for(lambda: ears.latest()[2].error == "", 10)
            assert ears.latest()[0].hop > hop and ears.latest()[0].lost_hops >= lost
        finally:
            process.kill()
            process.wait()


@pytest.mark.skipif(bool(missing()), reason=missing() or "a sound server is here")
def test_a_missing_device_lists_what_there_is(folder: Path) -> None:
    with pulse(folder) as club:
        ears = Ears(AudioSpec(device="Scarlett"), folder)
        process = start(ears, club.env)
        try:
            assert wait_for(lambda: "Scarlett" in ears.latest()[2].error, 10)
            assert "default" in ears.latest()[2].error
        finally:
            process.kill()
            process.wait()
