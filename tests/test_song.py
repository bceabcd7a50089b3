"""The analysis of whole songs, on songs whose score is known, and on files that are no songs."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_patterns import f_measure
from numpy.typing import NDArray
from PIL import Image
from song_scores import RATE, SCORES, Played, play
from typer.testing import CliRunner

from vj.audio.demo import demo_track
from vj.audio.song import INSTRUMENTS, LABELS, Song, analyse, plot
from vj.audio.song_analysis import song_of
from vj.audio.song_features import frames_of
from vj.cli import app
from vj.core.errors import MediaError

STEADY = ("club", "pop", "hip-hop", "dnb", "waltz", "no-drums")


@lru_cache(maxsize=16)
def heard(name: str) -> tuple[Song, Played]:
    played = play(SCORES[name]())
    return song_of(frames_of([(played.samples, 1.0)]), name), played


def starts(song: Song) -> NDArray[np.float64]:
    return np.array([s.start_s for s in song.sections[1:]])


def boundary_f(name: str, tolerance_s: float) -> float:
    song, played = heard(name)
    return f_measure(starts(song), np.array([s[2] for s in played.sections[1:]]), tolerance_s)


def label_share(song: Song, truth: list[tuple[str, int, float, float]]) -> float:
    """Share of the duration whose label is right."""
    moments = np.arange(0.05, truth[-1][3], 0.1)
    right = sum(song.section_at(t).label == next(s[0] for s in truth if t < s[3]) for t in moments)
    return right / len(moments)


def activity(song: Song, label: str, instrument: str) -> float:
    rows = [b.instruments[instrument] for b in song.bars if song.section_at(b.start_s + 0.1).label == label]
    return float(np.mean(rows))


@pytest.mark.parametrize("name", STEADY)
def test_beats_of_steady_songs(name: str) -> None:
    song, played = heard(name)
    assert song.bpm == pytest.approx(played.score.bpm[0], rel=0.001)
    assert f_measure(np.array(song.beats), played.beats, 0.07) > 0.98
    assert len(song.tempo_curve) == 1
    near = np.abs(np.array(song.beats)[:, None] - played.beats[None, :]).min(axis=1)
    assert float(np.median(near)) < 0.012


def test_beats_of_a_song_that_gets_faster() -> None:
    song, played = heard("faster")
    assert f_measure(np.array(song.beats), played.beats, 0.07) > 0.95
    (_, first), *_, (_, last) = song.tempo_curve
    assert first == pytest.approx(112, abs=2) and last == pytest.approx(128, abs=2)
    assert all(a[1] < b[1] + 0.3 for a, b in pairwise(song.tempo_curve))


@pytest.mark.parametrize("name", SCORES)
def test_bars(name: str) -> None:
    song, played = heard(name)
    assert f_measure(np.array(song.downbeats), played.downbeats, 0.07) > 0.95
    assert song.bars[0].start_s == 0.0 and song.bars[-1].stop_s == pytest.approx(song.seconds, abs=1e-3)
    assert all(a.stop_s == b.start_s for a, b in pairwise(song.bars))


@pytest.mark.parametrize("name", SCORES)
def test_sections(name: str) -> None:
    song, played = heard(name)
    assert boundary_f(name, 3.0) >= 0.7
    assert label_share(song, played.sections) >= 0.75
    edges = {b.start_s for b in song.bars}
    assert all(s.start_s in edges and s.label in LABELS for s in song.sections)
    assert sum(s.bars for s in song.sections) == len(song.bars)
    assert song.sections[0].start_s == 0.0 and song.sections[-1].stop_s == song.bars[-1].stop_s


def test_sections_over_all_songs() -> None:
    assert np.mean([boundary_f(name, 3.0) for name in SCORES]) >= 0.85
    assert np.mean([boundary_f(name, 0.5) for name in SCORES]) >= 0.85
    shuffled = []  # the same count of cuts at other places must not pass
    for name in SCORES:
        song, played = heard(name)
        at = np.sort(np.random.default_rng(1).uniform(0, song.seconds, len(song.sections) - 1))
        shuffled.append(f_measure(at, np.array([s[2] for s in played.sections[1:]]), 3.0))
    assert np.mean(shuffled) < 0.6


@pytest.mark.parametrize("name", SCORES)
def test_repeats_share_a_group(name: str) -> None:
    song, played = heard(name)
    truth = [(number, song.section_at((a + b) / 2)) for _, number, a, b in played.sections]
    for i, (number, section) in enumerate(truth):
        for other, another in truth[i + 1 :]:
            if {section.label, another.label} & {"intro", "outro"}:
                continue
            assert (section.group == another.group) == (number == other), (section, another)


def test_instruments() -> None:
    for name, low, high in (
        ("pop", "intro", "chorus"),
        ("club", "breakdown", "drop"),
        ("waltz", "intro", "chorus"),
    ):
        song, played = heard(name)
        for drum in ("kick", "snare", "hats", "bass"):
            assert activity(song, low, drum) < 0.2 < 0.45 < activity(song, high, drum), (name, drum)
        assert f_measure(np.array(song.kicks), played.kicks, 0.05) > 0.95
    assert activity(heard("pop")[0], "verse", "voice") > 0.6 > 0.1 > activity(heard("pop")[0], "bridge", "voice")
    assert activity(heard("club")[0], "drop", "voice") < 0.1
    assert activity(heard("club")[0], "drop", "lead") > 0.6 > 0.1 > activity(heard("club")[0], "intro", "lead")
    assert activity(heard("club")[0], "breakdown", "pads") > 0.6 > 0.1 > activity(heard("club")[0], "intro", "pads")
    quiet = heard("no-drums")[0]
    assert max(activity(quiet, "chorus", drum) for drum in ("kick", "snare", "hats")) < 0.1


def test_mood() -> None:
    pop, hiphop, dnb = (heard(n)[0] for n in ("pop", "hip-hop", "dnb"))

    def mean(song: Song, label: str, what: str) -> float:
        return float(np.mean([getattr(s, what) for s in song.sections if s.label == label]))

    assert mean(pop, "chorus", "arousal") > mean(pop, "verse", "arousal") > mean(pop, "intro", "arousal")
    assert mean(pop, "chorus", "valence") > mean(hiphop, "chorus", "valence") + 0.2  # C major, D minor
    assert mean(dnb, "drop", "arousal") > mean(hiphop, "verse", "arousal")
    assert (pop.key, hiphop.key, dnb.key) == ("C major", "D minor", "E minor")
    for bar in pop.bars:
        values = [bar.energy, bar.valence, bar.arousal, bar.brightness, *bar.instruments.values()]
        assert all(0.0 <= v <= 1.0 for v in values) and tuple(bar.instruments) == INSTRUMENTS


def test_demo_track() -> None:
    told: list[float] = []
    song, track = analyse("demo", told.append), demo_track(44100)
    assert told[-1] == 1.0 and told == sorted(told)
    assert f_measure(np.array(song.beats), track.beats, 0.05) == 1.0
    assert f_measure(np.array(song.kicks), track.kicks, 0.05) > 0.97
    truth = [(name, 0, a, b) for name, a, b in track.sections]
    assert f_measure(starts(song), np.array([s[2] for s in truth[1:]]), 0.5) > 0.8
    assert label_share(song, truth) > 0.85
    assert {s.group for s in song.sections if s.label == "drop"} == {song.section_at(30).group}
    assert [s.label for s in song.sections][-3:] == ["build", "drop", "outro"]


def test_json_keeps_everything() -> None:
    song = heard("club")[0]
    again = Song.from_json(song.to_json())
    assert again == song
    for broken in ("", "[]", "{}", '{"version": 7}', song.to_json().replace('"bpm"', '"bmp"')):
        with pytest.raises(MediaError, match="vj analyse"):
            Song.from_json(broken)


def test_where_is_what() -> None:
    song, played = heard("club")
    assert song.beat_at(song.beats[8]) == pytest.approx(8.0)
    assert song.beat_at((song.beats[8] + song.beats[9]) / 2) == pytest.approx(8.5)
    assert song.beat_at(song.beats[0] - 60 / song.bpm) == pytest.approx(-1.0, abs=0.01)
    assert song.beat_at(song.beats[-1] + 120 / song.bpm) == pytest.approx(len(song.beats) + 1, abs=0.01)
    assert song.bar_at(-1.0) is song.bars[0] and song.bar_at(1e6) is song.bars[-1]
    assert song.bar_at(played.downbeats[5] + 0.2) is song.bars[5] and song.bar_number(played.downbeats[5] + 0.2) == 5
    assert song.section_at(-1.0) is song.sections[0] and song.section_at(1e6) is song.sections[-1]


def _noise(seconds: float) -> NDArray[np.float32]:
    return (0.2 * np.random.default_rng(3).standard_normal(round(seconds * RATE))).astype(np.float32)


def _tone(seconds: float) -> NDArray[np.float32]:
    return (0.3 * np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.mark.parametrize(
    ("sound", "label", "key"),
    [
        (lambda: np.zeros(8 * RATE, np.float32), "intro", ""),
        (lambda: _noise(10.0), "verse", ""),
        (lambda: _tone(8.0), "verse", None),
        (lambda: _tone(1.0), "verse", None),
        (lambda: _noise(1 / RATE), "verse", ""),
    ],
    ids=["silence", "noise", "a tone", "one second", "one sample"],
)
def test_what_is_no_music_has_one_section_and_no_beat(
    tmp_path: Path, sound: Callable[[], NDArray[np.float32]], label: str, key: str | None
) -> None:
    soundfile.write(tmp_path / "a.wav", sound(), RATE)
    song = analyse(tmp_path / "a.wav")
    assert (song.bpm, song.beats, song.downbeats, song.tempo_curve) == (0.0, (), (), ())
    assert [s.label for s in song.sections] == [label] and len(song.kicks) == 0
    assert key is None or song.key == key
    assert song.beat_at(0.5) == 0.0 and song.bar_at(0.5) is song.bars[0]


def test_a_picture_of_silence(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(3 * RATE), RATE)
    plot(analyse(tmp_path / "a.wav"), tmp_path / "a.png")
    with pytest.raises(MediaError, match="cannot be written"):
        plot(analyse(tmp_path / "a.wav"), tmp_path / "no" / "a.png")


def test_silence_around_a_song(tmp_path: Path) -> None:
    played = heard("club")[1]
    first, stop = played.sections[1][2], played.sections[3][2]
    part = played.samples[round(first * RATE) : round(stop * RATE)]
    wait = 6 * RATE + 1234
    soundfile.write(tmp_path / "a.wav", np.concatenate([np.zeros(wait), part, np.zeros(8 * RATE)]), RATE)
    song = analyse(tmp_path / "a.wav")
    beats = played.beats[(played.beats > first - 0.01) & (played.beats < stop - 0.01)] + wait / RATE - first
    assert f_measure(np.array(song.beats), beats, 0.07) > 0.97
    assert song.section_at(1.0).label == "intro" and song.section_at(song.seconds - 1.0).label == "outro"
    drop = wait / RATE + played.sections[2][2] - first
    section = song.section_at(drop + 2.0)
    assert section.start_s == pytest.approx(drop, abs=0.1) and section.label in ("drop", "chorus")


def test_other_rates_and_channels(tmp_path: Path) -> None:
    played = heard("club")[1]
    part = played.samples[: 12 * RATE]
    low = part.reshape(-1, 5)[:, :].mean(axis=1)  # 8820 Hz
    soundfile.write(tmp_path / "low.wav", low, RATE // 5)
    soundfile.write(tmp_path / "six.flac", np.repeat(part[:, None], 6, axis=1), RATE)
    for name in ("low.wav", "six.flac"):
        song = analyse(tmp_path / name)
        assert song.bpm == pytest.approx(128, rel=0.002) and song.seconds == pytest.approx(12, abs=0.05)
        assert f_measure(np.array(song.kicks), played.kicks[played.kicks < 12], 0.05) > 0.9


def test_files_that_are_no_sound(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is no sound " * 40)
    Image.new("RGB", (32, 32)).save(tmp_path / "picture.png")
    soundfile.write(tmp_path / "none.wav", np.zeros((0, 2)), RATE)
    for name in ("empty.wav", "text.wav", "picture.png", "none.wav", "missing.wav"):
        with pytest.raises(MediaError, match=name):
            analyse(tmp_path / name)


def test_command(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", heard("club")[1].samples[: 12 * RATE], RATE)
    out, picture = tmp_path / "a.json", tmp_path / "a.png"
    done = CliRunner().invoke(
        app, ["analyse", str(tmp_path / "a.wav"), "-o", str(out), "--plot", str(picture), "--json"]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads(out.read_text())
    assert Song.from_json(out.read_text()).bpm == pytest.approx(128, rel=0.001)
    with Image.open(picture) as image:
        assert image.size == (1920, 1080)
        small = np.asarray(image.resize((192, 108))).reshape(-1, 3)
        assert len(np.unique(small, axis=0)) > 200  # sections, bars and rows, no empty page
    done = CliRunner().invoke(app, ["analyse", str(tmp_path / "a.wav"), "-o", str(tmp_path / "no" / "a.json")])
    assert isinstance(done.exception, MediaError) and "there is no folder" in str(done.exception)
