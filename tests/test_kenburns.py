"""A camera over a picture: it never leaves it, moves smoothly, looks at what there is, and parts what is near."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from engine.pipelines import kenburns
from engine.vision import camera2d, nearness, parallax
from engine.vision.camera2d import View
from engine.vision.saliency import Point, faces, points, saliency
from vj.core.errors import MediaError, VjError
from vj.studio.jobs.kenburns import Eye
from vj.studio.jobs.kenburns import kenburns as job
from vj.studio.output import Options

SIDES = st.integers(16, 5000)
SHARE = st.floats(0, 1)
POINTS = st.lists(st.builds(Point, SHARE, SHARE, SHARE, st.just(0.2), st.sampled_from(["face", "detail"])), max_size=8)


@settings(max_examples=150, deadline=None)
@given(SIDES, SIDES, SIDES, SIDES, POINTS, st.integers(0, 10**9), st.sampled_from([0.0, 1.0, 3.0]), st.floats(0, 400))
def test_no_frame_leaves_the_picture(
    w: int, h: int, ow: int, oh: int, found: list[Point], seed: int, zoom: float, inset: float
) -> None:
    way = kenburns.way(found, (w, h), kenburns.Job((ow, oh), 48, seed=seed, zoom=zoom), inset)
    assert all(camera2d.inside(way.at(u), (ow, oh), (w, h)) for u in np.linspace(0, 1, 41))


def test_inside_knows_what_is_outside() -> None:
    assert camera2d.inside(View(50, 50, 1.0), (100, 100), (100, 100))
    assert not camera2d.inside(View(50.1, 50, 1.0), (100, 100), (100, 100))
    assert not camera2d.inside(View(50, 50, 1.0, 0.1), (100, 100), (100, 100))


def test_the_zooms_logarithm_runs_at_constant_speed_and_the_way_has_no_kinks() -> None:
    found = [Point(x, y, 1.0, 0.2, "detail") for x, y in ((0.1, 0.9), (0.8, 0.2), (0.3, 0.3), (0.9, 0.8), (0.2, 0.1))]
    way = kenburns.way(found, (4000, 3000), kenburns.Job((1920, 1080), 240, zoom=3.0))

    def bends(steps: int) -> float:
        """The largest jump of the second derivative between neighbours."""
        at = np.array([(v.x, v.y) for v in map(way.at, np.linspace(0, 1, steps + 1))])
        return float(np.abs(np.diff(at, 3, axis=0)).max() * steps**2)

    logs = np.log([way.at(u).scale for u in np.linspace(0, 1, 50)])
    assert np.allclose(np.diff(logs), -math.log(3) / 49)
    assert bends(1600) < 0.3 * bends(400)  # with a jump in the second derivative it would stay


def test_the_way_ends_at_the_face() -> None:
    picture = data.astronaut()
    (face,) = faces(picture)
    assert abs(face.x - 0.44) < 0.05 and abs(face.y - 0.22) < 0.06
    shot = kenburns.shot(picture, kenburns.Job((160, 90), 48, zoom=2.0, parallax=0.0))
    view = shot.way.at(1.0)
    assert abs(view.x / 512 - face.x) < 0.05
    top = view.y - view.scale * 45
    assert top < face.y * 512 < view.y


def test_no_face_where_there_is_none() -> None:
    assert faces(data.coffee()) == [] and faces(data.rocket()) == [] and faces(data.chelsea()) == []


def test_what_stands_out_is_found_wherever_it_is() -> None:
    for x, y in ((60, 40), (250, 50), (160, 180)):
        picture = np.full((240, 320, 3), 90, np.uint8)
        cv2.circle(picture, (x, y), 14, (250, 40, 30), -1)
        first = points(picture, 1)[0]
        assert math.hypot(first.x * 320 - x, first.y * 240 - y) < 16
    assert points(np.full((50, 70, 3), 128, np.uint8), 3) == []
    assert saliency(np.full((50, 70, 3), 128, np.uint8)).max() == 0


def test_estimated_depth_orders_a_real_scene_better_than_chance() -> None:
    """Middlebury's motorcycle with its measured disparity, both inside scikit-image's wheel if at all."""
    folder = Path(data.__file__).parent
    if not (folder / "motorcycle_disp.npz").is_file():
        pytest.skip("this scikit-image brings no stereo pair")
    left = np.asarray(Image.open(folder / "motorcycle_left.png").convert("RGB"))
    near = nearness.estimate(left)
    truth = np.load(folder / "motorcycle_disp.npz")["arr_0"].astype(np.float32)
    truth = cv2.resize(truth, near.shape[::-1], interpolation=cv2.INTER_NEAREST)
    known = np.isfinite(truth) & (truth > 0)

    def agreement(guess: np.ndarray) -> float:
        i, j = np.random.default_rng(0).integers(0, int(known.sum()), (2, 40000))
        off, real = guess[known][i] - guess[known][j], truth[known][i] - truth[known][j]
        return float((off * real > 0)[np.abs(real) > 5].mean())

    shuffled = np.random.default_rng(1).permutation(near.ravel()).reshape(near.shape)
    assert agreement(near) > 0.72 and abs(agreement(shuffled) - 0.5) < 0.03


def test_a_square_parts_from_its_background_and_what_it_hid_is_filled_in() -> None:
    ground = np.zeros((120, 200, 3), np.uint8)
    ground[:] = (40, 90, 160)
    picture, near = ground.copy(), np.zeros((120, 200), np.float32)
    picture[40:80, 80:120], near[40:80, 80:120] = (250, 200, 40), 1.0
    layers = parallax.layers(picture, near, 2)
    view = View(100, 60, 1.0)
    still = parallax.seen(layers, view, parallax.Shift(), (200, 120))
    assert np.abs(still.astype(int) - picture).mean() < 0.6
    moved = parallax.seen(layers, view, parallax.Shift(x=20.0), (200, 120))
    yellow = moved[60, :, 0] > 150
    assert abs(float(np.flatnonzero(yellow).mean()) - 89.5) < 1.5  # near 1 against the middle 0.5: half of 20
    uncovered = moved[45:75, 113:119].astype(int)
    assert np.abs(uncovered - ground[0, 0]).max() < 25
    whole = parallax.seen(layers, view, parallax.Shift(dolly=0.4), (200, 120))
    assert (whole[60, :, 0] > 150).sum() > 44  # what is near has come closer


def test_a_slope_does_not_tear() -> None:
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (120, 200, 3), dtype=np.uint8), (0, 0), 3)
    picture = cv2.normalize(picture, None, 0, 255, cv2.NORM_MINMAX)
    near = np.repeat(np.linspace(0, 1, 120, dtype=np.float32)[:, None], 200, 1)
    layers = parallax.layers(picture, near, 4)
    moved = parallax.seen(layers, View(100, 60, 1.0), parallax.Shift(x=16.0), (200, 120))
    x, y = np.meshgrid(np.arange(200, dtype=np.float32), np.arange(120, dtype=np.float32))
    sheared = cv2.remap(picture, x + (near - 0.5) * 16, y, cv2.INTER_CUBIC)
    inner = (slice(4, -4), slice(12, -12))
    assert np.abs(moved[inner].astype(int) - sheared[inner]).mean() < 3.0
    assert np.abs(picture[inner].astype(int) - sheared[inner]).mean() > 12.0


def test_making_smaller_does_not_alias() -> None:
    board = np.indices((512, 512)).sum(0) % 2 * 255
    picture = np.repeat(board[..., None], 3, 2).astype(np.uint8)
    levels = camera2d.pyramid(picture)
    for scale in (2.0, 2.9, 3.7, 5.0):
        seen = camera2d.seen(levels, View(256, 256, scale), (90, 90))
        assert np.abs(seen.astype(int) - 127).max() <= 12
    same = camera2d.seen(levels, View(256, 256, 1.0), (512, 512))
    assert (same == picture).all()


def test_the_same_seed_gives_the_same_file_and_depth_may_be_given(tmp_path: Path) -> None:
    picture = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()).save(picture)
    ramp = np.linspace(0, 255, 400).astype(np.uint8)[:, None].repeat(600, 1)
    Image.fromarray(ramp).save(tmp_path / "near.png")
    options = Options(size=(128, 72), seconds=0.25, seed=5, quiet=True)
    made = [job(picture, tmp_path / f"{n}.mp4", options).sha256 for n in "ab"]
    assert made[0] and made[0] == made[1]
    given = job(picture, tmp_path / "c.mp4", options, Eye(depth=tmp_path / "near.png"))
    assert given.frames == 6 and given.sha256 != made[0]
    flat = job(picture, tmp_path / "d.mp4", options, Eye(parallax=0.0, points=1))
    assert flat.sha256 not in (made[0], given.sha256)


def test_any_frame_can_be_had_alone() -> None:
    shot = kenburns.shot(data.rocket(), kenburns.Job((96, 54), 8))
    assert all((a == b).all() for a, b in zip(list(shot())[5:], shot(5), strict=True))


def test_odd_and_tiny_and_large_pictures(tmp_path: Path) -> None:
    for name, size in (("tiny", (3, 2)), ("odd", (333, 57)), ("4k", (3840, 2160)), ("tall", (40, 900))):
        rgba = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
        Image.fromarray(rgba).save(tmp_path / f"{name}.png", compress_level=0)
        options = Options(size=(64, 36), seconds=0.1, quiet=True)
        assert job(tmp_path / f"{name}.png", tmp_path / f"{name}.mp4", options).frames == 2


def test_errors_say_what_is_wrong(tmp_path: Path) -> None:
    picture = tmp_path / "c.png"
    Image.fromarray(data.coffee()).save(picture)
    Image.fromarray(np.zeros((50, 50), np.uint8)).save(tmp_path / "square.png")
    with pytest.raises(MediaError, match="no such picture"):
        job(tmp_path / "none.png", tmp_path / "o.mp4")
    with pytest.raises(MediaError, match="same shape"):
        job(picture, tmp_path / "o.mp4", eye=Eye(depth=tmp_path / "square.png"))
    for eye, told in ((Eye(points=0), "points 0"), (Eye(zoom=9), "zoom 9"), (Eye(parallax=-1), "parallax -1")):
        with pytest.raises(VjError, match=told):
            job(picture, tmp_path / "o.mp4", eye=eye)
