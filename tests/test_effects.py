"""Every filter in shaders/effects keeps the law: amount 0 is the input, the default is seen, nothing goes black."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import moderngl
import numpy as np
import pytest

from vj.core.paths import data_dir
from vj.core.types import AudioFeatures, BeatState, Moment, Value
from vj.render import isf
from vj.render.gl import Pixels, Target, open_context, texture_from
from vj.render.hostinputs import HOST_INPUTS
from vj.render.program import IsfProgram

SIZE = (128, 72)
DT = 1 / 30
EFFECTS = sorted((data_dir("shaders") / "effects").glob("*.fs"))
NAMED = [pytest.param(path, id=path.stem) for path in EFFECTS]
SOUND = (0.0, 1.0)
"""silent, loud"""


@pytest.fixture(scope="module")
def ctx() -> Iterator[moderngl.Context]:
    context = open_context()
    yield context
    context.release()


@cache
def picture(shift: int = 0) -> Pixels:
    """uint8 [72, 128, 3]: a lit ball, a dark ground and a checker, moved by `shift` pixels."""
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x = (x - shift) % width
    ball = np.clip(1.4 - np.hypot(x - 50, y - 30) / 18, 0, 1)
    check = (((x // 9) + (y // 9)) % 2) * (x > 80)
    rgb = np.stack([ball + 0.05, 0.7 * ball + 0.5 * check + 0.03, 0.15 + 0.8 * check + 0.2 * y / height], -1)
    made: Pixels = (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)
    return made


def moment(t: float, frame: int, loud: float = 0.0, kick_t: float | None = None) -> Moment:
    """A frame; with sound a kick, snare and hat fell at `kick_t` (s), 0.05 s ago when it is not given."""
    hit = t - 0.05 if kick_t is None else kick_t
    audio = AudioFeatures(t, level=loud, bands=np.full(8, loud, np.float32), kick_t=hit, snare_t=hit, hat_t=hit)
    beat = BeatState(t, 120.0, int(t * 2), t * 2 % 1, t / 2 % 1)
    return Moment(t, DT, frame, SIZE, audio if loud else AudioFeatures(), beat if loud else BeatState())


def play(
    ctx: moderngl.Context, path: Path, inputs: Sequence[Pixels], params: Mapping[str, Value], loud: float = 0.0
) -> list[Pixels]:
    """What the effect makes of a film, one picture per input."""
    program, target = IsfProgram(ctx, isf.load(path)), Target(ctx, SIZE)
    made = []
    for frame, pixels in enumerate(inputs):
        texture = texture_from(ctx, pixels)
        program.draw(
            target, moment(1.0 + frame * DT, frame, loud, 1.0 + 0.5 * (frame // 15)), params, {"inputImage": texture}
        )
        made.append(target.pixels())
        texture.release()
    program.release()
    target.release()
    return made


def difference(a: Pixels, b: Pixels) -> float:
    """mean absolute difference, in 1/255"""
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def test_all_are_there() -> None:
    wanted = "bloom feedback kaleido mirror rgbsplit glitch pixelate edges huecycle strobe zoompulse ripple posterize"
    assert set((wanted + " grainscan slitscan warp sharpen").split()) <= {path.stem for path in EFFECTS}


@pytest.mark.parametrize("path", NAMED)
def test_header(path: Path) -> None:
    found = re.match(r"/\*(\{.*?\})\*/", path.read_text(), re.S)
    assert found
    head = json.loads(found[1])
    assert head["ISFVSN"] == "2" and head["CREDIT"] == "VJ project" and head["DESCRIPTION"] and head["CATEGORIES"]
    assert [row["NAME"] for row in head["INPUTS"][:2]] == ["inputImage", "amount"]
    effect = isf.load(path)
    assert effect.kind == "filter"
    amount = effect.params[0]
    assert (amount.lo, amount.hi) == (0.0, 1.0) and isinstance(amount.default, float) and amount.default > 0
    for row in head["INPUTS"]:
        if row["TYPE"] == "float":
            assert row["MIN"] <= row["DEFAULT"] <= row["MAX"]
        if row["NAME"] in HOST_INPUTS:
            assert row["DEFAULT"] == 0


@pytest.mark.parametrize("loud", SOUND)
@pytest.mark.parametrize("path", NAMED)
def test_amount_zero_is_the_input(ctx: moderngl.Context, path: Path, loud: float) -> None:
    film = [picture(4 * n) for n in range(4)]
    for made, given in zip(play(ctx, path, film, {"amount": 0.0}, loud), film, strict=True):
        assert np.array_equal(made, given)


@pytest.mark.parametrize("loud", SOUND)
@pytest.mark.parametrize("path", NAMED)
def test_the_default_is_seen(ctx: moderngl.Context, path: Path, loud: float) -> None:
    film = [picture(2 * n) for n in range(20)]
    made = play(ctx, path, film, {}, loud)
    seen = max(difference(a, b) for a, b in zip(made, film, strict=True))
    assert seen > (0.5 if path.stem == "sharpen" else 1.5)


@pytest.mark.parametrize("loud", SOUND)
@pytest.mark.parametrize("path", NAMED)
def test_never_black_nor_white_anywhere_in_the_ranges(ctx: moderngl.Context, path: Path, loud: float) -> None:
    chance = np.random.default_rng(7)
    params = [p for p in isf.load(path).params if p.name not in HOST_INPUTS and p.name != "amount"]
    for _ in range(3):
        values: dict[str, Value] = {"amount": 1.0}
        for p in params:
            if p.kind == "long":
                values[p.name] = float(chance.choice(p.values))
            elif p.kind == "float":
                values[p.name] = float(chance.uniform(p.lo, p.hi))
        last = play(ctx, path, [picture(2 * n) for n in range(6)], values, loud)[-1]
        assert 6 < last.mean() < 235, values
        assert last.std() > 5, values


@pytest.mark.parametrize("path", NAMED)
def test_the_same_twice(ctx: moderngl.Context, path: Path) -> None:
    film = [picture(3 * n) for n in range(5)]
    first, second = play(ctx, path, film, {}, 0.8), play(ctx, path, film, {}, 0.8)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("name", ["feedback", "slitscan"])
def test_memory(ctx: moderngl.Context, name: str) -> None:
    """A light that has gone is still seen, and is gone after some seconds."""
    path = data_dir("shaders") / "effects" / f"{name}.fs"
    dark = np.zeros_like(picture())
    made = play(ctx, path, [picture()] * 5 + [dark] * 240, {"amount": 1.0})
    assert made[6].mean() > 5
    assert made[-1].max() <= 2


@pytest.mark.parametrize("name", ["zoompulse", "ripple", "glitch", "feedback", "bloom", "rgbsplit", "strobe"])
def test_a_kick_is_seen(ctx: moderngl.Context, name: str) -> None:
    path = data_dir("shaders") / "effects" / f"{name}.fs"
    results = []
    for kick_t in (-100.0, 1.30):
        program, target, texture = IsfProgram(ctx, isf.load(path)), Target(ctx, SIZE), texture_from(ctx, picture())
        for frame in range(14):
            program.draw(
                target,
                moment(1.0 + frame * DT, frame, 0.8, min(kick_t, 1.0 + frame * DT) if frame >= 9 else -100.0),
                {},
                {"inputImage": texture},
            )
        results.append(target.pixels())
    assert difference(*results) > 1.0


@pytest.mark.parametrize("kicks_per_s", [0.0, 2.0, 5.0, 12.0])
def test_strobe_never_flashes_more_than_three_times_a_second(ctx: moderngl.Context, kicks_per_s: float) -> None:
    """A flash: the mean brightness rises by more than 4 % of full scale from one frame to the next."""
    path = data_dir("shaders") / "effects" / "strobe.fs"
    program, target = IsfProgram(ctx, isf.load(path)), Target(ctx, SIZE)
    texture = texture_from(ctx, picture() // 2 + 90)
    light = []
    for frame in range(150):
        t = frame * DT
        kick_t = np.floor(t * kicks_per_s) / kicks_per_s if kicks_per_s else -100.0
        now = moment(t, frame, 0.8 if kicks_per_s else 0.0, float(kick_t))
        program.draw(target, now, {"amount": 1.0, "rate": 2.9, "dim": 1.0, "hold": 0.06}, {"inputImage": texture})
        light.append(float(target.pixels().mean()) / 255)
    rises = [n for n in range(1, len(light)) if light[n] - light[n - 1] > 0.04]
    starts = [n for n in rises if n - 1 not in rises]
    assert len(starts) >= 4
    second = round(1 / DT)
    assert max(sum(n <= m < n + second for m in starts) for n in starts) <= 3
