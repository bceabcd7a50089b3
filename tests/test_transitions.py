"""Every transition keeps the law: progress 0 is the start picture, progress 1 the end, whatever the knobs say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import moderngl
import numpy as np
import pytest

from vj.core.paths import data_dir
from vj.core.types import AudioFeatures, BeatState, Moment, Value
from vj.render import isf
from vj.render.gl import Pixels, Target, open_context, texture_from
from vj.render.program import IsfProgram
from vj.render.sheet import other_card, test_card

SIZE = (128, 72)
START, END = test_card(SIZE), other_card(SIZE)
TRANSITIONS = sorted((data_dir("shaders") / "transitions").glob("*.fs"))
NAMED = [pytest.param(path, id=path.stem) for path in TRANSITIONS]
# pytest would take the imported helper for a test
test_card.__test__ = False  # type: ignore[attr-defined]


class Stage:
    """Draws one transition between START and END."""

    def __init__(self, ctx: moderngl.Context, path: Path) -> None:
        self.file = isf.load(path)
        self.program, self.target = IsfProgram(ctx, self.file), Target(ctx, SIZE)
        self.images = {"startImage": texture_from(ctx, START), "endImage": texture_from(ctx, END)}

    def at(self, progress: float, params: Mapping[str, Value] | None = None) -> Pixels:
        now = Moment(3.0 + progress, 1 / 30, int(progress * 60), SIZE, AudioFeatures(level=0.5), BeatState())
        self.program.draw(self.target, now, {**(params or {}), "progress": progress}, self.images, 0.0)
        return self.target.pixels()

    def random(self, seed: int) -> dict[str, Value]:
        chance, values = np.random.default_rng(seed), dict[str, Value]()
        for p in self.file.params:
            if p.kind == "long":
                values[p.name] = float(chance.choice(p.values))
            elif p.kind == "float":
                # the ends of a range are where laws break
                values[p.name] = float(chance.choice([p.lo, p.hi, chance.uniform(p.lo, p.hi)]))
            elif p.kind in ("color", "point2D"):
                values[p.name] = tuple(float(v) for v in chance.random(4 if p.kind == "color" else 2))
        return values


@pytest.fixture(scope="module")
def ctx() -> Iterator[moderngl.Context]:
    context = open_context()
    yield context
    context.release()


@pytest.fixture(params=NAMED)
def stage(ctx: moderngl.Context, request: pytest.FixtureRequest) -> Stage:
    return Stage(ctx, request.param)


def worst(a: Pixels, b: Pixels) -> int:
    """largest difference of any channel, in 1/255"""
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def mean(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def test_all_ten_are_there() -> None:
    wanted = "dissolve wipe iris zoomblur glitchcut luma slide kaleidoturn inkspread pixelstorm"
    assert set(wanted.split()) <= {path.stem for path in TRANSITIONS}


@pytest.mark.parametrize("path", NAMED)
def test_header(path: Path) -> None:
    found = re.match(r"/\*(\{.*?\})\*/", path.read_text(), re.S)
    assert found
    head = json.loads(found[1])
    assert head["ISFVSN"] == "2" and head["CREDIT"] == "VJ project" and head["DESCRIPTION"]
    assert [row["NAME"] for row in head["INPUTS"][:3]] == ["startImage", "endImage", "progress"]
    assert isf.load(path).kind == "transition"
    for row in head["INPUTS"]:
        if row["TYPE"] == "float":
            assert row["MIN"] <= row["DEFAULT"] <= row["MAX"]


@pytest.mark.parametrize("seed", [None, 1, 2, 3, 4])
def test_the_ends_are_the_pictures(stage: Stage, seed: int | None) -> None:
    params = {} if seed is None else stage.random(seed)
    assert worst(stage.at(0.0, params), START) <= 1, params
    assert worst(stage.at(1.0, params), END) <= 1, params


@pytest.mark.parametrize("seed", [None, 5, 6])
def test_it_starts_and_ends_without_a_jump(stage: Stage, seed: int | None) -> None:
    params = {} if seed is None else stage.random(seed)
    assert mean(stage.at(0.004, params), START) < 6, params
    assert mean(stage.at(0.996, params), END) < 6, params


@pytest.mark.parametrize("seed", [None, 7, 8])
def test_the_middle_is_neither(stage: Stage, seed: int | None) -> None:
    params = {} if seed is None else stage.random(seed)
    middle = stage.at(0.5, params)
    assert mean(middle, START) > 4, params
    assert mean(middle, END) > 4, params
    assert 6 < middle.mean() < 240, params


def test_it_goes_somewhere(stage: Stage) -> None:
    """By and large the picture moves from the first to the second."""
    early, late = stage.at(0.2), stage.at(0.8)
    assert mean(early, START) < mean(early, END)
    assert mean(late, END) < mean(late, START)
