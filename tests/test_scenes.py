"""Every scene of shaders/scenes: compiles, is worth seeing, moves with the camera, and its depth is exact."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from gl_help import context

from engine.pipelines.reproject import backward, onto, points
from engine.vision.camera3d import REST, View, about, beside, looking, times
from vj.core.errors import VjError
from vj.core.paths import data_dir
from vj.studio.camerapath import NAMED, move
from vj.studio.scenes3d import FAR, SCENES, Studio, names, scene

SIZE = (96, 54)


@pytest.fixture(scope="module", autouse=True)
def _needs_opengl() -> None:
    context()


AT = {"motion": 0.2}
MIRRORS = ("pearl", "knot", "lanterns", "sponge")
"""what they reflect is no part of the surface, or they are too fine for so few pixels"""


@cache
def studio(name: str) -> Studio:
    context()  # skips where there is no OpenGL
    return Studio(name, SIZE, 1)


def home(name: str) -> View:
    return move("dolly", scene(name), 8.0).view(2.5)


def test_the_table_names_the_files_that_are_there() -> None:
    files = {p.stem for p in (data_dir("shaders") / "scenes").glob("*.fs")}
    assert files == set(SCENES) == set(names()) and len(files) >= 8
    with pytest.raises(VjError, match='did you mean "pearl"'):
        scene("perl")


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_worth_seeing_and_has_depth(name: str) -> None:
    drawn, view = studio(name), home(name)
    picture, depth = drawn.colour(view, AT), drawn.depth(view, AT)
    assert drawn._colour.compiled.version == 330 and drawn._colour.isf.kind == "generator"
    assert picture.mean() > 25 and picture.std() > 15, "not black, not one grey"
    assert np.isfinite(depth).all() and depth.min() > 0.05 and depth.max() <= FAR * 1.001
    assert np.percentile(depth, 90) > 1.8 * np.percentile(depth, 10), "near things and far ones"
    assert np.array_equal(picture, drawn.colour(view, AT)), "the same again"
    moved = drawn.colour(beside(view, 0.3), AT)
    assert np.abs(moved.astype(int) - picture).mean() > 2.0, "it moves with the camera"
    later = drawn.colour(view, {"motion": 0.45})
    assert np.abs(later.astype(int) - picture).mean() > 0.3, "and by itself"
    assert np.abs(drawn.colour(view, {"motion": 1.2}).astype(int) - picture).mean() < 0.5, "its loop closes"


@pytest.mark.parametrize("name", SCENES)
def test_two_cameras_agree_where_both_see(name: str) -> None:
    """What one camera measures lies, for another one, at the depth which that one measures."""
    drawn, a = studio(name), home(name)
    b = beside(a, 0.15)
    da, db = drawn.depth(a, AT), drawn.depth(b, AT)
    place, expected = onto(points(da, a), b, SIZE)
    x, y = np.rint(place[..., 0]).astype(int), np.rint(place[..., 1]).astype(int)
    inside = (x >= 0) & (x < SIZE[0]) & (y >= 0) & (y < SIZE[1]) & (da < 0.5 * FAR)
    found = db[np.clip(y, 0, SIZE[1] - 1), np.clip(x, 0, SIZE[0] - 1)]
    good = np.abs(found - expected)[inside] < 0.04 * expected[inside]
    assert good.mean() > 0.72
    shuffled = np.abs(np.roll(found, 23, 1) - expected)[inside] < 0.04 * expected[inside]
    assert 1 - good.mean() < 0.6 * (1 - shuffled.mean())
    if name not in MIRRORS:
        colour, seen = backward(drawn.colour(a, AT), da, a, db, b)
        error = np.abs(colour.astype(float) - drawn.colour(b, AT)).mean(-1)[seen > 0].mean()
        plain = np.abs(drawn.colour(a, AT).astype(float) - drawn.colour(b, AT)).mean(-1)[seen > 0].mean()
        assert seen.mean() > 0.4 and error < 0.9 * plain


@pytest.mark.parametrize("away", [3.2, 6.0, 11.5])
def test_the_pearl_is_where_geometry_says(away: float) -> None:
    """A sphere of radius 1.5 about (0, 2.2, 0): at the centre the depth is the distance less the radius."""
    drawn = studio("pearl")
    view = View(np.array([0.0, 2.2, away]), REST, 50.0)
    depth = drawn.depth(view, {"motion": 0.12})
    middle = depth[SIZE[1] // 2 - 1 : SIZE[1] // 2 + 1, SIZE[0] // 2 - 1 : SIZE[0] // 2 + 1]
    world = points(depth, view)[SIZE[1] // 2 - 1 : SIZE[1] // 2 + 1, SIZE[0] // 2 - 1 : SIZE[0] // 2 + 1]
    assert np.allclose(np.linalg.norm(world - [0, 2.2, 0], axis=-1), 1.5, atol=1e-3)
    assert np.abs(middle - (away - 1.5)).max() < 5e-3 + 0.01 * (away / SIZE[1]) ** 2 * 8


def test_the_water_is_a_plane_whatever_the_camera() -> None:
    drawn = studio("pearl")
    for turn in (about((1, 0, 0), -40), times(about((0, 1, 0), 70), about((1, 0, 0), -35))):
        view = View(np.array([0.0, 2.0, 9.0]), turn, 60.0)
        depth = drawn.depth(view, {"motion": 0.0})
        world = points(depth, view)[depth < 0.9 * FAR]
        flat = np.abs(world[:, 1]) < 1e-2
        assert flat.mean() > 0.4 and np.abs(world[flat, 1]).max() < 1e-2


def test_a_camera_sees_right_on_the_right_and_up_above() -> None:
    drawn = studio("pearl")
    base = View(np.array([0.0, 2.2, 8.0]), REST, 50.0)
    views = (
        base,
        beside(base, 1.0),
        View(np.array([0.0, 3.0, 8.0]), REST, 50.0),
        View(base.eye, looking(base.eye, (-2.0, 2.2, 0.0)), 50.0),
    )
    middle = []
    for view in views:
        away = np.linalg.norm(points(drawn.depth(view, {"motion": 0.0}), view) - [0, 2.2, 0], axis=-1)
        middle.append(np.argwhere(np.abs(away - 1.5) < 0.01).mean(0))
    assert middle[1][1] < middle[0][1] - 3, "a step to the right: the pearl is further left"
    assert middle[2][0] > middle[0][0] + 2, "a step up: it is lower"
    assert middle[3][1] > middle[0][1] + 3, "a look to the left: it is further right"


@pytest.mark.parametrize("path", NAMED)
@pytest.mark.parametrize("name", SCENES)
def test_no_named_path_runs_into_a_wall(name: str, path: str) -> None:
    way, drawn = move(path, scene(name), 8.0), studio(name)
    for t in (0.0, 2.7, 5.3, 8.0):
        depth = drawn.depth(way.view(t), {"motion": (t / 8.0) % 1.0})
        assert np.percentile(depth, 20) > 0.3, f"at {t} s"
        assert depth.min() > 0.02
