"""Cameras in space: known paths, turns and easings; path.toml and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.vision import camera3d as c
from vj.core.errors import VjError
from vj.studio.camerapath import NAMED, Move, move, read
from vj.studio.scenes3d import SCENES

RNG = np.random.default_rng(5)


def some_path(closed: bool = False, steady: bool = False) -> c.Path:
    views = [c.View(RNG.normal(size=3) * 4, RNG.normal(size=4), float(f)) for f in (40, 55, 60, 45)]
    return c.path([0.0, 1.0, 1.7, 4.0] + ([5.0] if closed else []), views, closed, steady)


@pytest.mark.parametrize("closed", [False, True])
def test_a_path_passes_through_its_key_frames(closed: bool) -> None:
    way = some_path(closed)
    for i, t in enumerate(way.times[: len(way.eyes)]):
        view = c.at(way, float(t))
        assert np.allclose(view.eye, way.eyes[i], atol=1e-12)
        assert abs(float(view.turn @ way.turns[i])) == pytest.approx(1.0)
        assert view.fov == pytest.approx(way.fovs[i])
    if closed:
        assert np.allclose(c.at(way, float(way.times[-1])).eye, way.eyes[0])


@pytest.mark.parametrize("closed", [False, True])
def test_its_velocity_is_unbroken_at_every_key_frame(closed: bool) -> None:
    way, h = some_path(closed), 1e-6
    for t in way.times[1 : len(way.times) - 1]:
        before = (c.at(way, t).eye - c.at(way, t - h).eye) / h
        after = (c.at(way, t + h).eye - c.at(way, t).eye) / h
        assert np.allclose(before, after, atol=1e-3)
    if closed:
        end, start = way.times[-1], way.times[0]
        assert np.allclose(
            c.at(way, end).eye - c.at(way, end - h).eye, c.at(way, start + h).eye - way.eyes[0], atol=1e-9
        )


def test_steady_means_the_same_speed_everywhere() -> None:
    ts = np.linspace(0, 4, 200)
    for steady, most in ((True, 1.05), (False, np.inf)):
        way = some_path(steady=steady)
        steps = np.linalg.norm(np.diff([c.at(way, t).eye for t in ts], axis=0), axis=1)
        ratio = float(np.percentile(steps, 98) / np.percentile(steps, 2))
        assert ratio < most
    assert ratio > 1.5, "without it the speed of this path is uneven"


def test_slerp_stays_on_the_sphere_and_turns_evenly() -> None:
    a, b = c.about((0, 1, 0), 0), c.about((0, 1, 0), 80)
    for u in np.linspace(0, 1, 9):
        q = c.slerp(a, b, float(u))
        assert np.linalg.norm(q) == pytest.approx(1.0)
        assert abs(float(q @ c.about((0, 1, 0), 80 * u))) == pytest.approx(1.0)
        assert np.allclose(c.slerp(a, -b, float(u)), q), "the shorter way, whatever the sign"


def test_turns_and_matrices_are_the_same_thing() -> None:
    for _ in range(20):
        q = RNG.normal(size=4)
        q /= np.linalg.norm(q)
        m = c.matrix(q)
        assert np.allclose(m @ m.T, np.eye(3)) and np.linalg.det(m) == pytest.approx(1.0)
        assert abs(float(c.quaternion(m) @ q)) == pytest.approx(1.0)
    assert np.allclose(c.matrix(c.times(c.about((1, 0, 0), 30), c.about((0, 0, 1), 50))),
                       c.matrix(c.about((1, 0, 0), 30)) @ c.matrix(c.about((0, 0, 1), 50)))  # fmt: skip


@pytest.mark.parametrize("target", [(0, 0, -5), (3, 1, 2), (0, 7, 0), (0, -7, 0)])
def test_looking_looks_there(target: tuple[float, float, float]) -> None:
    eye = np.zeros(3)
    back = c.matrix(c.looking(eye, target))[:, 2]
    assert np.allclose(-back, np.array(target) / np.linalg.norm(target))


def test_an_orbit_closes_and_keeps_its_distance() -> None:
    way = c.orbit((1.0, 2.0, 3.0), 6.0, 4.0, 8.0)
    assert np.allclose(c.at(way, 0).eye, c.at(way, 8).eye)
    for t in np.linspace(0, 8, 50):
        view = c.at(way, float(t))
        assert np.hypot(view.eye[0] - 1, view.eye[2] - 3) == pytest.approx(6.0, rel=1e-3)
        to = np.array([1.0, 2.0, 3.0]) - view.eye
        assert -c.matrix(view.turn)[:, 2] @ to / np.linalg.norm(to) > 0.9999


def test_easing_rests_on_beats_and_punches_off_them() -> None:
    beats, h = 8.0, 1e-5
    speed = {
        e: [(c.eased(u + h, e, beats) - c.eased(u, e, beats)) / h for u in (0.25, 0.25 + 0.5 / beats)]
        for e in c.EASINGS
    }
    assert speed["linear"] == pytest.approx([1.0, 1.0])
    assert speed["beat"][0] < 0.01 and speed["beat"][1] == pytest.approx(1.5, rel=0.01), "fastest between beats"
    assert speed["punch"][0] == pytest.approx(3.0, rel=0.01) and speed["punch"][1] == pytest.approx(0.75, rel=0.01)
    for easing in c.EASINGS:
        for cut in (8.0, 5.5):
            steps = [c.eased(u, easing, cut) for u in np.linspace(0, 1, 400)]
            assert steps[0] == 0 and steps[-1] == pytest.approx(1.0) and (np.diff(steps) >= -1e-12).all()
    for n in range(9):
        assert c.eased(n / beats, "beat", beats) == pytest.approx(n / beats), "on a beat it is where linear is"
    with pytest.raises(ValueError, match="no easing"):
        c.eased(0.5, "bounce")


def test_a_hand_shakes_on_beats() -> None:
    view = c.View(np.zeros(3), c.REST)
    assert c.shaken(view, 1.3, 0.0) is view
    angles = []
    for t in np.arange(0, 4, 0.005):
        still, hit = (c.shaken(view, float(t), 1.0, bpm).turn for bpm in (0.0, 120.0))
        angles.append(np.rad2deg(2 * np.arccos(min(1.0, abs(float(still @ hit))))))
    on = np.array(angles).reshape(8, 100)
    assert (on[:, :3].max(1) > 0.8).all() and on[:, 60:].max() < 0.2, "struck on every beat, still before the next"


def test_times_must_rise() -> None:
    view = c.View(np.zeros(3), c.REST)
    for times, count, closed in (([0, 0], 2, False), ([0, 1, 2], 2, False), ([0, 1], 2, True), ([], 0, False)):
        with pytest.raises(ValueError, match="times that rise"):
            c.path(times, [view] * count, closed)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("scene", SCENES)
def test_every_named_path_moves_in_every_scene(name: str, scene: str) -> None:
    way = move(name, SCENES[scene], 8.0)
    eyes = np.array([way.view(t).eye for t in (0.0, 2.0, 4.0, 8.0)])
    assert np.linalg.norm(np.diff(eyes, axis=0), axis=1).max() > 0.05
    assert np.allclose(eyes[0], eyes[-1]) == (name == "orbit")


GOOD = """
target = [0, 2, 0]
ease = "beat"
shake = 0.5
[[key]]
time = 0
eye = [0, 2, 8]
[[key]]
beat = 8
eye = [4, 3, 6]
look = [0, 1, 0]
fov = 40
roll = 10
[[key]]
time = 6
eye = [4, 3, 0]
yaw = 90
"""


def test_a_path_file(tmp_path: Path) -> None:
    file = tmp_path / "path.toml"
    file.write_text(GOOD)
    way = read(file, SCENES["pearl"], bpm=120)
    assert isinstance(way, Move) and (way.ease, way.shake) == ("beat", 0.5)
    assert way.way.times.tolist() == [0, 4, 6], "a beat at 120 is half a second"
    assert way.way.fovs.tolist() == [50, 40, 50]
    assert np.allclose(c.matrix(way.way.turns[0])[:, 2], [0, 0, 1]) and np.allclose(
        c.matrix(way.way.turns[2])[:, 2], [1, 0, 0]
    )
    closed = tmp_path / "closed.toml"
    closed.write_text("closed = true\n[[key]]\ntime=0\neye=[0,0,8]\n[[key]]\ntime=1\neye=[8,0,0]\n[[key]]\ntime=2\n")
    assert np.allclose(read(closed, SCENES["pearl"]).view(2.0).eye, [0, 0, 8])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no \\[\\[key\\]\\]"),
        ("[[key]]\ntime = 0\n", "key 1: eye = None"),
        ("[[key]]\ntime = 0\neye = [0, 1]\n", "give 3 numbers"),
        ("[[key]]\ntime = 'a'\neye = [0, 1, 2]\n", "time = 'a'"),
        ("[[key]]\ntime = 0\neye = [0, 1, 2]\nfvo = 3\n", 'fvo.*did you mean "fov"'),
        ("[[key]]\ntime = 0\neye = [0, 1, 2]\nfov = 200\n", "5 to 150"),
        ("[[key]]\ntime = 0\neye = [0, 1, 2]\nturn = [0, 0, 0, 0]\n", "turn is zero"),
        ("ease = 'baet'\n[[key]]\ntime = 0\neye = [0, 1, 2]\n", 'did you mean "beat"'),
        ("[[key]]\ntime = 1\neye = [0, 1, 2]\n[[key]]\ntime = 1\neye = [0, 1, 2]\n", "do not rise"),
        ("closed = true\n[[key]]\ntime = 0\neye = [0, 1, 2]\n[[key]]\ntime = 1\neye = [0, 1, 2]\n", "only a time"),
        ("[[key\n", "path.toml"),
    ],
)
def test_what_is_wrong_with_a_path_file(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "path.toml"
    file.write_text(text)
    with pytest.raises(VjError, match=said):
        read(file, SCENES["pearl"])


def test_no_such_path() -> None:
    with pytest.raises(VjError, match='did you mean "orbit"'):
        move("obrit", SCENES["pearl"], 4.0)
    with pytest.raises(VjError, match="No such file"):
        move("nowhere.toml", SCENES["pearl"], 4.0)
