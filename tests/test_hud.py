"""The overlay: it shows, what it shows follows the state, and it stays out of the rest of the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gl_help import context

from vj.render.gl import Pixels, Target
from vj.render.hud import Hud, HudState

STATE = HudState(
    fps=60.0,
    engine="house 34 fps",
    scene="one",
    bpm=128.0,
    beat=1,
    beat_phase=0.1,
    beat_source="audio",
    bands=(0.5,) * 8,
)


def show(state: HudState, size: tuple[int, int] = (1280, 720)) -> Pixels:
    target = Target(context(), size)
    target.clear(0.0, 0.0, 0.4, 1.0)
    Hud(context()).draw(target.fbo, state)
    return target.pixels()


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (1920, 1080)])
def test_text_is_there_and_large_enough(size: tuple[int, int]) -> None:
    got = show(STATE, size)
    bright = (got > 200).all(-1)
    rows = np.flatnonzero(bright[: max(33, size[1] // 16), : size[0] // 8].any(1))  # the row with the frame rate
    assert len(rows) >= max(8, size[1] // 80), "letters too small"
    assert (got[size[1] // 2 :] == (0, 0, 102)).all(), "the picture's rest is untouched"


@pytest.mark.parametrize(
    "change",
    [
        {"fps": 59.0},
        {"late": 4},
        {"engine": "pool loop"},
        {"bpm": 129.0},
        {"beat": 2},
        {"beat_source": "none"},
        {"bands": (1.0, *(0.5,) * 7)},
        {"kick": 1.0},
        {"snare": 0.5},
        {"hat": 0.5},
        {"scene": "two"},
        {"lines": ("disk 80 %",)},
    ],
)
def test_every_part_of_the_state_is_seen(change: dict[str, object]) -> None:
    assert not np.array_equal(show(STATE), show(replace(STATE, **change)))  # type: ignore[arg-type]


def test_errors_are_red_and_wrapped() -> None:
    got = show(replace(STATE, error="shaders/effects/warp.fs:12: something long that " * 4)).astype(int)
    red = (got[..., 0] > 200) & (got[..., 1] < 120) & (got[..., 2] < 120)
    assert red.sum() > 400
    assert not red[:, 800:].any()


def test_the_context_is_left_as_it_was() -> None:
    target = Target(context(), (64, 36))
    target.clear(1.0, 1.0, 1.0, 1.0)
    Hud(context()).draw(target.fbo, STATE)
    over = Target(context(), (64, 36))
    over.clear(1.0, 1.0, 1.0, 1.0)
    from vj.render.blend import Blender

    half = Target(context(), (64, 36))
    half.clear(0.0, 0.0, 0.0, 0.0)
    Blender(context()).draw(over, half, half, "normal", 1.0)
    assert over.pixels().max() == 0  # with blending left on this would still be white
    assert show(HudState(lines=("ä\n→",))).shape == (720, 1280, 3)
