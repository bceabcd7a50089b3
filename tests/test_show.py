"""The main job on the real program: sound in, pictures out, on the beat, never black, whatever dies."""

from __future__ import annotations

import os
import signal
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from devices import missing, pulse
from playing import ROOT, SMALL, Playing, beat_response, movie, offset_of, start, until, vj

from vj.audio.demo import demo_track

needs_engine = pytest.mark.skipif(
    find_spec("torch") is None, reason="the engine needs torch: runs in the full environment"
)
EXAMPLE = ROOT / "setlist.example.toml"
EARS, ENGINE = "vj.audio.worker", "engine.worker"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_example_show_is_recorded_with_its_sound_and_moves_on_the_beat(tmp_path: Path) -> None:
    out = tmp_path / "demo.mp4"
    report = start(EXAMPLE, tmp_path, "--seconds", "14", "--audio", "demo", "--record", str(out)).finish()
    seen = movie(out)
    assert seen.video_s == pytest.approx(14.0, abs=0.1)
    assert seen.sound_s == pytest.approx(14.0, abs=0.1)
    assert report["stage"]["frames"] > 100
    assert {"stage", "engine", "audio", "latency", "memory_mb", "errors"} <= set(report)
    assert set(report["memory_mb"]) >= {"stage", "ears"}
    assert seen.light.min() > 5.0, "never black"
    track = demo_track(seen.rate)
    begin = offset_of(seen.sound, track.samples.mean(1), seen.rate)
    kicks = np.array([k - begin for k in track.kicks if 0.5 < k - begin < 13.5])
    assert len(kicks) > 8
    change = seen.light + seen.motion
    real = beat_response(change, seen.times, kicks)
    generator = np.random.default_rng(1)
    shuffled = [
        beat_response(change, seen.times, np.sort(generator.uniform(0.5, 13.5, len(kicks)))) for _ in range(200)
    ]
    assert real > np.percentile(shuffled, 99), f"{real:.2f} against {np.mean(shuffled):.2f} shuffled"


def kill_and_wait(playing: Playing, module: str) -> float:
    """Kill a worker the hard way; seconds until another one runs in its place."""
    first = until(lambda: playing.worker(module))
    time.sleep(2.0)
    os.kill(first, signal.SIGKILL)
    killed = time.perf_counter()
    until(lambda: playing.worker(module, other_than=first), 10.0)
    return time.perf_counter() - killed


def test_killed_ears_come_back_and_no_frame_waits(small: Path, tmp_path: Path) -> None:
    playing = start(small, tmp_path, "--audio", "demo", "--safe", "--seconds", "9")
    back = kill_and_wait(playing, EARS)
    report = playing.finish()
    assert back < 3.0
    assert report["audio"]["restarts"] == 1
    assert report["stage"]["max_gap_ms"] < 100.0
    assert report["audio"]["kicks"] > 4, "the new ears hear"
    assert "ears killed by signal 9" in report["output"], "the user is told"


@needs_engine
def test_killed_engine_comes_back_and_no_frame_waits(tmp_path: Path) -> None:
    dreams = tmp_path / "dreams.toml"
    dreams.write_text(SMALL.replace("shader:plasma", "neural:house"))
    playing = start(dreams, tmp_path, "--audio", "demo", "--seconds", "14")
    back = kill_and_wait(playing, ENGINE)
    report = playing.finish()
    assert back < 3.0
    assert report["engine"]["restarts"] == 1
    assert report["stage"]["max_gap_ms"] < 100.0
    assert report["engine"]["frames"] > 0, "the new engine dreams"
    assert "engine killed by signal 9" in report["output"]


def test_sound_server_that_dies_and_comes_back(small: Path, tmp_path: Path) -> None:
    assert not missing(), missing()
    wav = tmp_path / "demo.wav"
    track = demo_track()
    soundfile.write(wav, track.samples, track.rate)
    with pulse(tmp_path) as club:
        club.play(wav)
        playing = start(small, tmp_path, "--audio", "default", "--safe", "--seconds", "16", env=club.env)
        until(lambda: playing.worker(EARS))
        time.sleep(4.0)
        club.stop()
        time.sleep(2.0)
        club.start()
        club.play(wav)
        report = playing.finish()
    assert report["stage"]["max_gap_ms"] < 100.0
    assert report["audio"]["kicks"] > 8
    assert not [e for e in report["errors"] if e.startswith("sound")], "it hears again at the end"


def test_sound_of_a_real_device_moves_the_picture(small: Path, tmp_path: Path) -> None:
    assert not missing(), missing()
    wav, out = tmp_path / "demo.wav", tmp_path / "club.mp4"
    track = demo_track()
    drop = next(s for name, s, _ in track.sections if name == "drop")
    part = track.samples[round(drop * track.rate) :]
    soundfile.write(wav, part, track.rate)
    with pulse(tmp_path) as club:
        playing = start(
            small, tmp_path, "--audio", "default", "--safe", "--fps", "60", "--seconds", "14", "--record", str(out),
            env=club.env,
        )  # fmt: skip
        until(lambda: playing.worker(EARS))
        time.sleep(1.0)
        club.play(wav)
        report = playing.finish()
    seen = movie(out)
    begin = offset_of(seen.sound, part.mean(1), seen.rate)
    kicks = np.array([k - drop - begin for k in track.kicks if 0.5 < k - drop - begin < seen.video_s - 0.3])
    assert len(kicks) > 10
    assert report["latency"]["kicks"] > 0.9 * len(kicks)
    assert report["latency"]["kick_to_pixels_p50_ms"] is not None
    assert beat_response(seen.light, seen.times, kicks) > 3.0, "light rises after kicks three times more than by chance"


@needs_engine
def test_same_setlist_song_and_seed_give_the_same_frames(small: Path, tmp_path: Path) -> None:
    dreams = tmp_path / "dreams.toml"
    dreams.write_text(SMALL.replace("shader:plasma", "neural:house"))
    args = ("render", str(dreams), "demo", "--seconds", "3", "--fps", "15", "--hash", "-o")
    runs = [vj(*args, str(tmp_path / f"{i}.mp4")) for i in range(2)]
    other = vj(*args, str(tmp_path / "3.mp4"), "--seed", "9")
    assert all(r.returncode == 0 for r in (*runs, other)), runs[0].stderr
    assert len(runs[0].stdout.strip()) == 64
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout != other.stdout, "another seed is another show"
    seen = movie(tmp_path / "0.mp4")
    assert len(seen.times) == 45 and seen.video_s == pytest.approx(3.0, abs=0.05)
    assert seen.sound_s == pytest.approx(3.0, abs=0.05)


def test_saved_setlist_is_taken_over_and_a_broken_one_is_told(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "reload.mp4"
    playing = start(small, tmp_path, "--audio", "demo", "--safe", "--seconds", "10", "--record", str(out))
    until(lambda: playing.worker(EARS))
    time.sleep(4.0)
    small.write_text(SMALL.replace("lo = 0.3", "lo = 0.0").replace("hi = 1.0", "hi = 0.05"))
    time.sleep(3.0)
    small.write_text(SMALL.replace("lo = 0.3", 'lo = "loud"'))
    report = playing.finish()
    seen = movie(out)
    third = len(seen.light) // 3
    assert seen.light[-third:].max() < 0.4 * seen.light[:third].max(), "the darker version is on"
    assert report["stage"]["max_gap_ms"] < 100.0
    assert any("loud" in e for e in report["errors"]), report["errors"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["play", "nowhere.toml"], ["nowhere.toml"]),
        (["play", "setlist.example.toml", "--output", "windw", "--audio", "demo"], ["windw", "window, headless"]),
        (["play", "setlist.example.toml", "--size", "huge"], ["huge", "1280x720"]),
        (["play", "setlist.example.toml", "--record", "/nowhere/out.mp4"], ["/nowhere", "not there"]),
        (["render", "setlist.example.toml", "nothing.wav", "-o", "out.mp4"], ["nothing.wav"]),
        (["bench", "everything"], ["everything", "latency"]),
        (["beats", "README.md"], ["README.md"]),
    ],
)
def test_wrong_words_are_one_clear_line(args: list[str], words: list[str]) -> None:
    done = vj(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_five_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        SMALL.replace("fps = 30", 'fps = "fast"')
        .replace("shader:plasma", "shader:plasme")
        .replace("audio.kick", "audio.kik")
        .replace("lo = 0.3", "low = 0.3")
        .replace('title = "test"', 'titel = "test"')
    )
    done = vj("check", str(path))
    assert done.returncode == 2 and "5 mistakes" in done.stderr, done.stderr
    for word in ("fps", "plasma", "audio.kick", "low", "title"):
        assert word in done.stderr


def test_missing_sound_device_lists_what_there_is(small: Path, tmp_path: Path) -> None:
    assert not missing(), missing()
    with pulse(tmp_path) as club:
        playing = start(small, tmp_path, "--audio", "Focusrite 99", "--safe", "--seconds", "4", env=club.env)
        report = playing.finish()
    told = " ".join(report["errors"])
    assert "Focusrite 99" in told and "default" in told, told
    assert report["stage"]["frames"] > 60, "the show goes on"


def test_shader_that_does_not_compile_falls_back(small: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.fs").write_text(
        '/*{ "ISFVSN": "2", "INPUTS": [] }*/\nvoid main() {\n    gl_FragColor = vec4(colour, 1.0);\n}\n'
    )
    small.write_text(
        SMALL.replace("shader:plasma", "shader:broken.fs").replace('source = "audio.kick"', 'source = "time"')
    )
    out = tmp_path / "fallback.mp4"
    report = start(small, tmp_path, "--audio", "demo", "--safe", "--seconds", "3", "--record", str(out)).finish()
    told = " ".join(report["errors"])
    assert "broken.fs:3" in told and "colour" in told, told
    assert movie(out).light[5:].min() > 5.0


def test_wav_with_nothing_in_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    soundfile.write(path, np.zeros((0, 2), np.float32), 48000)
    done = vj("beats", str(path))
    assert done.returncode == 2 and "empty.wav" in done.stderr and "Traceback" not in done.stderr
