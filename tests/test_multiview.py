"""vj multiview: cameras that stand right, and dressed views that agree - measured against a control that must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch  # noqa: F401  dressing needs it
from gl_help import context

from engine.pipelines.dress import Look, Render, Wardrobe, agreeing
from engine.pipelines.reproject import backward
from engine.vision.camera3d import View, looking, matrix
from vj.core.errors import VjError
from vj.files import video
from vj.studio.house import house_of
from vj.studio.jobs.multiview import Rig, contact_size, multiview, stand
from vj.studio.output import Options, label_of
from vj.studio.scenes3d import Studio
from vj.studio.shots import Shot, Subject

SMALL = Options(size=(128, 72), fps=8.0, seconds=0.25, quiet=True)
QUICK = Shot(supersample=1)
FOUND = Subject("monolith", None, "")
EYE = np.array([0.0, 2.2, 7.5])
AHEAD = View(EYE, looking(EYE, (0.0, 2.0, 0.0)), 50.0)


@pytest.fixture(scope="module", autouse=True)
def _needs_opengl() -> None:
    context()


def stands(rig: Rig) -> list[View]:
    rig = rig.settled()
    return [stand(AHEAD, k, rig, FOUND, (128, 72)) for k in range(rig.views)]


def test_where_the_cameras_stand() -> None:
    left, right = stands(Rig("stereo"))
    gap = right.eye - left.eye
    assert np.allclose(gap / np.linalg.norm(gap), matrix(AHEAD.turn)[:, 0]) and np.allclose(
        (left.eye + right.eye) / 2, EYE
    )
    assert np.linalg.norm(gap) == pytest.approx(0.045 * np.linalg.norm(EYE - [0, 2, 0]))
    quad = np.array([v.eye - EYE for v in stands(Rig("quad"))])
    assert np.allclose(quad.sum(0), 0) and quad[0] @ matrix(AHEAD.turn)[:, 0] < 0 < quad[0] @ matrix(AHEAD.turn)[:, 1]
    ring = stands(Rig("360", 5))
    looks = np.array([-matrix(v.turn)[:, 2] for v in ring])
    assert np.allclose(looks[:, 1], 0) and np.allclose(looks.sum(0), 0, atol=1e-9), "upright, all the way round"
    assert np.allclose((looks * np.roll(looks, 1, 0)).sum(1), np.cos(2 * np.pi / 5))
    wide = np.rad2deg(2 * np.arctan(np.tan(np.deg2rad(ring[0].fov) / 2) * 128 / 72))
    assert wide == pytest.approx(72 * 1.12), "a little wider than its share"
    assert looks[1] @ matrix(ring[0].turn)[:, 0] > 0, "the second looks further right"


def test_layouts_and_numbers() -> None:
    assert [(Rig("", n).settled().layout) for n in (2, 4, 3, 6)] == ["stereo", "quad", "360", "360"]
    assert Rig().settled() == Rig("stereo", 2) and Rig("360").settled().views == 6
    for rig, said in (
        (Rig("stero"), 'did you mean "stereo"'),
        (Rig("quad", 3), "quad has 4"),
        (Rig("360", 2), "3 to 16"),
    ):
        with pytest.raises(VjError, match=said):
            rig.settled()
    assert contact_size((1920, 1080), Rig("stereo", 2)) == (3840, 1080)
    assert contact_size((1920, 1080), Rig("quad", 4)) == (3840, 2160)
    assert contact_size((1920, 1080), Rig("360", 6)) == (3840, 360)


def test_files_of_all_views_and_one_of_them_together(tmp_path: Path) -> None:
    made = multiview("monolith", tmp_path / "m.mp4", SMALL, QUICK, Rig("stereo"))
    assert made.size == (256, 72) and made.frames == 2
    assert {p.name for p in tmp_path.iterdir()} == {"m.mp4", "m_1.mp4", "m_2.mp4"}
    both, one, two = (np.stack(list(video.frames(tmp_path / n))).astype(float) for n in ("m.mp4", "m_1.mp4", "m_2.mp4"))
    assert np.abs(both[:, :, :128] - one).mean() < 4 and np.abs(both[:, :, 128:] - two).mean() < 4
    assert np.abs(one - two).mean() > 3, "two eyes see two things"
    assert label_of(tmp_path / "m_2.mp4")["view"] == "2"
    with pytest.raises(VjError, match="cannot go on"):
        multiview("monolith", tmp_path / "m.mp4", replace(SMALL, resume=True), QUICK)
    with pytest.raises(VjError, match="no name for the videos -- give -o"):
        multiview("monolith", Path(), replace(SMALL, pool="clips"), QUICK)


def test_dressed_views_agree_where_both_see_and_a_control_does_not() -> None:
    house, studio, size = house_of(1), Studio("monolith", (256, 144), 1), (256, 144)
    renders = []
    for k in range(2):
        view = stand(AHEAD, k, Rig("stereo", 2), FOUND, size)
        renders.append(Render(studio.colour(view, {}), studio.depth(view, {}), view))
    first, second = renders
    look = Look("violet desert", 0.8)
    left = Wardrobe(look, house).dress(first)
    own = Wardrobe(look, house).dress(second)
    other = Wardrobe(replace(look, seed=7), house).dress(second)
    ours, taken = agreeing(own, second, [(left, first)])
    expected, seen = backward(left, first.depth, first.view, second.depth, second.view)

    def apart(frame: np.ndarray) -> float:  # type: ignore[type-arg]
        return float(np.abs(frame.astype(float) - np.asarray(expected, float)).mean(-1)[seen > 0].mean())

    assert 0.8 < seen.mean() < 1.0 and 0.7 < taken.mean() < 1.0
    assert apart(ours) < 0.35 * apart(own) and apart(ours) < 0.35 * apart(other), "dressed apart they differ"
    hidden = taken < 0.01
    assert hidden.any() and np.abs(ours.astype(float) - own)[hidden].max() <= 49, "what was not seen is its own"
    rolled, _ = agreeing(own, second, [(np.roll(left, 9, 1), first)])
    assert apart(rolled) > 3 * apart(ours), "a wrong shift would be found out"
