"""The contract of shaders/generators, on every file found: header, exact loop, never black, a kick one sees."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from vj.core.types import AudioFeatures, BeatState, Moment, Value
from vj.render import isf
from vj.render.gl import Target, open_context
from vj.render.program import IsfProgram

FILES = sorted((Path(__file__).parent.parent / "shaders" / "generators").glob("*.fs"))
FAMILIES = {
    *("tunnel", "kaleidoscope", "plasma", "spiral", "rings", "waves", "voronoi", "starfield", "metaballs"),
    *("beams", "grid", "truchet", "ink", "fractal", "spheres", "corridor", "particles", "ribbons"),
    *("petals", "hexagons", "moire", "checker", "lissajous", "circuit", "lightning", "flames"),
    *("terrain", "city", "ocean", "torus", "cubes", "helix", "planet", "crystal"),
}
SIZE = (128, 72)
SOUND = ("bass", "mid", "high", "kick", "snare", "hat", "beatPhase")
LOOKS = {"hue", "scale", "warp", "twist", "density", "light", "detail", "energy", "seed", "camx", "camy"}
SILENCE: dict[str, Value] = dict.fromkeys(SOUND, 0.0)
REST = Moment(0.0, 1 / 30, 0, SIZE, AudioFeatures(), BeatState())

each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)


@pytest.fixture(scope="module")
def ctx() -> Iterator[moderngl.Context]:
    context = open_context()
    yield context
    context.release()


class Stand:
    """One generator and a small target to draw it into."""

    def __init__(self, ctx: moderngl.Context, path: Path) -> None:
        self.program, self.target = IsfProgram(ctx, isf.load(path)), Target(ctx, SIZE)

    def draw(self, motion: float, params: Mapping[str, Value]) -> NDArray[np.int16]:
        """int16 [H, W, 3], 0-255."""
        self.program.draw(self.target, REST, {**SILENCE, "rate": 0.0, **params, "motion": motion}, start=0.0)
        return self.target.pixels().astype(np.int16)

    def close(self) -> None:
        self.program.release()
        self.target.release()


@pytest.fixture
def stand(ctx: moderngl.Context, path: Path) -> Iterator[Stand]:
    made = Stand(ctx, path)
    yield made
    made.close()


def header(path: Path) -> dict[str, Any]:
    text = path.read_text()
    head: dict[str, Any] = json.loads(text[text.index("/*") + 2 : text.index("*/")])
    return head


def draws(path: Path, count: int) -> list[dict[str, Value]]:
    """Uniformly random look parameters, the same at every run."""
    rng = random.Random(path.stem)
    rows = [row for row in header(path)["INPUTS"] if row["NAME"] not in {*SOUND, "motion", "rate"}]
    return [
        {r["NAME"]: rng.choice(r["VALUES"]) if "VALUES" in r else rng.uniform(r["MIN"], r["MAX"]) for r in rows}
        for _ in range(count)
    ]


def apart(a: NDArray[np.int16], b: NDArray[np.int16]) -> NDArray[np.int16]:
    """int16 [H, W]: how far the worst channel of each pixel is off."""
    worst: NDArray[np.int16] = np.abs(a - b).max(axis=2)
    return worst


def test_all_families_are_there() -> None:
    assert {p.stem for p in FILES} >= FAMILIES


@each_file
def test_header(path: Path) -> None:
    head = header(path)
    assert head["ISFVSN"] == "2" and head["CREDIT"] == "VJ project"
    assert head["DESCRIPTION"] and "Generator" in head["CATEGORIES"]
    rows = {row["NAME"]: row for row in head["INPUTS"]}
    assert list(rows)[:3] == ["motion", "rate", "palette"]
    assert list(rows)[-len(SOUND) :] == list(SOUND)
    assert set(rows) <= {"motion", "rate", "palette", "symmetry", *LOOKS, *SOUND}
    assert rows["motion"]["DEFAULT"] == 0 and rows["rate"]["DEFAULT"] == 0.05
    assert rows["palette"]["VALUES"] == list(range(16)) and len(rows["palette"]["LABELS"]) == 16
    assert all(rows[name]["DEFAULT"] == 0 for name in SOUND)
    for row in rows.values():
        if row["TYPE"] == "long":
            assert row["DEFAULT"] in row["VALUES"]
        else:
            assert row["TYPE"] == "float" and row["MIN"] <= row["DEFAULT"] <= row["MAX"]


@each_file
def test_body_reads_no_clock_but_the_turn(path: Path) -> None:
    body = path.read_text().split("*/", 1)[1]
    assert "TIME" not in body and "FRAMEINDEX" not in body and "turnNow()" in body


@each_file
def test_one_turn_is_an_exact_loop(stand: Stand, path: Path) -> None:
    for params in ({}, *draws(path, 3)):
        now = stand.draw(0.37, params)
        off = apart(now, stand.draw(1.37, params))
        assert np.mean(off > 2) < 0.001, params
        assert np.mean(apart(now, stand.draw(0.62, params)) > 8) > 0.15, params


@each_file
def test_the_seam_of_the_loop_is_no_jump(stand: Stand, path: Path) -> None:
    def step(at: float, params: Mapping[str, Value]) -> float:
        return float(np.mean(apart(stand.draw(at - 0.0008, params), stand.draw(at + 0.0008, params))))

    for params in ({}, *draws(path, 3)):
        assert step(1.0, params) < 3.0 * max(step(at, params) for at in (0.13, 0.37, 0.71)) + 1.0, params


@each_file
def test_time_moves_it_by_rate(ctx: moderngl.Context, path: Path) -> None:
    stand = Stand(ctx, path)
    later = Moment(4.0, 1 / 30, 120, SIZE, AudioFeatures(), BeatState())
    stand.program.draw(stand.target, later, {**SILENCE, "rate": 0.5, "motion": 0.37}, start=0.0)
    off = apart(stand.target.pixels().astype(np.int16), stand.draw(0.37, {}))
    assert np.mean(off > 2) < 0.001
    stand.close()


@each_file
def test_neither_black_nor_flat(stand: Stand, path: Path) -> None:
    for params in ({}, *draws(path, 3)):
        picture = stand.draw(0.2, params)
        assert 8 < picture.mean() < 225, params
        assert picture.std() > 14, params
        assert np.percentile(picture.max(axis=2), 99) > 90, params


@each_file
def test_a_kick_is_seen(stand: Stand) -> None:
    quiet, loud = stand.draw(0.2, {}), stand.draw(0.2, {"kick": 1.0})
    assert loud.mean() > 1.1 * quiet.mean()
    assert np.mean(apart(quiet, loud) > 12) > 0.2


@each_file
def test_every_sound_input_moves_something(stand: Stand) -> None:
    quiet = stand.draw(0.2, {})
    still = [sound for sound in SOUND if apart(quiet, stand.draw(0.2, {sound: 0.4})).max() <= 6]
    assert not still
