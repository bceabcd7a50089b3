"""A song as pictures: frames of beats exact over an hour, prompts from the table, change on the beat."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
import torch
from song_truth import scored

from engine.errors import EngineError
from engine.model.house import load_house
from engine.pipelines.audio2video import Key, Picture, Pulse, frames, latents, pulsed, recalled, way
from engine.pipelines.text2video import Job
from engine.pools.memory import Memory
from engine.runtimes.runtime import best_dtype
from vj.audio.demo import demo_track
from vj.audio.song import Song
from vj.core.errors import MediaError, VjError
from vj.core.paths import ROOT
from vj.studio import Options
from vj.studio.captions import vocabulary
from vj.studio.jobs.audio2video import Manner, audio2video
from vj.studio.memory import memory_of
from vj.studio.songkeys import changes, keys
from vj.studio.songprompts import MOODS, TABLE, THINGS, Ranks, prompt_at
from vj.studio.songpulses import Pulses, apart, falling, levels_of
from vj.studio.songtime import SongClock, frame_of, rate_of, sample_of

RATE = 48000
FPS = Fraction(30)


@pytest.fixture(scope="module")
def song() -> Song:
    return scored()


@pytest.fixture(scope="module")
def memory() -> Memory:
    torch.set_num_threads(1)
    return memory_of(load_house(ROOT / "engine" / "assets", best_dtype()), "house")


@pytest.mark.parametrize("fps", [24.0, 30.0, 29.97, 23.976, 60.0])
@pytest.mark.parametrize("bpm", [126.0, 173.3])
def test_beats_of_an_hour_are_never_half_a_frame_off(fps: float, bpm: float) -> None:
    rate, beat = rate_of(fps), Fraction(60) / Fraction(bpm)
    worst = Fraction(0)
    for k in range(int(3600 / beat)):
        at = frame_of(sample_of(float(k * beat)), rate)
        worst = max(worst, abs(at / rate - k * beat))
    assert worst <= 1 / (2 * rate) + Fraction(1, 2 * RATE)  # and half a sample, for the beat's own time


def test_a_length_of_frames_that_is_rounded_once_drifts_within_the_hour() -> None:
    beat_frames = round(60 / 126 * 29.97)  # what the test above is there to catch
    assert abs(7559 * beat_frames / 29.97 - 7559 * 60 / 126) > 60


def test_the_clock_counts_beats_bars_and_phrases_of_the_score(song: Song) -> None:
    clock = SongClock(song)
    for section in song.sections:
        state = clock.at(section.start_s)
        assert (state.beats + 2) % 4 == pytest.approx(2.0, abs=1e-3)
        assert (state.bar_phase, state.phrase_phase) == pytest.approx((0.0, 0.0), abs=1e-6)
        assert state.bpm == pytest.approx(126.0, abs=0.01)
    half = clock.at(song.beats[6] + 30 / 126)
    assert half.beat == 6 and half.phase == pytest.approx(0.5, abs=1e-3)
    counts = [clock.at(t).beats for t in np.linspace(0, song.seconds, 500)]
    assert all(b > a for a, b in pairwise(counts))


def test_a_song_without_beats_has_four_to_a_bar(song: Song) -> None:
    still = replace(song, beats=(), downbeats=(), bpm=0.0)
    clock = SongClock(still)
    assert clock.beats(song.bars[5].start_s) == pytest.approx(20.0)
    assert clock.at(1.0).phase_confidence == 0.0
    assert len(changes(still, "tunnel")) > 5


def test_every_word_of_the_tables_is_one_that_the_model_learned() -> None:
    said = [word for *_, words in TABLE for text in words for word in text.split()]
    said += [word for texts in (*MOODS.values(), *THINGS.values()) for text in texts for word in text.split()]
    assert set(said) <= set(vocabulary())


def test_the_table_follows_the_music_and_leaves_the_style_its_colour_and_its_thing(song: Song) -> None:
    ranks = Ranks.of(song)
    loud, quiet = song.sections[2], song.sections[3]
    wild = prompt_at(song, ranks, loud.first_bar, "", loud)
    calm = prompt_at(song, ranks, quiet.first_bar, "", quiet)
    assert {"wild", "intense", "raging"} & set(wild.split()) and {"calm", "peaceful", "gentle"} & set(calm.split())
    assert any(wild.endswith(thing) for thing in THINGS["drop"])
    assert any(calm.endswith(thing) for thing in THINGS["breakdown"])
    styled = prompt_at(song, ranks, loud.first_bar, "golden spiral", loud)
    assert styled.endswith("golden spiral") and not any(c in styled for c in MOODS[True, True] + MOODS[False, True])


def test_new_pictures_come_with_bars_and_sections_drops_with_a_cut(song: Song) -> None:
    found = changes(song, "tunnel", seed=3)
    assert all(change.beat % 4 == 0 for change in found)
    starts = {section.first_bar * 4 for section in song.sections}
    assert starts <= {change.beat for change in found}
    assert {change.beat for change in found if change.cut} == {12 * 4, 32 * 4}
    first, again = (
        [c.seed for c in found if s.first_bar <= c.beat / 4 < s.first_bar + s.bars]
        for s in (song.sections[2], song.sections[4])
    )
    assert first == again and len(set(first)) == len(first)  # the drop comes again with its pictures
    assert changes(song, "tunnel", seed=3) == found != changes(song, "tunnel", seed=4)
    per_bar = {
        s.label: sum(s.first_bar <= c.beat / 4 < s.first_bar + s.bars for c in found) / s.bars for s in song.sections
    }
    assert per_bar["drop"] == 1.0 and per_bar["breakdown"] == 0.25


def test_every_beat_has_a_key_at_its_frame_and_a_morph_is_whole_on_its_beat(song: Song) -> None:
    made = keys(song, "tunnel", FPS, 30 * 60)
    assert [key.frame for key in made] == [round(k * 30 * 60 / 126) for k in range(len(made))]
    assert made[-1].frame >= 1800 > made[-2].frame
    found = {change.beat: change for change in changes(song, "tunnel")}
    for beat, key in enumerate(made):
        assert sum(weight for _, weight in key.shown) == pytest.approx(1.0)
        if beat in found:
            assert key.shown[0][0] == Picture(found[beat].prompt, found[beat].seed) and len(key.shown) == 1
    assert len(made[7 * 4 + 3].shown) == 2 and len(made[47].shown) == 1  # a morph to the build, none to a cut


@pytest.mark.parametrize("ease", [1.0, 3.0, 5.0])
def test_a_key_is_whole_exactly_on_its_frame_and_comes_fastest_just_before(ease: float) -> None:
    key = Key(14, (), ease=ease)
    steps = np.diff([way(key, i / 14) for i in range(15)])
    assert way(key, 0.0) == 0.0 and way(key, 1.0) == 1.0
    assert steps.argmax() == 13 or ease == 1.0
    assert way(Key(14, (), cut=True), 13.99 / 14) == 0.0


def test_hits_are_in_their_own_frame_and_light_does_not_flash_too_often() -> None:
    fall = falling([0.5, 2.0], FPS, 90, 0.16)
    assert (
        fall[14] == 0.0 and fall[15] == fall[60] == 1.0 and fall[16] == pytest.approx(np.exp(-1 / 30 / 0.16), abs=1e-5)
    )
    kept = apart([i * 60 / 200 for i in range(40)])  # 200 bpm
    assert min(b - a for a, b in pairwise(kept)) >= 1 / 3 and len(kept) == 20


def test_levels_tell_a_bass_from_a_hiss() -> None:
    t = np.arange(2 * RATE) / RATE
    low, high = np.sin(2 * np.pi * 60 * t) * (t < 1), np.sin(2 * np.pi * 9000 * t) * (t >= 1)
    found = levels_of(np.stack([low + high] * 2, 1).astype(np.float32), FPS, 60)
    assert found[5:25, 0].min() > 0.9 > 0.1 > found[35:55, 0].max()
    assert found[35:55, 1].min() > 0.9 > 0.1 > found[5:25, 1].max()


def test_no_strength_no_pulse_and_every_pulse_does_its_part(song: Song) -> None:
    sound = demo_track(RATE).samples[: 4 * RATE]
    still, strong = (Pulses(song, sound, FPS, s) for s in (0.0, 1.0))
    assert strong.count == 120 and {still(n) for n in range(120)} == {Pulse()}
    on, off = strong(round(song.kicks[2] * 30)), strong(round(song.kicks[2] * 30) - 1)
    assert on.zoom > 0.13 > 0.02 > off.zoom and on.light > off.light
    frame = np.random.default_rng(1).integers(60, 160, (36, 64, 3), np.uint8)
    assert pulsed(frame, Pulse()) is frame
    assert pulsed(frame, Pulse(light=0.2)).mean() == pytest.approx(1.2 * frame.mean(), rel=0.01)
    assert np.ptp(pulsed(frame, Pulse(colour=0.5)).astype(int), 2).mean() > 1.3 * np.ptp(frame.astype(int), 2).mean()
    assert pulsed(frame, Pulse(detail=0.5)).std() > 1.2 * frame.std()
    ramp = np.broadcast_to(np.linspace(0, 255, 65, dtype=np.uint8)[None, :, None], (33, 65, 3))
    grown = pulsed(np.ascontiguousarray(ramp), Pulse(zoom=0.25))
    assert grown[16, 32, 0] == ramp[16, 32, 0] and grown[16, 64, 0] == pytest.approx(ramp[16, 32 + 26, 0], abs=6)


def test_a_new_picture_is_not_one_that_was_shown_just_before(memory: Memory) -> None:
    made = [Key(n, ((Picture("ocean waves", n), 1.0),)) for n in range(9)]
    shown = [found.loops[0][0] for _, found in recalled(made, memory)]
    assert all(a != b for a, b in pairwise(shown)) and len(set(shown)) >= 3
    assert shown == [found.loops[0][0] for _, found in recalled(made, memory)]


def test_the_picture_changes_most_on_the_beats_of_the_score(song: Song, memory: Memory) -> None:
    seconds, size = 6.0, (128, 96)
    sound = demo_track(RATE).samples[: round(seconds * RATE)]
    total = frame_of(len(sound), FPS)
    job = Job("", frames=total, size=size)
    made = list(frames(keys(song, "neon tunnel", FPS, total), Pulses(song, sound, FPS, 0.5), job, memory.house, memory))
    assert len(made) == total and made[0].shape == (96, 128, 3)
    change = [float(np.abs(b.astype(int) - a).mean()) for a, b in pairwise(made)]
    beats = [frame_of(sample_of(t), FPS) for t in song.beats[1:] if t < seconds - 0.1]
    on = float(np.mean([change[beat - 1] for beat in beats]))
    rng = random.Random(1)
    others = sorted(float(np.mean(rng.sample(change, len(beats)))) for _ in range(1000))
    assert on > others[989]
    off = float(np.mean([change[beat + 6 - 1] for beat in beats[:-1]]))
    assert off < others[500]  # and not between them: the same measure would not call everything a beat


def test_where_it_goes_on_the_frames_are_the_same(song: Song, memory: Memory) -> None:
    score, job = keys(song, "ocean", FPS, 90), Job("", frames=90, size=(64, 64), seed=5)
    whole = list(latents(score, job, memory.house, memory))
    assert len(whole) == 90
    for start in (0, 14, 37):
        rest = list(islice(latents(score, job, memory.house, memory, start), 3))
        assert all(torch.equal(a, b) for a, b in zip(rest, whole[start:], strict=False))
    other = next(latents(score, replace(job, seed=6), memory.house, memory))
    assert not torch.equal(other, whole[0])
    with pytest.raises(EngineError):
        next(latents((score[1], score[0]), job, memory.house, memory))


def test_a_video_of_a_song_has_its_sound_and_says_what_it_is(
    tmp_path_factory: pytest.TempPathFactory, song: Song
) -> None:
    import av

    folder = tmp_path_factory.mktemp("song")
    (folder / "song.json").write_text(song.to_json())
    how, wish = (
        Manner(native=(64, 64), analysis=str(folder / "song.json")),
        Options(size=(64, 64), seconds=1.0, fps=12.0, quiet=True),
    )
    made = audio2video("demo", folder / "a.mp4", "violet ink", wish, how)
    again = audio2video("demo", folder / "b.mp4", "violet ink", wish, how)
    assert (made.frames, made.sound, made.label["pipeline"]) == (12, True, "audio2video")
    assert made.sha256 == again.sha256
    with av.open(str(folder / "a.mp4")) as film:
        assert sum(frame.samples for frame in film.decode(audio=0)) >= RATE
    with pytest.raises(VjError, match="style"):
        audio2video("demo", folder / "c.mp4", "xyzzy", wish, how)
    with pytest.raises(VjError, match="strength"):
        audio2video("demo", folder / "c.mp4", "ink", wish, Manner(strength=2.0))
    with pytest.raises(MediaError, match=r"none\.json"):
        audio2video("demo", folder / "c.mp4", "ink", wish, Manner(analysis=str(folder / "none.json")))
    with pytest.raises(MediaError, match=r"gone\.wav"):
        audio2video(folder / "gone.wav", folder / "c.mp4", "ink", wish, how)
    assert sorted(p.name for p in folder.iterdir()) == ["a.mp4", "b.mp4", "song.json"]
