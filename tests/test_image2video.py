"""A video out of one picture: motions as they are written, cameras whose place is known, dreams that stay with it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from engine.errors import EngineError
from engine.model.house import House, load_house, save_tiny_house
from engine.pipelines import image2video as pipeline
from engine.runtimes.runtime import best_dtype
from engine.vision import camera2d, moves, organic
from engine.vision.moves import Motion
from engine.vision.saliency import faces, framed
from vj.core.errors import VjError
from vj.files.video import filled
from vj.studio.house import ASSETS
from vj.studio.jobs.image2video import image2video
from vj.studio.output import Options

Frame = camera2d.Frame
SIZE = (256, 144)


def step(a: Frame, b: Frame) -> float:
    return float(np.abs(a.astype(int) - b).mean())


def psnr(a: Frame, b: Frame) -> float:
    return 10 * math.log10(255**2 / max(1e-9, float(((a.astype(float) - b) ** 2).mean())))


@pytest.mark.parametrize(
    ("text", "motion"),
    [
        ("zoom(in,1.5)", Motion("zoom", "in", 1.5)),
        (" Zoom ( OUT , 2 ) ", Motion("zoom", "out", 2.0)),
        ("zoom", Motion("zoom", "in", 1.3)),
        ("zoom(2)", Motion("zoom", "in", 2.0)),
        ("pan(up,.3)", Motion("pan", "up", 0.3)),
        ("pan(down)", Motion("pan", "down", 0.2)),
        ("rotate(-30)", Motion("rotate", "", -30.0)),
        ("parallax(5)", Motion("parallax", "", 5.0)),
        ("natural", Motion("natural")),
        ("natural()", Motion("natural")),
        ("blue ink in water", Motion("prompt", prompt="blue ink in water")),
        ("fire", Motion("prompt", prompt="fire")),
    ],
)
def test_motions_as_they_are_written(text: str, motion: Motion) -> None:
    assert moves.motion(text) == motion


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("zom(in,2)", 'did you mean "zoom'),
        ("paralax", 'did you mean "parallax'),
        ("pan(lefft,0.2)", 'did you mean "left"'),
        ("zoom(in,99)", "1 to 8"),
        ("pan(left,2)", "0 to 1"),
        ("rotate(x)", "no number"),
        ("parallax(2.5)", "whole number"),
        ("parallax(1)", "2 to 8"),
        ("zoom(in,1.2,3)", "too much"),
        ("natural(3)", "too much"),
        ("", "natural"),
        ("spin(4)", "rotate"),
    ],
)
def test_what_is_written_wrong_says_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(EngineError, match=r"motion") as error:
        moves.motion(text)
    assert told in str(error.value)


MOTIONS = ("zoom(in,8)", "zoom(out,2)", "pan(left,1)", "pan(down,0.3)", "rotate(-360)", "rotate(50)", "rotate(7)")


@settings(max_examples=100, deadline=None)
@given(*[st.integers(16, 5000)] * 4, st.sampled_from(MOTIONS))
def test_no_view_leaves_the_picture(w: int, h: int, ow: int, oh: int, text: str) -> None:
    how = moves.motion(text)
    views = [moves.view_at(how, u, (ow, oh), (w, h)) for u in np.linspace(0, 1, 61)]
    assert all(camera2d.inside(v, (ow, oh), (w, h)) for v in views)
    assert len({round(v.scale, 9) for v in views}) == 1 or how.kind == "zoom"  # a turn does not breathe


def test_motions_go_where_they_say() -> None:
    source, size = (1600, 900), (320, 180)

    def ends(text: str) -> tuple[camera2d.View, camera2d.View]:
        how = moves.motion(text)
        return moves.view_at(how, 0, size, source), moves.view_at(how, 1, size, source)

    a, b = ends("zoom(in,1.6)")
    assert (a.scale, b.scale) == (5.0, pytest.approx(5 / 1.6)) and (a.x, a.y) == (b.x, b.y) == (800, 450)
    assert [v.scale for v in ends("zoom(out,1.6)")] == [b.scale, a.scale]
    a, b = ends("pan(left,0.25)")
    assert a.x - b.x == pytest.approx(0.25 * a.scale * 320) and a.y == b.y and a.scale == b.scale
    a, b = ends("pan(down,0.25)")
    assert b.y - a.y == pytest.approx(0.25 * a.scale * 180) and a.x == b.x
    assert ends("rotate(20)")[0].angle == 0 and ends("rotate(20)")[1].angle == pytest.approx(-math.radians(20))


def test_motions_start_and_end_at_rest() -> None:
    speed = np.diff([camera2d.eased(u) for u in np.linspace(0, 1, 2001)]) * 2000
    assert speed[0] < 0.01 and speed[-1] < 0.01 and np.abs(np.diff(speed)).max() < 0.01
    assert camera2d.eased(0.5) == 0.5 and camera2d.eased(1) == 1 and camera2d.eased(0) == 0


def test_a_zoom_by_two_shows_the_middle_and_a_turn_is_a_turn() -> None:
    picture = data.coffee()[:384, :384]
    first, *_, last = moves.frames(picture, moves.motion("zoom(in,2)"), (384, 384), 3)()
    assert (first == picture).all()
    wanted = cv2.resize(picture[96:288, 96:288], (384, 384), interpolation=cv2.INTER_CUBIC)
    assert psnr(last, wanted) > 38
    *_, turned = moves.frames(picture, moves.motion("rotate(90)"), (200, 200), 2)()
    first = next(iter(moves.frames(picture, moves.motion("rotate(90)"), (200, 200), 2)()))
    assert psnr(turned, np.rot90(first, -1)) > 38  # clockwise
    assert psnr(turned, np.rot90(first, 1)) < 20


def test_parallax_comes_back_to_where_it_began_and_strength_is_how_far() -> None:
    def run(strength: float) -> list[Frame]:
        return list(moves.frames(data.astronaut(), moves.motion("parallax(3)"), (160, 90), 16, strength)())

    strong, weak = run(1.0), run(0.2)
    steps = [step(a, b) for a, b in pairwise(strong)]
    assert step(strong[-1], strong[0]) <= 1.3 * max(steps) and min(steps) > 0.3
    assert np.mean(steps) > 1.5 * np.mean([step(a, b) for a, b in pairwise(weak)])


def test_a_cut_keeps_the_face() -> None:
    picture = data.astronaut()
    wide = framed(picture, (160, 90))
    assert wide.shape == (288, 512, 3)
    (face,) = faces(wide)
    assert 0.2 < face.y < 0.5
    assert (framed(data.coffee(), (160, 90)) == filled(data.coffee(), (600, 338))).all()
    assert (framed(picture, (512, 512)) == picture).all() and framed(picture[:1, :9], (9, 160)).shape == (1, 1, 3)


@cache
def real() -> House:
    return load_house(ASSETS, best_dtype())


@cache
def tiny(folder: Path) -> House:
    save_tiny_house(folder)
    return load_house(folder, torch.float32)


def saturation(frame: Frame) -> float:
    return float((frame.max(-1).astype(int) - frame.min(-1)).mean())


@pytest.mark.parametrize("name", ["coffee", "chelsea"])
def test_a_natural_motion_begins_with_the_picture_and_stays_like_it(name: str) -> None:
    picture = getattr(data, name)()
    job = pipeline.Job(SIZE, 25, 12.0)
    frames = pipeline.Dreamt.of(picture, real(), job)
    made = [next(iter(frames(i))) for i in (0, 1, 2, 12, 13, 23, 24)]
    fitted = filled(picture, SIZE)
    assert psnr(made[0], fitted) > 34
    assert step(made[0], made[-1]) > 4  # it moves
    assert max(step(made[0], made[1]), step(made[1], made[2]), step(made[3], made[4]), step(made[5], made[6])) < 8
    for late in made[3:]:
        assert abs(float(late.mean()) - float(fitted.mean())) < 0.1 * float(fitted.mean())
        assert abs(saturation(late) - saturation(fitted)) < 0.2 * saturation(fitted)
    detail = [float(cv2.Laplacian(f, cv2.CV_32F).std()) for f in (fitted, made[-1])]
    assert 0.7 < detail[1] / detail[0] < 1.5  # nothing is blurred by going through the latents


def test_the_dream_is_what_the_strength_says_and_the_prompt_brings_its_colours() -> None:
    picture = data.coffee()
    job = pipeline.Job(SIZE, 9, 4.0, prompt="blue ink in water")
    still = replace(job, strength=0.0)

    def last(wish: pipeline.Job) -> Frame:
        return next(iter(pipeline.Dreamt.of(picture, real(), wish)(8)))

    plain, half, full = last(still), last(replace(job, strength=0.5)), last(replace(job, strength=1.0))

    def blue(frame: Frame) -> float:
        return float(frame[..., 2].mean()) - float(frame[..., 0].mean())

    assert (plain == pipeline.Moving.of(picture, still).at(2.0)).all()  # strength 0: only the motion
    assert blue(plain) < -60 and blue(plain) + 40 < blue(half) < blue(full) and blue(full) > 20


def test_the_same_seed_dreams_the_same_and_any_frame_can_be_had_alone(tmp_path: Path) -> None:
    house, job = tiny(tmp_path), pipeline.Job((96, 64), 5, 4.0, seed=3)
    picture = data.rocket()
    frames = list(pipeline.Dreamt.of(picture, house, job)())
    again = list(pipeline.Dreamt.of(picture, house, job)(2))
    assert len(frames) == 5 and all((a == b).all() for a, b in zip(frames[2:], again, strict=True))
    other = list(pipeline.Dreamt.of(picture, house, replace(job, seed=4))())
    assert (frames[0] == other[0]).all() and step(frames[-1], other[-1]) > 0


def test_drift_neither_stretches_nor_squeezes_and_loops() -> None:
    place = organic.Place.of((600, 600))
    drift = organic.drift(place, 1)
    assert np.abs(drift(0.0)).max() == 0 and np.allclose(drift(1.0), 0, atol=1e-5)
    field = drift(0.3)
    spread = np.gradient(field[..., 0], axis=1) + np.gradient(field[..., 1], axis=0)
    shear = np.gradient(field[..., 0], axis=0)
    assert np.abs(spread[2:-2, 2:-2]).max() < 0.02 * np.abs(shear).max()


@pytest.mark.parametrize(
    ("size", "wanted"), [((1920, 1080), (512, 288)), ((320, 180), (320, 192)), ((16, 16), (32, 32))]
)
def test_dreams_are_made_in_the_shape_of_the_video(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert pipeline.native(size) == wanted


def test_the_job_writes_a_labelled_file_and_says_what_is_wrong(tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    Image.fromarray(np.dstack([data.coffee(), np.full((400, 600), 200, np.uint8)])).save(picture)
    options = Options(size=(96, 54), seconds=0.25, quiet=True)
    made = [image2video(picture, tmp_path / f"{i}.mp4", options, "pan(right,0.3)") for i in range(2)]
    assert made[0].frames == 6 and made[0].sha256 == made[1].sha256 and made[0].label["motion"] == "pan(right,0.3)"
    dream = image2video(picture, tmp_path / "d.mp4", options, "golden fire")
    assert dream.label["prompt"] == "golden fire" and dream.label["denoiser"]
    with pytest.raises(VjError, match="none of its words is known -- the nearest known: "):
        image2video(picture, tmp_path / "o.mp4", options, "qwzx flurbl")
    with pytest.raises(VjError, match="0 to 1"):
        image2video(picture, tmp_path / "o.mp4", options, strength=1.5)
    with pytest.raises(VjError, match="did you mean"):
        image2video(picture, tmp_path / "o.mp4", options, "rotat(3)")
    assert not (tmp_path / "o.mp4").exists()
