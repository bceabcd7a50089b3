"""story.toml: read, refused in one line, laid over a song, proposed for one, and made a show of."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from song_truth import scored

from vj.audio.song import LABELS, Song
from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.setlist.catalog import Catalog, catalog
from vj.setlist.checks import check
from vj.studio.songtime import SongClock
from vj.studio.storyboard import PALETTE_NAMES, Look, cues, parse, read
from vj.studio.storypropose import TABLE, propose
from vj.studio.storyscenes import EFFECTS, show_of

HERE = Path("story.toml")


@pytest.fixture(scope="module")
def song() -> Song:
    return scored()


@pytest.fixture(scope="module")
def known() -> Catalog:
    return catalog()


STORY = """
[style]
palette = "ice"
[sections.drop]
generator = "fractal"
energy = 1
[[entries]]
at = "section:drop#2"
prompt = "golden fractal"
effects = ["bloom", "mirror"]
[[entries]]
at = "bar:5"
palette = "fire"
[[entries]]
at = "1:05.0"
dream = 0
"""


def test_sections_entries_bars_and_times_find_their_moment(song: Song, known: Catalog) -> None:
    found = cues(parse(STORY, HERE, known), song)
    bar = 4 * 60 / 126
    beat = round(65 * 126 / 60) * 60 / 126  # the beat nearest to 1:05
    assert [cue.t for cue in found] == pytest.approx(
        [0, 4 * bar, 8 * bar, 12 * bar, 24 * bar, 32 * bar, beat, 44 * bar], abs=1e-4
    )
    looks = [cue.look for cue in found]
    assert [look.generator for look in looks] == ["tunnel"] * 3 + ["fractal", "tunnel", "fractal", "fractal", "tunnel"]
    assert [look.palette for look in looks] == ["ice", "fire"] + ["ice"] * 6
    assert looks[5].prompt == "golden fractal" and looks[5].effects == ("bloom", "mirror")
    assert (looks[6].dream, looks[6].prompt) == (0.0, "")  # an entry holds until the next


def test_bars_after_a_section_and_every_section_of_a_name(song: Song, known: Catalog) -> None:
    board = parse('[[entries]]\nat = "section:drop+4"\npalette = "gold"', HERE, known)
    assert [round(cue.t / (240 / 126), 2) for cue in cues(board, song)] == [0, 16, 24, 36, 44]


BAD = {
    'sorry = 1': "sorry",
    '[style]\ngenerator = "tunel"': r'style\.generator: got .tunel., allowed: .*did you mean "tunnel"',
    '[style]\npalette = "pink"': r"style\.palette: got .pink., allowed: neon, fire",
    '[sections.chrous]\ndream = 1': r'sections\.chrous: .*did you mean "chorus"',
    '[sections.drop]\ndream = 2': r"sections\.drop\.dream: got 2, allowed: a number, 0 to 1",
    '[sections.drop]\ndream = true': r"dream: got True",
    '[sections.drop]\neffects = "bloom"': r"effects: got .bloom., allowed: a list",
    '[sections.drop]\neffects = ["blom"]': r'effects: got .blom.*did you mean "bloom"',
    '[sections.drop]\ntransition = "fade"': r"transition: got .fade., allowed: dissolve",
    '[sections.drop]\ncolour = 1': r"sections\.drop\.colour",
    '[[entries]]\ndream = 1': r"entries\[0\]\.at: got None, allowed: section:LABEL",
    '[[entries]]\nat = "section:hook"': r"entries\[0\]\.at: got .section:hook.",
    'entries = 3': "entries: got 3",
    '[style]\nprompt = 7': r"style\.prompt: got 7, allowed: a text",
    '[style': "Expected",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_a_mistake_is_one_line_with_file_key_and_what_is_allowed(text: str, known: Catalog) -> None:
    with pytest.raises(VjError, match=BAD[text]) as error:
        parse(text, HERE, known)
    assert str(error.value).startswith("story.toml: ") and "\n" not in str(error.value)


@pytest.mark.parametrize("at", ["section:bridge", "section:drop#3", "section:drop+12", "bar:0", "bar:49", "1:35"])
def test_a_moment_that_the_song_does_not_have_is_refused(at: str, song: Song, known: Catalog) -> None:
    with pytest.raises(VjError, match=re.escape(f"story.toml: entries[0].at: got {at!r}")):
        cues(parse(f'[[entries]]\nat = "{at}"\ndream = 1', HERE, known), song)


def test_a_storyboard_that_is_not_there(tmp_path: Path, known: Catalog) -> None:
    with pytest.raises(VjError, match=r"none\.toml"):
        read(tmp_path / "none.toml", known)


def test_a_proposal_is_loadable_the_same_twice_and_a_show_without_a_mistake(song: Song, known: Catalog) -> None:
    text = propose(song)
    assert text == propose(song) != propose(song, seed=1)
    board = parse(text, HERE, known)
    found = cues(board, song)
    setlist, script = show_of(board, found, song, known)
    assert list(check(setlist, known)) == []
    assert len(script) == len(found) - 1
    at = {round(cue.t, 3): cue.look for cue in found}
    drops = [s for s in song.sections if s.label == "drop"]
    assert at[round(drops[0].start_s, 3)] == at[round(drops[1].start_s, 3)]  # what comes again looks the same
    drop, calm = at[round(drops[0].start_s, 3)], at[round(song.sections[3].start_s, 3)]
    assert drop.energy > calm.energy and calm.dream > drop.dream and drop.beats < calm.beats
    assert len({(look.generator, look.palette) for look in at.values()}) >= 5


def test_a_style_goes_into_every_look(song: Song, known: Catalog) -> None:
    found = cues(parse(propose(song, 'golden "tunnel"'), HERE, known), song)
    assert all("golden" in cue.look.prompt and cue.look.palette == "gold" for cue in found)


def test_parts_of_a_kind_that_differ_look_different(song: Song, known: Catalog) -> None:
    other = replace(song, sections=(*song.sections[:4], replace(song.sections[4], group="F"), *song.sections[5:]))
    found = {round(cue.t, 3): cue.look for cue in cues(parse(propose(other), HERE, known), other)}
    first, second = (found[round(other.sections[i].start_s, 3)] for i in (2, 4))
    assert first.generator != second.generator


def test_the_tables_name_what_is_there(known: Catalog) -> None:
    assert set(TABLE) == set(LABELS) and len(PALETTE_NAMES) == 16
    for kind in TABLE.values():
        assert set(kind.generators.split()) <= set(known.generators) and kind.transition in known.transitions
        assert set(kind.effects.replace(",", " ").split()) <= set(EFFECTS)
    assert set(EFFECTS) == set(known.effects)


@pytest.mark.parametrize("dream", [0.0, 0.3, 0.8, 1.0])
def test_every_look_is_a_scene_that_the_stage_takes(dream: float, song: Song, known: Catalog) -> None:
    for generator in known.generators:
        looks = f'[style]\ngenerator = "{generator}"\ndream = {dream}\neffects = {sorted(EFFECTS)!r}\n'
        board = parse(looks, HERE, known)
        assert list(check(show_of(board, cues(board, song), song, known)[0], known)) == []


def test_transitions_end_on_the_first_beat_and_never_fill_a_look(song: Song, known: Catalog) -> None:
    board = parse('[style]\nbeats = 30\n[sections.build]\npalette = "gold"\n[sections.drop]\nbeats = 1', HERE, known)
    found, clock = cues(board, song), SongClock(song)
    setlist, script = show_of(board, found, song, known)
    beats = {scene.name: scene.transition.beats for scene in setlist.scenes}
    ends = [at + beats[name] for at, name in script]
    assert ends == pytest.approx([clock.beats(cue.t) for cue in found[1:]], abs=1e-3)
    lengths = [beats[name] for _, name in script]
    assert lengths[0] == pytest.approx(16, abs=0.01) and lengths[1] == 1.0  # half of the 32 beats before it


def test_the_dream_walks_through_what_the_prompt_names(song: Song, known: Catalog) -> None:
    board = parse('[style]\nprompt = "golden tunnel"\n[sections.drop]\nprompt = "gold"', HERE, known)
    setlist, _ = show_of(board, cues(board, song), song, known)
    named, free = (scene.engine.entries for scene in setlist.scenes[:2])
    assert len(named) >= 2 and all(name.startswith("tunnel-") for name in named) and free == ()
    assert set(named) <= set(known.pools["house"])


def test_scenes_of_a_show_may_be_named(song: Song, known: Catalog) -> None:
    board = replace(
        parse('setlist = "setlist.example.toml"\n[sections.drop]\nscene = "finale"\nbeats = 2', HERE, known),
        path=ROOT / "story.toml",
    )
    setlist, script = show_of(board, cues(board, song), song, known)
    named = {scene.name: scene for scene in setlist.scenes}[script[0][1]]
    assert [layer.source for layer in named.layers] == ["neural:house", "shader:truchet"] and named.bars == 0
    assert list(check(setlist, known)) == []
    with pytest.raises(VjError, match=r'scene: got .finle.*did you mean "finale"'):
        show_of(board, tuple(replace(c, look=Look(scene="finle")) for c in cues(board, song)), song, known)
    with pytest.raises(VjError, match="setlist ="):
        show_of(replace(board, setlist=""), cues(board, song), song, known)
