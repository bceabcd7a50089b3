"""The ears against music whose score is known: hits, delays, tempo, phase, silence and gain."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from audio_patterns import STYLES, Style, f_measure, piece
from numpy.typing import NDArray

from vj.audio.analysis import Analyser, AnalysisSettings
from vj.audio.beats import BeatReport, RecordedEars, Times, listen
from vj.audio.demo import DemoTrack, demo_track
from vj.core.types import AudioFeatures


@lru_cache
def demo_heard() -> tuple[DemoTrack, BeatReport]:
    track = demo_track(48000)
    return track, listen(track.samples, track.rate)


def sounded(times: Times) -> NDArray[np.float64]:
    return np.array(times.sounded)


def delays(times: Times, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Emitted minus really sounded, of the hits that were found."""
    pairs = zip(times.sounded, times.emitted, strict=True)
    return np.array([e - truth[np.argmin(np.abs(truth - s))] for s, e in pairs if np.min(np.abs(truth - s)) < 0.05])


def test_demo_drums() -> None:
    track, heard = demo_heard()
    assert f_measure(sounded(heard.kicks), track.kicks) >= 0.97
    assert f_measure(sounded(heard.snares), track.snares) >= 0.85
    assert f_measure(sounded(heard.hats), track.hats) >= 0.85


def test_demo_kicks_are_flagged_at_once() -> None:
    track, heard = demo_heard()
    late = delays(heard.kicks, track.kicks)
    assert np.median(late) <= 0.012
    assert np.percentile(late, 95) <= 0.020
    truth = track.kicks
    error = [s - truth[np.argmin(np.abs(truth - s))] for s in heard.kicks.sounded]
    assert abs(np.median(error)) < 0.002


def test_demo_beats_and_tempo() -> None:
    track, heard = demo_heard()
    beats = sounded(heard.beats)
    assert f_measure(beats[beats > 8], track.beats[track.beats > 8], 0.07) >= 0.9
    assert heard.bpm == pytest.approx(126, abs=0.2)


def test_demo_drops_come_where_they_are() -> None:
    track, heard = demo_heard()
    starts = [start for name, start, _ in track.sections if name == "drop"]
    assert len(heard.drops.sounded) == len(starts)
    assert np.allclose(heard.drops.sounded, starts, atol=0.1)


@pytest.mark.parametrize(("rate", "hop"), [(44100, 128), (96000, 256)])
def test_other_rates(rate: int, hop: int) -> None:
    track = demo_track(rate)
    part = int(34 * rate)
    heard = listen(track.samples[:part], rate, AnalysisSettings(rate, hop))
    assert f_measure(sounded(heard.kicks), track.kicks[track.kicks < 34]) >= 0.95
    assert heard.bpm == pytest.approx(126, abs=0.3)


@pytest.mark.parametrize("change", ["quiet", "noisy"])
def test_quiet_and_noisy(change: str) -> None:
    track = demo_track(48000)
    sound = track.samples[: 34 * 48000].mean(axis=1)
    if change == "quiet":
        sound = sound * np.float32(10 ** (-30 / 20))
    else:
        sound = sound + 0.01 * np.random.default_rng(1).standard_normal(len(sound)).astype(np.float32)
    heard = listen(sound, 48000)
    assert f_measure(sounded(heard.kicks), track.kicks[track.kicks < 34]) >= 0.95


@pytest.mark.parametrize("style", STYLES, ids=lambda s: s.name)
def test_other_styles(style: Style) -> None:
    music = piece(style)
    heard = listen(music.samples, music.rate)
    assert f_measure(sounded(heard.kicks), music.kicks) >= 0.85
    assert f_measure(sounded(heard.snares), music.snares) >= 0.9
    assert f_measure(sounded(heard.hats), music.hats) >= 0.78
    beats = sounded(heard.beats)
    assert f_measure(beats[beats > 8], music.beats[music.beats > 8], 0.07) >= 0.9
    assert heard.bpm == pytest.approx(style.bpm, rel=0.01)


@pytest.mark.parametrize("bpm", [100, 112, 128, 138, 150])
def test_phase_is_right_with_an_open_hat_on_the_off_beat(bpm: float) -> None:
    style = Style("hat", bpm, "x...x...x...x...", "....x.......x...", "..x...x...x...x.", "." * 16, 0.1, 0.0)
    music = piece(style, seconds=14)
    heard = listen(music.samples, music.rate)
    beats = sounded(heard.beats)
    assert f_measure(beats[beats > 6], music.beats[music.beats > 6], 0.07) >= 0.95


def test_octaves_are_folded_into_the_range() -> None:
    style = Style("slow", 75, "x...x...x...x...", "....x.......x...", "..x...x...x...x.", "." * 16, 0.1, 0.0)
    music = piece(style, seconds=14)
    assert listen(music.samples, 48000, AnalysisSettings(bpm=(100, 200))).bpm == pytest.approx(150, rel=0.01)
    assert listen(music.samples, 48000, AnalysisSettings(bpm=(60, 120))).bpm == pytest.approx(75, rel=0.01)


def run(sound: NDArray[np.float32], settings: AnalysisSettings | None = None) -> list[AudioFeatures]:
    ears = RecordedEars(sound, 48000, settings)
    out = []
    while (heard := ears.step()) is not None:
        out.append(heard[0])
    return out


def test_room_noise_drives_nothing() -> None:
    room = (0.001 * np.random.default_rng(2).standard_normal(48000 * 6)).astype(np.float32)  # -60 dBFS
    after = run(room)[-1]
    assert after.silent and after.kicks == after.snares == after.hats == after.onsets == 0
    assert after.level == 0.0 and not after.bands.any() and not after.spectrum.any()


def test_gain_sleeps_in_silence_and_levels_return() -> None:
    track = demo_track(48000)
    music = track.samples[: 8 * 48000].mean(axis=1)
    silence = np.zeros(10 * 48000, np.float32)
    heard = run(np.concatenate([music, silence, music[: 2 * 48000]]))
    hops = 8 * 375
    before, during, back = heard[hops - 1], heard[hops + 9 * 375], heard[-1]
    assert during.silent and not during.bands.any() and during.level < 0.01
    assert during.gain_db == heard[hops + 375].gain_db == pytest.approx(before.gain_db, abs=1.5)
    assert not back.silent and back.level > 0.4


def test_gain_makes_quiet_music_as_lively_as_loud() -> None:
    music = demo_track(48000).samples[: 15 * 48000].mean(axis=1)
    loud, quiet = run(music), run(music * np.float32(0.03))
    levels = [np.mean([f.level for f in heard[-1500:]]) for heard in (loud, quiet)]
    assert 0.3 < levels[0] < 0.95 and abs(levels[0] - levels[1]) < 0.2
    assert quiet[-1].gain_db > loud[-1].gain_db + 15


def test_ranges_and_broken_sound() -> None:
    analyser = Analyser(AnalysisSettings())
    noise = np.random.default_rng(3).standard_normal((400, 128)).astype(np.float32)
    noise[7, 3], noise[8, 5] = np.nan, np.inf
    for i, block in enumerate(noise):
        f = analyser.push(block, i * 128 / 48000)
    assert f.clipped and np.isfinite(f.rms_db) and np.isfinite(f.level)
    for values in (f.bands, f.bands_slow, f.spectrum, f.chroma):
        assert values.min() >= 0 and values.max() <= 1
    assert f.spectrum.shape == (512,) and f.wave.shape == (1024,) and f.chroma.shape == (12,)


def test_a_note_is_seen_where_it_is() -> None:
    t = np.arange(48000) / 48000
    f = run((0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32))[-1]
    assert int(np.argmax(f.chroma)) == 9  # A
    assert abs(int(np.argmax(f.spectrum)) - 440 / 24000 * 512) < 2
    assert f.centroid_hz == pytest.approx(440, abs=30)
    assert int(np.argmax(f.bands)) == 3  # 318-699 Hz


def test_the_same_sound_gives_the_same_features() -> None:
    music = demo_track(48000).samples[: 4 * 48000]
    one, two = run(music), run(music)
    assert one[-1].kick_t == two[-1].kick_t and np.array_equal(one[-1].spectrum, two[-1].spectrum)


def test_wrong_settings() -> None:
    for wrong in ({"rate": 100}, {"hop": 100}, {"bpm": (100, 120)}):
        with pytest.raises(ValueError, match="allowed"):
            AnalysisSettings(**wrong)  # type: ignore[arg-type]
