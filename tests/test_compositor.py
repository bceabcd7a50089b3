"""The compositor: layers, effects, transitions, freeze, brightness, feedback, and never black."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gl_help import SIZE, context, moment

from vj.core.errors import ShaderError
from vj.core.types import EffectLook, LayerLook, Look, Moment, Param, SceneLook, Value
from vj.render import library
from vj.render.compositor import Compositor
from vj.render.store import ShaderStore
from vj.sources.context import SourceContext
from vj.sources.load import open_source

RED = (255, 0, 0)
GREEN = (0, 255, 0)
FLAT = """/*{"INPUTS": [{"NAME": "c", "TYPE": "color", "DEFAULT": [%s]}]}*/
void main() { gl_FragColor = c; }
"""
INVERT = """/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}, {"NAME": "amount", "TYPE": "float", "DEFAULT": 1}]}*/
void main() { vec4 c = IMG_THIS_PIXEL(inputImage); gl_FragColor = vec4(mix(c.rgb, 1.0 - c.rgb, amount), c.a); }
"""
WIPE = """/*{"INPUTS": [{"NAME": "startImage", "TYPE": "image"}, {"NAME": "endImage", "TYPE": "image"},
{"NAME": "progress", "TYPE": "float"}]}*/
void main() {
    bool after = isf_FragNormCoord.x < progress;
    gl_FragColor = after ? IMG_THIS_PIXEL(endImage) : IMG_THIS_PIXEL(startImage);
}
"""
SEEN = """/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}, {"NAME": "feedback", "TYPE": "image"}]}*/
void main() { gl_FragColor = vec4(max(IMG_THIS_PIXEL(inputImage).rgb, IMG_THIS_PIXEL(feedback).rgb + 0.125), 1.0); }
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "generators/red.fs": FLAT % "1, 0, 0, 1",
        "generators/green.fs": FLAT % "0, 1, 0, 1",
        "generators/clear.fs": (FLAT % "0, 1, 0, 0.5").replace('{"INPUTS"', '{"CATEGORIES": ["Overlay"], "INPUTS"'),
        "generators/plasma.fs": FLAT % "0, 0, 1, 1",
        "generators/broken.fs": "/*{}*/\nvoid main() { nonsense; }\n",
        "effects/invert.fs": INVERT,
        "effects/seen.fs": SEEN,
        "transitions/wipe.fs": WIPE,
        "transitions/broken.fs": "/*{}*/\nvoid main() { nonsense; }\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


class Loader:
    """Opens sources, and counts."""

    def __init__(self, store: ShaderStore, base: Path) -> None:
        self.context = SourceContext(context(), store, base)
        self.opened: list[str] = []

    def __call__(self, text: str) -> Any:
        self.opened.append(text)
        return Moody() if text == "moody:" else open_source(text, self.context)


class Moody:
    """A source that has nothing at frame 1 and breaks at frame 2."""

    params: tuple[Param, ...] = ()

    def draw(self, target: Any, now: Moment, params: Mapping[str, Value]) -> bool:
        if now.frame == 2:
            raise RuntimeError("out of mood")
        target.clear(1.0, 0.0, 0.0, 1.0)
        return now.frame != 1

    def close(self) -> None:
        return


@pytest.fixture
def comp(root: Path) -> Iterator[Compositor]:
    store = ShaderStore(context(), root, root)
    made = Compositor(context(), SIZE, Loader(store, root), store)
    yield made
    made.release()


def layer(source: str, key: str = "", **more: Any) -> LayerLook:
    return LayerLook(key or source, source, **more)


def scene(*layers: LayerLook, name: str = "one", effects: tuple[EffectLook, ...] = ()) -> SceneLook:
    return SceneLook(name, layers, effects)


def colour(comp: Compositor, look: Look, frame: int = 0, t: float = 0.0) -> tuple[int, ...]:
    pixels = comp.draw(look, moment(t, frame)).pixels()
    assert (pixels == pixels[0, 0]).all()
    return tuple(int(v) for v in pixels[0, 0])


def test_one_layer(comp: Compositor) -> None:
    assert colour(comp, Look(scene(layer("shader:red")))) == RED
    assert colour(comp, Look(scene(layer("shader:red", params={"c": (0.0, 0.0, 1.0, 1.0)})))) == (0, 0, 255)
    assert not comp.errors


@pytest.mark.parametrize(
    ("top", "want"),
    [
        ({}, GREEN),
        ({"blend": "add"}, (255, 255, 0)),
        ({"opacity": 0.5}, (128, 128, 0)),
        ({"opacity": 0.0}, RED),
        ({"opacity": 5.0}, GREEN),
        ({"blend": "multiply"}, (0, 0, 0)),
    ],
)
def test_two_layers(comp: Compositor, top: dict[str, Any], want: tuple[int, ...]) -> None:
    assert colour(comp, Look(scene(layer("shader:red"), layer("shader:green", **top)))) == want


def test_transparent_pixels_lie_on_what_is_below_and_on_black(comp: Compositor) -> None:
    assert colour(comp, Look(scene(layer("shader:red"), layer("shader:clear")))) == (127, 128, 0)
    assert colour(comp, Look(scene(layer("shader:clear")))) == (0, 128, 0)
    assert colour(comp, Look(scene(layer("shader:red", opacity=0.5)))) == (128, 0, 0)


def test_effects_on_layer_scene_and_master(comp: Compositor) -> None:
    invert = (EffectLook("invert"),)
    one = scene(layer("shader:red", effects=invert))
    assert colour(comp, Look(one)) == (0, 255, 255)
    assert colour(comp, Look(replace(one, effects=invert))) == RED
    assert colour(comp, Look(replace(one, effects=invert), effects=invert)) == (0, 255, 255)
    three = scene(layer("shader:red", effects=(*invert, EffectLook("invert", {"amount": 0.0}), *invert)))
    assert colour(comp, Look(three)) == RED


def test_a_transition_is_start_at_0_and_end_at_1(comp: Compositor) -> None:
    look = Look(scene(layer("shader:red")), scene(layer("shader:green"), name="two"), "wipe")
    assert colour(comp, look) == RED
    assert colour(comp, replace(look, progress=1.0)) == GREEN
    half = comp.draw(replace(look, progress=0.5), moment()).pixels()
    assert tuple(half[0, 0]) == GREEN and tuple(half[0, -1]) == RED


@pytest.mark.parametrize("name", ["gone", "broken"])
def test_a_transition_that_fails_is_a_dissolve(comp: Compositor, name: str) -> None:
    look = Look(scene(layer("shader:red")), scene(layer("shader:green"), name="two"), name, 0.5)
    assert colour(comp, look) == (128, 128, 0)
    assert name in comp.errors[f"transition {name}"]


@pytest.mark.parametrize("source", ["shader:broken", "shader:gone", "nokind:x", "image:gone.png"])
def test_a_source_that_does_not_load_shows_the_fallback(comp: Compositor, source: str) -> None:
    assert colour(comp, Look(scene(layer(source, "k")))) == (0, 0, 255)
    assert source.split(":")[0] in comp.errors["k"]


def test_a_source_that_fails_for_a_while_comes_back(comp: Compositor) -> None:
    look = Look(scene(layer("moody:", "k")))
    assert colour(comp, look, 0) == RED and not comp.errors
    assert colour(comp, look, 1) == (0, 0, 255) and "nothing to show" in comp.errors["k"]
    assert colour(comp, look, 2) == (0, 0, 255) and "out of mood" in comp.errors["k"]
    assert colour(comp, look, 3) == RED and not comp.errors


def test_never_black(root: Path) -> None:
    for path in root.glob("generators/*.fs"):
        path.unlink()
    store = ShaderStore(context(), root, root)
    comp = Compositor(context(), SIZE, Loader(store, root), store)
    for look in (Look(scene(layer("shader:red"))), Look(scene())):
        pixels = comp.draw(look, moment()).pixels()
        assert pixels.min() > 20 and pixels.std() > 5
    assert "plasma" in comp.errors["fallback"]


def test_a_broken_effect_is_left_out(comp: Compositor, root: Path) -> None:
    (root / "effects" / "bad.fs").write_text(INVERT.replace("amount)", "ammount)"))
    (root / "effects" / "size.fs").write_text(
        '/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}], "PASSES": [{"TARGET": "x", "WIDTH": "1/0"}, {}]}*/\n'
        "void main() { gl_FragColor = vec4(0.0); }\n"
    )
    effects = (EffectLook("bad"), EffectLook("size"), EffectLook("invert"), EffectLook("gone"))
    assert colour(comp, Look(scene(layer("shader:red", "k", effects=effects)))) == (0, 255, 255)
    assert "bad.fs:2" in comp.errors["k effect 1"]
    assert "division by zero" in comp.errors["k effect 2"]
    assert "gone" in comp.errors["k effect 4"] and "k effect 3" not in comp.errors


def test_freeze_repeats_and_the_fader_still_works(comp: Compositor) -> None:
    red, green = Look(scene(layer("shader:red"))), Look(scene(layer("shader:green")))
    assert colour(comp, red) == RED
    assert colour(comp, replace(green, freeze=True)) == RED
    assert colour(comp, replace(green, freeze=True, brightness=0.5)) == (128, 0, 0)
    assert colour(comp, replace(green, freeze=True)) == RED
    assert colour(comp, green) == GREEN


def test_freeze_before_the_first_picture_is_not_black(comp: Compositor) -> None:
    assert colour(comp, Look(scene(layer("shader:red")), freeze=True)) == RED


def test_brightness(comp: Compositor) -> None:
    look = Look(scene(layer("shader:red")))
    values = [colour(comp, replace(look, brightness=b))[0] for b in (1.0, 0.5, 0.0, -1.0, 7.0)]
    assert values == [255, 128, 0, 0, 255]


def test_feedback_for_effects_and_as_a_layer(comp: Compositor) -> None:
    black = {"c": (0.0, 0.0, 0.0, 1.0)}
    look = Look(scene(layer("shader:red", params=black)), effects=(EffectLook("seen"),))
    assert [colour(comp, look, i)[0] for i in range(3)] == [32, 64, 96]
    # a blackout does not empty the memory
    assert colour(comp, replace(look, brightness=0.0))[0] == 0
    assert colour(comp, look)[0] == 160
    assert colour(comp, Look(scene(layer("feedback:"))))[0] == 160


def test_sources_are_kept_by_key_until_pruned(comp: Compositor) -> None:
    loader = comp._layers._load
    one, two = scene(layer("shader:red", "a")), scene(layer("shader:red", "b"), name="two")
    comp.prepare(one, "wipe")
    comp.prepare(two)
    for _ in range(3):
        comp.draw(Look(one, two, "wipe", 0.5), moment())
    assert loader.opened == ["shader:red", "shader:red"]  # type: ignore[attr-defined]
    comp.prune([one])
    comp.draw(Look(one), moment())
    assert len(loader.opened) == 2  # type: ignore[attr-defined]
    comp.draw(Look(two), moment())
    assert len(loader.opened) == 3  # type: ignore[attr-defined]


def test_prepare_leaves_no_trace(comp: Compositor, root: Path) -> None:
    (root / "generators" / "count.fs").write_text(
        '/*{"PASSES": [{"TARGET": "n", "PERSISTENT": true}, {}]}*/\n'
        "void main() { gl_FragColor = IMG_THIS_PIXEL(n) + vec4(PASSINDEX == 0 ? 0.125 : 0.0); }\n"
    )
    one = scene(layer("shader:count"))
    comp.prepare(one)
    assert colour(comp, Look(one))[0] == 32


def test_resize(comp: Compositor) -> None:
    look = Look(scene(layer("shader:red"), layer("shader:green", blend="add")))
    colour(comp, look)
    comp.resize((48, 20))
    assert comp.draw(replace(look, freeze=True), moment()).pixels().shape == (20, 48, 3)
    assert colour(comp, replace(look, freeze=True)) == (255, 255, 0)
    assert colour(comp, look) == (255, 255, 0)


def test_pixels_are_read_once(comp: Compositor) -> None:
    picture = comp.draw(Look(scene(layer("shader:red"))), moment())
    assert picture.pixels() is picture.pixels() and picture.size == SIZE
    assert picture.pixels().flags.c_contiguous


def test_saving_a_shader_changes_the_picture_and_a_broken_save_does_not(comp: Compositor, root: Path) -> None:
    path = root / "generators" / "red.fs"
    look = Look(scene(layer("shader:red"), effects=(EffectLook("invert"),)))
    assert colour(comp, look) == (0, 255, 255)
    assert comp.reload_changed() == ()
    save(path, FLAT % "0, 1, 0, 1", 1)
    assert comp.reload_changed() == ("red",)
    assert colour(comp, look) == (255, 0, 255)
    save(path, "/*{}*/\nvoid main() { oops; }\n", 2)
    assert comp.reload_changed() == ("red",)
    assert colour(comp, look) == (255, 0, 255)
    assert "red.fs:2" in comp.shaders.errors[str(path)]
    save(path, FLAT % "1, 0, 0, 1", 3)
    comp.reload_changed()
    assert colour(comp, look) == (0, 255, 255) and not comp.shaders.errors


def test_what_was_broken_at_the_start_is_mended_by_a_save(comp: Compositor, root: Path) -> None:
    look = Look(scene(layer("shader:broken", "k")))
    assert colour(comp, look) == (0, 0, 255)
    save(root / "generators" / "broken.fs", FLAT % "1, 0, 0, 1", 1)
    comp.reload_changed()
    assert colour(comp, look) == RED and not comp.errors


def save(path: Path, text: str, seconds: int) -> None:
    path.write_text(text)
    stamp = path.stat().st_mtime + seconds  # a test is faster than some file systems' clocks
    os.utime(path, (stamp, stamp))


def test_names(root: Path) -> None:
    assert library.names("effects", root) == ("invert", "seen")
    assert library.find("effects", "invert", root=root) == root / "effects" / "invert.fs"
    assert library.find("effects", "effects/seen.fs", base=root) == root / "effects" / "seen.fs"
    with pytest.raises(ShaderError, match=r'no shader "invart" in shaders/effects \(did you mean "invert"\?\)'):
        library.find("effects", "invart", root=root)
    with pytest.raises(ShaderError, match="no such shader file"):
        library.find("effects", "gone.fs", base=root)
    store = ShaderStore(context(), root, root)
    assert [p.name for p in store.isf("effects", "invert").params] == ["amount"]
    assert np.array_equal(store.names("transitions"), ("broken", "wipe"))
