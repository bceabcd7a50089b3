from pathlib import Path

import pytest
from show import CATALOG

from vj.core.errors import SetlistError
from vj.setlist.catalog import catalog
from vj.setlist.load import load, loads
from vj.setlist.schema import EffectSpec, Setlist

ROOT = Path(__file__).resolve().parent.parent
SMALL = """
[[scene]]
name = "one"
[[scene.layer]]
source = "shader:plasma"
"""


def read(text: str, path: Path = Path("show.toml")) -> Setlist:
    return loads(text.encode(), path, CATALOG)


def mistakes(text: str, path: Path = Path("show.toml")) -> tuple[str, ...]:
    with pytest.raises(SetlistError) as caught:
        read(text, path)
    return caught.value.mistakes


def test_the_smallest_setlist_has_all_defaults() -> None:
    setlist = read(SMALL)
    assert setlist.show.fps == 60.0
    assert setlist.scenes[0].layers[0].blend == "normal"
    assert setlist.scenes[0].transition.shader == "dissolve"
    assert setlist.scenes[0].engine.pool == "house"
    assert len(setlist.digest) == 64


def test_parameters_stand_beside_the_keys_or_in_params() -> None:
    setlist = read(SMALL + 'twist = 0.25\nparams = { light = 1 }\neffects = [{ shader = "bloom", amount = 0.5 }]')
    layer = setlist.scenes[0].layers[0]
    assert layer.params == {"twist": 0.25, "light": 1.0}
    assert layer.effects == (EffectSpec("bloom", {"amount": 0.5}),)


def test_every_type_of_value() -> None:
    setlist = read(
        """
[show]
size = [640, 360]
[audio]
channels = [1, 2, 3]
bpm = [60, 120.5]
[[lfo]]
name = "slow"
beats = 8
[[bind]]
source = "lfo.slow"
target = "layer1.opacity"
"""
        + SMALL
        + """
on = true
effects = [{ shader = "ripple", centre = [0.5, 1] }]
[scene.engine]
prompts = [["a red sea", 1.0], ["stars", 2]]
entries = ["a", "b"]
"""
    )
    assert setlist.show.size == (640, 360)
    assert (setlist.audio.channels, setlist.audio.bpm) == ((1, 2, 3), (60.0, 120.5))
    assert setlist.scenes[0].engine.prompts == (("a red sea", 1.0), ("stars", 2.0))
    assert setlist.scenes[0].layers[0].params["on"] is True
    assert setlist.scenes[0].layers[0].effects[0].params["centre"] == (0.5, 1.0)


FIVE = """
[show]
size = [1280, "720"]

[[scene]]
name = "one"
[[scene.layer]]
source = "shader:plasma"
blend = "scren"

[[scene]]
name = "two"
transition = { shader = "disolve", quantise = "bars" }
[[scene.layer]]
source = "shader:tunnel"
[[scene.layer]]
source = "shader:plasma"
opacity = 1.5
effects = [{ shader = "blom" }]
"""


def test_all_mistakes_at_once_each_with_file_key_got_allowed_and_nearest() -> None:
    lines = mistakes(FIVE)
    expected = {
        "show.size": ('[1280, "720"]', "whole numbers", ""),
        "scene[0].layer[0].blend": ('"scren"', "normal, add, screen", 'did you mean "screen"'),
        "scene[1].transition.shader": ('"disolve"', "dissolve, wipe", 'did you mean "dissolve"'),
        "scene[1].transition.quantise": ('"bars"', "off, beat, bar, phrase", 'did you mean "bar"'),
        "scene[1].layer[1].opacity": ("1.5", "0 to 1", ""),
        "scene[1].layer[1].effects[0].shader": ('"blom"', "bloom, kaleido", 'did you mean "bloom"'),
    }
    assert len(lines) == len(expected)
    for key, (got, allowed, hint) in expected.items():
        (line,) = [line for line in lines if line.startswith(f"show.toml: {key}: ")]
        assert f"got {got}" in line and allowed in line and hint in line


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (SMALL + "opcity = 0.5", "scene[0].layer[0].opcity", 'did you mean "opacity"'),
        (SMALL + "light = 1.5", "scene[0].layer[0].light", "0 to 1"),
        (SMALL + "light = true", "scene[0].layer[0].light", "number"),
        (SMALL + 'light = "x"', "scene[0].layer[0].light", "number"),
        (SMALL.replace("plasma", "tunnel") + "sides = 7", "scene[0].layer[0].sides", "one of 0, 6, 8"),
        (SMALL + "on = 1.0", "scene[0].layer[0].on", "true or false"),
        (SMALL.replace("plasma", "plasm"), "scene[0].layer[0].source", 'did you mean "shader:plasma"'),
        (SMALL.replace("shader:", "shadr:"), "scene[0].layer[0].source", 'did you mean "shader"'),
        (SMALL.replace("shader:plasma", "neural:hous"), "scene[0].layer[0].source", 'did you mean "neural:house"'),
        (SMALL.replace("shader:plasma", "video:no.mp4"), "scene[0].layer[0].source", "there is no no.mp4"),
        (SMALL.replace("shader:plasma", "shader:no.fs"), "scene[0].layer[0].source", "there is no no.fs"),
        (SMALL.replace('name = "one"', ""), "scene[0].name", "missing"),
        (SMALL + "[scene.engine]\npool = 'hause'", "scene[0].engine.pool", 'did you mean "house"'),
        (SMALL + "[scene.engine]\nentries = ['z']", "scene[0].engine.entries[0]", "a, b"),
        (SMALL + "[scene.engine]\nsteps = 1.5", "scene[0].engine.steps", "whole number"),
        (SMALL + SMALL, "scene[1].name", "a name of its own"),
        (SMALL + "[shw]", "shw", 'did you mean "show"'),
        ("[show]\nfsp = 30" + SMALL, "show.fsp", 'did you mean "fps"'),
        ("[show]\nfps = true" + SMALL, "show.fps", "number, 1 to 240"),
        ("[show]\nfps = nan" + SMALL, "show.fps", "1 to 240"),
        ("[show]\nfallback = 'plasmo'" + SMALL, "show.fallback", 'did you mean "plasma"'),
        ("[audio]\nhop = 100" + SMALL, "audio.hop", "128, 256"),
        ("[audio]\nbpm = [100, 120]" + SMALL, "audio.bpm", "octave"),
        ("show = 3" + SMALL, "show", "a table"),
        ("scene = 3", "scene", "list of tables"),
        ("", "scene", "missing"),
        ("scene = []", "scene", "at least one"),
        ("[[scene]]\nname = 'x'", "scene[0].layer", "missing"),
        ("[[lfo]]\nname = 'x'\nshape = 'sin'" + SMALL, "lfo[0].shape", 'did you mean "sine"'),
    ],
)  # fmt: skip
def test_one_mistake_is_one_line_with_its_key(text: str, key: str, told: str) -> None:
    lines = mistakes(text)
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"show.toml: {key}: ")
    assert told in lines[0]


def bind(source: str = "audio.kick", target: str = "layer1.light", extra: str = "") -> str:
    return (
        SMALL + f'effects = [{{ shader = "bloom" }}]\n[[scene.bind]]\nsource = "{source}"\ntarget = "{target}"\n{extra}'
    )


@pytest.mark.parametrize(
    "source",
    ["audio.kick", "audio.band8", "beat.count", "time", "midi:*/cc/48", "osc:/a/b", "key:a", "desk:/x"],
)
def test_sources_of_bindings(source: str) -> None:
    assert read(bind(source)).scenes[0].binds[0].source == source


@pytest.mark.parametrize(
    "target",
    [
        "layer1.opacity",
        "layer1.light",
        "layer1.effect1.amount",
        "master.brightness",
        "transition.progress",
        "engine.hold",
    ],
)
def test_targets_of_bindings(target: str) -> None:
    assert read(bind(target=target)).scenes[0].binds[0].target == target


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (bind("audio.kik"), "source", 'did you mean "audio.kick"'),
        (bind("lfo.slow"), "source", "allowed: audio.level"),
        (bind("midi:"), "source", "midi:..."),
        (bind(target="layer2.light"), "target", 'layer1 to layer1 (scene "one" has 1)'),
        (bind(target="layer1.ligth"), "target", 'did you mean "layer1.light"'),
        (bind(target="layer1.effect2.amount"), "target", "has 1 effects"),
        (bind(target="layer1.effect1.amont"), "target", 'did you mean "layer1.effect1.amount"'),
        (bind(target="layer0.light"), "target", "layerN.PARAM"),
        (bind(target="master.light"), "target", "master.brightness"),
        (bind(target="master.effect1.amount"), "target", "the master has 0 effects"),
        (bind(target="engine.speed"), "target", "engine.strength"),
        (bind(target="do.next"), "target", "midi:..."),
        (bind("midi:*/note/1", "do.nxt"), "target", 'did you mean "do.next"'),
        (bind(extra="curve = 'expo'"), "curve", 'did you mean "exp"'),
        (bind(extra="takeover = 'pick'"), "takeover", "jump, pickup, scale"),
        (bind(extra="attack_s = -1"), "attack_s", "0 to 60"),
    ],
)
def test_mistakes_in_bindings(text: str, key: str, told: str) -> None:
    lines = mistakes(text)
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"show.toml: scene[0].bind[0].{key}: ") and told in lines[0]


def test_a_binding_for_the_whole_show_needs_to_fit_one_scene() -> None:
    both = SMALL + SMALL.replace("one", "two") + '[[scene.layer]]\nsource = "shader:plasma"\n'
    text = '[[bind]]\nsource = "time"\ntarget = "layer{}.light"\n'
    assert read(text.format(2) + both).binds
    assert "bind[0].target" in mistakes(text.format(3) + both)[0]


@pytest.mark.parametrize(
    ("text", "place"),
    [("a = 1\n[show\n", "show.toml:2:6: "), ("x = = 1", "show.toml:1:5: "), ("a = 1\nb = ", "show.toml:2:5: ")],
)
def test_toml_mistakes_name_line_and_column(text: str, place: str) -> None:
    (line,) = mistakes(text)
    assert line.startswith(place)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "my-show.toml").write_bytes(b"a = 1\nb = '\xff'")
    with pytest.raises(SetlistError, match=r'did you mean "my-show.toml"'):
        load(tmp_path / "my-sho.toml", CATALOG)
    with pytest.raises(SetlistError, match=r"my-show.toml:2: not UTF-8"):
        load(tmp_path / "my-show.toml", CATALOG)


def test_a_shader_given_by_its_path_is_checked_too(tmp_path: Path) -> None:
    head = '/*{"ISFVSN": "2", "INPUTS": [{"NAME": "speed", "TYPE": "float"}]}*/ void main() {}'
    (tmp_path / "own.fs").write_text(head)
    (tmp_path / "broken.fs").write_text("/*{ nonsense */")
    path = tmp_path / "show.toml"
    parts = catalog()
    text = SMALL.replace("plasma", "own.fs") + "speed = 0.5"
    assert loads(text.encode(), path, parts).scenes[0].layers[0].params == {"speed": 0.5}
    with pytest.raises(SetlistError, match=r'speedd.*did you mean "speed"'):
        loads(text.replace("speed", "speedd").encode(), path, parts)
    with pytest.raises(SetlistError, match=r"source: .*broken.fs.*does not load"):
        loads(SMALL.replace("plasma", "broken.fs").encode(), path, parts)


def test_the_example_loads_clean_and_shows_what_there_is() -> None:
    setlist = load(ROOT / "setlist.example.toml", catalog())
    assert 7 <= len(setlist.scenes) <= 9
    assert setlist.scenes[0].layers[0].source == "neural:house"
    assert any(b.source == "audio.kick" for b in setlist.scenes[0].binds)
    assert setlist.scenes[0].bars == 8
    for scene in setlist.scenes:
        effects = len(scene.effects) + sum(len(layer.effects) for layer in scene.layers)
        assert len(scene.layers) <= 2 and effects <= 3, scene.name
