"""Pictures with depth from other cameras: known shifts, what hides what, holes, plates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage import data
from skimage.transform import resize

from engine.pipelines import reproject as r
from engine.vision.camera3d import REST, View, about, beside, looking

SIZE = (192, 108)
HOME = View(np.zeros(3), REST, 50.0)


def photo(size: tuple[int, int] = SIZE) -> r.Frame:
    return (resize(data.astronaut(), (size[1], size[0]), anti_aliasing=True) * 255).astype(np.uint8)


def flat(depth: float, size: tuple[int, int] = SIZE) -> r.Map:
    return np.full((size[1], size[0]), depth, np.float32)


def test_pixels_go_out_and_come_back() -> None:
    rng = np.random.default_rng(1)
    depth = rng.uniform(1, 9, (108, 192)).astype(np.float32)
    view = View(np.array([1.0, 2.0, -3.0]), looking((1, 2, -3), (4, 0, 1)), 63.0)
    place, far = r.onto(r.points(depth, view), view, SIZE)
    xs, ys = np.meshgrid(np.arange(192), np.arange(108))
    assert np.allclose(place[..., 0], xs, atol=2e-3) and np.allclose(place[..., 1], ys, atol=2e-3)
    assert np.allclose(far, depth, rtol=1e-5)


@pytest.mark.parametrize("pixels", [3.0, 2.5, 0.25])
def test_a_sideways_step_shifts_a_plane_by_a_known_part_of_a_pixel(pixels: float) -> None:
    depth = 4.0
    scale = SIZE[1] / (2 * np.tan(np.deg2rad(25))) / depth
    other = beside(HOME, pixels / scale)
    place, _ = r.motion(flat(depth), other, HOME)
    assert np.allclose(place[..., 0] - np.arange(192), pixels, atol=1e-3)
    assert np.allclose(place[..., 1] - np.arange(108)[:, None], 0, atol=1e-3)
    wave = np.tile(128 + 100 * np.sin(np.arange(192) / 12), (108, 1))
    shown, seen = r.backward(wave.astype(np.float32)[..., None], flat(depth), HOME, flat(depth), other)
    expected = 128 + 100 * np.sin((np.arange(192) + pixels) / 12)
    inner = slice(4, -8)
    assert np.abs(np.asarray(shown, float)[50, inner, 0] - expected[inner]).max() < 0.5
    assert seen[1:-1, 1:-4].all()


def test_without_motion_nothing_changes() -> None:
    picture, depth = photo(), np.fromfunction(lambda y, x: 3 + x / 100 + y / 50, (108, 192)).astype(np.float32)
    back, seen = r.backward(picture, depth, HOME, depth, HOME)
    assert seen[1:-1, 1:-1].all() and np.abs(back.astype(int) - picture).max() <= 1
    front, far, there = r.forward(picture, depth, HOME, HOME)
    assert there.mean() > 0.999 and np.abs(front.astype(int) - picture)[there > 0].mean() < 1.0
    assert np.allclose(far[there > 0], depth[there > 0], rtol=0.02)


def test_what_stands_before_hides_and_what_was_hidden_is_not_seen() -> None:
    depth = flat(8.0)
    depth[30:80, 70:120] = 2.0
    picture = np.where(depth[..., None] < 3, (255, 0, 0), (0, 0, 255)).astype(np.uint8)
    other = beside(HOME, 0.3)
    shown, far, seen = r.forward(picture, depth, HOME, other)
    shift = round(0.3 * SIZE[1] / (2 * np.tan(np.deg2rad(25))) / 2.0)
    assert (shown[50, 72 - shift : 118 - shift] == (255, 0, 0)).all(), "the near square moves to the left"
    assert np.allclose(far[50, 72 - shift : 118 - shift], 2.0, rtol=1e-3)
    hole = seen[50] == 0
    assert 8 < hole.sum() < 30 and hole[120 - shift + 1], "a hole opens on its right"
    _, known = r.backward(picture, depth, HOME, np.where(seen > 0, far, 8.0).astype(np.float32), other)
    assert known[50][hole][2:-2].max() == 0.0, "the source never saw what is in the hole"


def test_a_lifted_picture_fills_what_it_uncovers_from_behind() -> None:
    depth = flat(8.0)
    depth[30:80, 70:120] = 2.0
    picture = np.where(depth[..., None] < 3, (255, 0, 0), (0, 0, 255)).astype(np.uint8)
    lifted = r.lift(picture, depth)
    assert (lifted.plate[40:70, 75:80, 2] > 200).all(), "the plate goes on behind the square"
    assert lifted.plate_depth[50, 72] > 6
    view = View(np.array([0.25, 0.0, 0.0]), REST, lifted.fov)
    shown, far = r.seen_by(lifted, view, SIZE)
    red = (shown[..., 0] > 200) & (shown[..., 2] < 50)
    blue = (shown[..., 2] > 180) & (shown[..., 0] < 80)
    assert red.sum() > 1000 and (red | blue).mean() > 0.97, "two colours, nothing between or black"
    assert (far > 0).all()


def test_a_photograph_lifted_and_seen_from_home_is_its_middle() -> None:
    picture = photo((320, 180))
    depth = np.fromfunction(lambda y, x: 6 - 4 * (y > 90), (180, 320)).astype(np.float32)
    lifted = r.lift(picture, depth)
    shown, _ = r.seen_by(lifted, View(np.zeros(3), REST, lifted.fov), (288, 162))
    assert np.abs(shown.astype(int) - picture[9:171, 16:304]).mean() < 1.5
    moved, _ = r.seen_by(lifted, View(np.array([0.1, 0, 0]), REST, lifted.fov), (288, 162))
    assert np.abs(moved.astype(int) - shown).mean() > 5.0


def test_far_away_moves_less_and_a_turn_moves_all_alike() -> None:
    place = [r.motion(flat(d), beside(HOME, 0.2), HOME)[0][50, 90, 0] - 90 for d in (2.0, 4.0)]
    assert place[0] == pytest.approx(2 * place[1], rel=1e-3)
    turned = replace(HOME, turn=about((0, 1, 0), 3))
    near, far = (r.motion(flat(d), turned, HOME)[0] for d in (2.0, 40.0))
    assert np.allclose(near, far, atol=1e-3)


def test_spread_keeps_what_is_known_and_fills_between() -> None:
    weight = np.zeros((40, 60), np.float32)
    weight[:, :10] = weight[:, -10:] = 1
    values = np.zeros((40, 60, 3), np.float32)
    values[:, -10:] = 100
    out = r.spread(values, weight)
    assert np.allclose(out[:, :10], 0, atol=1e-3) and np.allclose(out[:, -10:], 100, atol=1e-3)
    assert 20 < out[20, 30, 0] < 80 and out.min() >= 0 and out.max() <= 100.01
