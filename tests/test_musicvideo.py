"""A music video: scenes change with the sections of the score, the same twice, and a proposal is never written over."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from gl_help import context
from song_truth import scored

from vj.audio.song import Song
from vj.core.errors import VjError
from vj.core.types import AudioFeatures, Moment
from vj.setlist.catalog import catalog
from vj.setlist.player import Player
from vj.studio.jobs.musicvideo import Video, musicvideo, proposal, proposed_path
from vj.studio.output import Options
from vj.studio.songtime import SongClock
from vj.studio.storyboard import cues, parse
from vj.studio.storypropose import propose
from vj.studio.storyscenes import show_of

FPS = 30.0


@pytest.fixture(scope="module")
def song() -> Song:
    return scored()


def moments(song: Song, fps: float, start: float, stop: float) -> list[Moment]:
    clock = SongClock(song)
    numbers = range(round(start * fps), round(stop * fps))
    return [Moment(n / fps, 1 / fps, n, (64, 36), AudioFeatures(), clock.at(n / fps)) for n in numbers]


@pytest.mark.parametrize("fps", [30.0, 24.0, 29.97])
def test_every_look_is_whole_within_a_frame_of_its_section(song: Song, fps: float) -> None:
    known = catalog()
    board = parse(propose(song), Path("story.toml"), known)
    found = cues(board, song)
    setlist, script = show_of(board, found, song, known)
    player = Player(setlist, 1)
    player.script = script
    whole: dict[float, str] = {}
    before, starts, running = setlist.scenes[0].name, {}, None
    for moment in moments(song, fps, 0.0, song.seconds):
        look = player.update(moment, [])
        if look.after is not None and running is None:
            starts[look.after.name], running = moment.t, look.after.name
        if look.scene.name != before:
            whole[moment.t], before, running = look.scene.name, look.scene.name, None
    expected = [cue.t for cue in found[1:]]
    assert len(whole) == len(expected)
    for at, wanted in zip(whole, expected, strict=True):
        assert -1e-3 <= at - wanted < 1 / fps + 1e-3
    sections = [section.start_s for section in song.sections[1:]]
    assert all(min(abs(at - start) for at in whole) < 1 / fps + 1e-3 for start in sections)
    assert len(starts) >= 5  # and they came in by transitions, before


def test_without_a_script_the_player_is_as_it_was(song: Song) -> None:
    known = catalog()
    board = parse(propose(song), Path("story.toml"), known)
    setlist, _ = show_of(board, cues(board, song), song, known)
    player = Player(setlist, 1)
    names = {player.update(moment, []).scene.name for moment in moments(song, 10.0, 0.0, 60.0)}
    assert names == {setlist.scenes[0].name}


def kept(folder: Path, song: Song) -> Video:
    (folder / "song.json").write_text(song.to_json())
    return Video(draft=True, analysis=str(folder / "song.json"))


def test_a_draft_has_the_song_for_its_sound_and_comes_out_the_same_twice(tmp_path: Path, song: Song) -> None:
    context()
    video, wish = kept(tmp_path, song), Options(size=(96, 54), seconds=2.0, fps=10.0, quiet=True)
    made = musicvideo("demo", tmp_path / "a.mp4", wish, video)
    again = musicvideo("demo", tmp_path / "b.mp4", wish, video)
    assert (made.frames, made.size, made.sound) == (20, (96, 54), True)
    assert made.sha256 == again.sha256 and made.label["engine"] == "pool loops"
    with av.open(str(tmp_path / "a.mp4")) as film:
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert (
        float(np.mean(pictures[-1])) > 8 and float(np.abs(np.diff(np.stack(pictures).astype(int), axis=0)).mean()) > 0.5
    )
    assert (tmp_path / "demo.story.toml").read_text() == propose(song_at(tmp_path), "")


def song_at(folder: Path) -> Song:
    return Song.from_json((folder / "song.json").read_text())


def test_a_proposal_that_was_edited_is_not_written_over(tmp_path: Path, song: Song) -> None:
    video, out = kept(tmp_path, song), tmp_path / "v.mp4"
    path = proposal("demo", out, Options(quiet=True), video)
    assert path == tmp_path / "demo.story.toml" and proposal("demo", out, Options(quiet=True), video) == path
    path.write_text(path.read_text().replace('palette = "', 'palette = "gold" #"', 1))
    edited = path.read_text()
    with pytest.raises(VjError, match="--storyboard"):
        musicvideo("demo", out, Options(quiet=True), video)
    assert path.read_text() == edited and not out.exists()


def test_a_proposal_lies_beside_the_video_or_here_where_there_is_none() -> None:
    assert proposed_path("music/demo.flac", Path("out/v.mp4")) == Path("out/demo.story.toml")
    assert proposed_path("demo", Path()) == Path("demo.story.toml")


def test_a_bad_storyboard_stops_before_anything_is_drawn(tmp_path: Path, song: Song) -> None:
    story = tmp_path / "s.toml"
    story.write_text('[sections.drop]\ngenerator = "tunel"\n')
    video = Video(str(story), draft=True, analysis=kept(tmp_path, song).analysis)
    with pytest.raises(VjError, match=r'sections\.drop\.generator: got .tunel.*"tunnel"'):
        musicvideo("demo", tmp_path / "v.mp4", Options(quiet=True), video)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.toml", "song.json"]
