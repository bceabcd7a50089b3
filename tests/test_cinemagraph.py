"""One area of a still moves: outside nothing ever does, the loop has no seam, masks are what they say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch  # noqa: F401  # prompts load the house model
from PIL import Image
from skimage import data

from engine.errors import EngineError
from engine.pipelines import cinemagraph as pipeline
from engine.vision import organic
from vj.core.errors import MediaError, VjError
from vj.files.media import MovieSettings, MovieWriter
from vj.files.video import frames as frames_of
from vj.studio.jobs.cinemagraph import Move, cinemagraph, region, shape
from vj.studio.output import Options

Frame = pipeline.Frame
QUIET = Options(seconds=0.5, fps=12.0, quiet=True)


def step(a: Frame, b: Frame) -> float:
    return float(np.abs(a.astype(int) - b).mean())


def lake() -> tuple[Frame, pipeline.Mask]:
    still = cv2.resize(data.coffee(), (240, 160), interpolation=cv2.INTER_AREA)
    return still, pipeline.feathered(region("rect:0.1,0.4,0.8,0.5", (240, 160)), 8)


@pytest.mark.parametrize("motion", organic.MOTIONS)
def test_outside_is_the_picture_bit_for_bit_and_inside_moves_in_a_loop(motion: str) -> None:
    still, mask = lake()
    made = list(pipeline.loop(still, mask, pipeline.Job(motion, 24))())
    outside = mask == 0
    assert outside.mean() > 0.5 and (mask == 1).mean() > 0.2
    assert all((frame[outside] == still[outside]).all() for frame in made)
    steps = [step(a, b) for a, b in pairwise(made)]
    assert min(steps) > 0.02
    assert step(made[-1], made[0]) <= np.median(steps)


@pytest.mark.parametrize("motion", organic.MOTIONS)
def test_the_loop_closes_and_any_frame_can_be_had_alone(motion: str) -> None:
    still, mask = lake()
    run = pipeline.moving(still, mask, pipeline.Job(motion, 24, seed=2))
    assert step(run(0.0), run(1.0)) < 0.05
    loop = pipeline.loop(still, mask, pipeline.Job(motion, 12, seed=2))
    assert all((a == b).all() for a, b in zip(list(loop())[9:], loop(9), strict=True))
    other = pipeline.loop(still, mask, pipeline.Job(motion, 12, seed=3))
    assert any((a != b).any() for a, b in zip(loop(), other(), strict=True))


def test_flow_goes_where_it_is_told() -> None:
    rng = np.random.default_rng(0)
    still = cv2.GaussianBlur(rng.integers(0, 256, (160, 160, 3), dtype=np.uint8), (0, 0), 2)
    still = cv2.normalize(still, None, 0, 255, cv2.NORM_MINMAX)
    place = organic.Place.of((160, 160))
    for degrees, way in ((0, (1, 0)), (90, (0, -1)), (180, (-1, 0))):
        current = organic.stream(place, 0, degrees, 0.25)
        mean = current.mean((0, 1)) / 0.25
        assert abs(float(mean @ way)) > 0.6 and float(mean @ way) > 0
        a, b = (cv2.cvtColor(organic.carried(still, current, t), cv2.COLOR_RGB2GRAY) for t in (0.98, 0.02))
        flow = cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0)
        assert float(flow.mean((0, 1)) @ way) > 0.5  # pixels


def test_a_flowing_picture_keeps_its_contrast() -> None:
    still = cv2.resize(data.coffee(), (240, 160), interpolation=cv2.INTER_AREA)
    current = organic.stream(organic.Place.of((240, 160)), 1, 30, 0.2)
    assert (organic.carried(still, current, 0.0) == still).all()
    spread = [float(organic.carried(still, current, t).std()) for t in np.linspace(0, 1, 9)]
    assert min(spread) > 0.9 * float(still.std())


def test_sway_holds_the_foot_and_ripples_stay_small() -> None:
    place = organic.Place.of((300, 200), (0.2, 0.9))
    lever = organic.sway(place, 0)(0.3)
    foot, top = np.abs(lever[place.lever == 0]), np.abs(lever[place.lever > 0.95])
    assert foot.max() == 0 and top.max() > 0.005
    waves = np.abs(organic.ripple(place, 0)(0.3))
    assert 0.001 < waves.max() < 0.03  # of the shorter side


def test_masks_as_they_are_written() -> None:
    size = (200, 100)
    assert (region("rect:0.25,0.5,0.5,0.5", size) == region("rect:50,50,100,50", size)).all()
    box = region("rect:50,50,100,50", size)
    assert box.sum() == 5000 and box[50:, 50:150].min() == 1 and box.dtype == np.float32
    triangle = region("polygon:0,0;1,0;0,1", size)
    assert abs(triangle.sum() - 10000) < 150 and triangle[5, 5] == 1 and triangle[95, 195] == 0
    assert region("rect:150,50,999,999", size).sum() == 50 * 50  # cut at the picture's edge


NO_MASKS = ("", "rect:", "rect:1,2,3", "rect:a,b,c,d", "polygon:0,0;1,1", "polygon:0,0;1;2,2", "rect:0,0,0,0")
OUTSIDE = ("rect:500,500,10,10", "rect:0,0,nan,1", "polygon:0.1,0.1;0.1,0.1;0.1,0.1,0.2")


@pytest.mark.parametrize("text", NO_MASKS + OUTSIDE)
def test_masks_that_are_none(text: str) -> None:
    with pytest.raises(VjError, match=r"rect:x,y,w,h or polygon"):
        region(text, (200, 100))


def test_a_feather_lies_inside_and_the_pictures_edge_is_none_of_the_masks() -> None:
    hard = region("rect:0,0.5,1,0.5", (100, 100))
    soft = pipeline.feathered(hard, 10)
    assert (soft[:50] == 0).all() and 0 < soft[50, 50] < 0.1 and soft[70:].min() == 1
    assert (np.diff(soft[:, 50]) >= 0).all()
    assert (pipeline.feathered(hard, 0) == hard).all()
    with pytest.raises(EngineError, match="empty"):
        pipeline.feathered(np.zeros((9, 9), np.float32), 2)


def drive(count: int) -> Iterator[Frame]:
    """A bright ball that goes to and fro over a photograph, never where it was."""
    ground = cv2.resize(data.chelsea(), (96, 64), interpolation=cv2.INTER_AREA)
    for i in range(count):
        frame = ground.copy()
        cv2.circle(frame, (round(48 + 30 * np.sin(0.31 * i)), 40), 8, (255, 255, 0), -1, cv2.LINE_AA)
        yield frame


def test_a_video_loops_without_a_jump_and_stands_still_outside() -> None:
    mask = pipeline.feathered(region("rect:0,0.4,1,0.6", (96, 64)), 3)
    source = list(drive(60))
    made = list(pipeline.from_video(iter(source), mask, 40))
    assert len(made) == 40
    assert all((frame[mask == 0] == source[0][mask == 0]).all() for frame in made)
    steps = [step(a, b) for a, b in pairwise(made)]
    jump = step(source[39], source[0])
    assert step(made[-1], made[0]) <= 1.2 * max(steps) and jump > step(made[-1], made[0])
    assert (
        step(made[0], source[10]) < 1.5 and step(made[20], source[30]) < 1.5
    )  # what lies before the fade is untouched


@pytest.mark.parametrize(("length", "wanted"), [(30, 20), (20, 10), (11, 20), (10, 18), (3, 4)])
def test_a_video_that_is_too_short_gives_a_shorter_loop(length: int, wanted: int) -> None:
    mask = np.ones((64, 96), np.float32)
    assert len(list(pipeline.from_video(drive(length), mask, 40))) == wanted


def test_the_longest_loop_of_a_video_uses_all_of_it() -> None:
    for length in (9, 30, 100, 300):
        count = pipeline.longest(length)
        assert len(list(pipeline.from_video(drive(length), np.ones((64, 96), np.float32), count))) == count
        assert count > 0.75 * length


def test_a_video_of_two_frames_is_none() -> None:
    with pytest.raises(EngineError, match="three frames"):
        list(pipeline.from_video(drive(2), np.ones((64, 96), np.float32), 40))


def test_the_job_with_pictures_masks_videos_and_words(tmp_path: Path) -> None:
    still = cv2.resize(data.coffee(), (141, 95), interpolation=cv2.INTER_AREA)
    Image.fromarray(still).save(tmp_path / "s.png")
    Image.fromarray(np.pad(np.full((95, 70), 255, np.uint8), ((0, 0), (0, 71)))).save(tmp_path / "m.png")
    made = [
        cinemagraph(tmp_path / "s.png", tmp_path / f"{i}.mp4", QUIET, str(tmp_path / "m.png"), Move("sway"))
        for i in range(2)
    ]
    assert made[0].sha256 == made[1].sha256 and made[0].size == (140, 96) == shape(still) and made[0].frames == 6
    words = cinemagraph(tmp_path / "s.png", tmp_path / "w.mp4", QUIET, "rect:0,0,0.5,1", Move("golden fire", 0.8))
    assert words.label["prompt"] == "golden fire"
    written = list(frames_of(tmp_path / "w.mp4"))
    left, right = (step(written[0][:, part], written[3][:, part]) for part in (slice(0, 60), slice(80, 140)))
    assert right < 1.0 < left  # the encoder alone changes what stands still
    writer = MovieWriter(tmp_path / "v.mp4", MovieSettings((96, 64), 12.0, 0))
    for i, frame in enumerate(drive(12)):
        writer.video(frame, i / 12)
    writer.close()
    moving = cinemagraph(tmp_path / "v.mp4", tmp_path / "o.mp4", QUIET, "rect:0,0.4,1,0.6")
    assert (moving.frames, moving.fps, moving.size, moving.label["motion"]) == (6, 12.0, (96, 64), "own")


def test_the_job_says_what_is_wrong(tmp_path: Path) -> None:
    Image.fromarray(data.coffee()).save(tmp_path / "s.png")
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(tmp_path / "m.png")
    Image.fromarray(np.zeros((400, 600), np.uint8)).save(tmp_path / "black.png")

    def run(mask: str, move: Move) -> None:
        cinemagraph(tmp_path / "s.png", tmp_path / "o.mp4", QUIET, mask, move)

    with pytest.raises(MediaError, match="50x50, but the picture is 600x400"):
        run(str(tmp_path / "m.png"), Move())
    with pytest.raises(VjError, match="the mask is empty"):
        run(str(tmp_path / "black.png"), Move())
    with pytest.raises(VjError, match='did you mean "ripple"'):
        run("rect:0,0,1,1", Move("riple"))
    with pytest.raises(VjError, match="a picture has none"):
        run("rect:0,0,1,1", Move("own"))
    with pytest.raises(VjError, match="strength"):
        run("rect:0,0,1,1", Move("ripple", 9))
    with pytest.raises(VjError, match="feather"):
        run("rect:0,0,1,1", Move("ripple", feather=2))
    assert not (tmp_path / "o.mp4").exists()
