"""Things taken out of clips whose background is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from engine.pipelines.inpaint import How, grown, removed, spread
from engine.vision.fill import filled, telea
from engine.vision.track import between, is_still, moved, simplest, tracked
from vj.core.errors import MediaError, VjError
from vj.files.media import MovieSettings, MovieWriter
from vj.files.video import frames, probe
from vj.studio.jobs.inpaint import boxed, inpaint
from vj.studio.output import Options

Frame = NDArray[np.uint8]
Mask = NDArray[np.bool_]
SIZE = (192, 128)
BADGE = 26
AGREED = "Eileen Collins, a test, 2026-01-31"
"""the photograph that is moved about shows her"""
QUIET = Options(quiet=True, consent=AGREED)


def panned(picture: Frame, count: int, step: tuple[float, float], turn: float = 0.0, zoom: float = 1.0) -> list[Frame]:
    """A camera that moves over a photograph; step in pixels, turn in radians, zoom per frame."""
    out = []
    for i in range(count):
        scale, angle = zoom**i, turn * i
        matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = np.array([180 + step[0] * i, 130 + step[1] * i]) - matrix @ [SIZE[0] / 2, SIZE[1] / 2]
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        out.append(cv2.warpAffine(picture, np.c_[matrix, centre], SIZE, flags=how, borderMode=cv2.BORDER_REFLECT))
    return out


def badge() -> Frame:
    rng = np.random.default_rng(5)
    small = rng.integers(0, 255, (5, 5, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (BADGE, BADGE), interpolation=cv2.INTER_CUBIC), np.uint8)


def hidden(clean: Sequence[Frame], where: Callable[[int], tuple[int, int]]) -> tuple[list[Frame], list[Mask]]:
    """The clip with a badge that moves over it, and the masks of the badge."""
    out, masks = [], []
    for i, frame in enumerate(clean):
        x, y = where(i)
        mask = boxed((x, y, BADGE, BADGE), SIZE)
        shown = frame.copy()
        shown[y : y + BADGE, x : x + BADGE] = badge()
        out.append(shown)
        masks.append(mask)
    return out, masks


def decibel(made: Sequence[Frame], clean: Sequence[Frame], masks: Sequence[Mask]) -> float:
    """Mean PSNR in the masks."""
    errors = [np.square(a[m].astype(float) - b[m]).mean() for a, b, m in zip(made, clean, masks, strict=True)]
    return float(np.mean([10 * np.log10(255**2 / max(e, 1e-3)) for e in errors]))


def passing(i: int) -> tuple[int, int]:
    return 40 + 3 * i, 40 + i


@pytest.mark.parametrize(
    ("step", "turn", "zoom", "least"),
    [((2.4, 1.1), 0.0, 1.0, 35.0), ((1.0, 0.5), 0.004, 1.004, 30.0), ((0.0, 0.0), 0.0, 1.0, 48.0)],
    ids=["pan", "turn and zoom", "still camera"],
)
def test_what_is_behind_comes_from_other_frames(
    step: tuple[float, float], turn: float, zoom: float, least: float
) -> None:
    clean = panned(data.astronaut(), 16, step, turn, zoom)
    shown, masks = hidden(clean, passing)
    made = list(removed(zip(shown, masks, strict=True)))
    each = [telea(f, m) for f, m in zip(shown, masks, strict=True)]
    ours, theirs = decibel(made, clean, masks), decibel(each, clean, masks)
    assert len(made) == 16 and ours > theirs + 8.0 and ours > least, (ours, theirs)
    for one, source, mask in zip(made, shown, masks, strict=True):
        outside = ~grown(mask, How().grow, How().feather)[0]
        assert np.array_equal(one[outside], source[outside])


def test_other_light_in_other_frames_leaves_no_patch() -> None:
    clean = panned(data.astronaut(), 16, (2.4, 1.1))
    clean = [np.clip(f * (1 + 0.2 * np.sin(i / 2)) + 0.5, 0, 255).astype(np.uint8) for i, f in enumerate(clean)]
    shown, masks = hidden(clean, passing)
    made = list(removed(zip(shown, masks, strict=True)))
    assert decibel(made, clean, masks) > 29.0


def test_what_is_never_seen_is_made_up_once() -> None:
    """A badge that stands still before a camera that does: the same patch in every frame, however noisy they are."""
    clean = panned(np.repeat(data.grass()[..., None], 3, axis=2), 1, (0, 0)) * 8
    rng = np.random.default_rng(1)
    clean = [np.clip(f + rng.normal(0, 2, f.shape), 0, 255).astype(np.uint8) for f in clean]
    shown, masks = hidden(clean, lambda _: (80, 50))
    made = list(removed(zip(shown, masks, strict=True)))
    inside = masks[0]
    steps = [np.abs(a[inside].astype(float) - b[inside]).mean() for a, b in pairwise(made)]
    each = [filled(f, m) for f, m in zip(shown, masks, strict=True)]
    alone = [np.abs(a[inside].astype(float) - b[inside]).mean() for a, b in pairwise(each)]
    assert max(steps) < 2.0 and np.mean(alone) > 3 * np.mean(steps)
    assert np.abs(made[0][inside].astype(float) - badge().reshape(-1, 3)).mean() > 20, "the badge is still there"
    assert made[0][inside].std() > 0.5 * clean[0][inside].std(), "grass has become fog"


def test_nothing_comes_from_behind_a_cut() -> None:
    first, second = panned(data.astronaut(), 5, (2, 1)), panned(data.coffee(), 5, (2, 1))
    shown, masks = hidden([*first, *second], lambda _: (80, 50))
    alone = [*removed(zip(shown[:5], masks[:5], strict=True)), *removed(zip(shown[5:], masks[5:], strict=True))]
    assert all(np.array_equal(a, b) for a, b in zip(removed(zip(shown, masks, strict=True)), alone, strict=True))


def test_memory_is_that_of_the_window() -> None:
    clean = panned(data.astronaut(), 12, (2, 0))
    read = 0

    def source() -> object:
        nonlocal read
        for frame in clean:
            read += 1
            yield frame, boxed((60, 40, 10, 10), SIZE)

    out = removed(source(), How(ahead=3, behind=3))  # type: ignore[arg-type]
    next(out)
    assert read == 4, "no more is read than what is looked ahead at"
    assert len(list(out)) == 11


def test_a_clip_without_a_mask_passes_untouched() -> None:
    clean, empty = panned(data.coffee(), 3, (2, 1)), np.zeros(SIZE[::-1], bool)
    made = list(removed((f, empty) for f in clean))
    assert all(np.array_equal(a, b) for a, b in zip(made, clean, strict=True))


@pytest.mark.parametrize("motion", ["identity", "shift", "similarity", "homography"])
def test_the_simplest_motion_is_found(motion: str) -> None:
    rng = np.random.default_rng(0)
    p = (rng.random((200, 2)) * SIZE).astype(np.float32)
    true = np.eye(3)
    if motion != "identity":
        true[:2, 2] = 3.2, -1.7
    if motion in ("similarity", "homography"):
        true[:2, :2] = [[1.02, -0.03], [0.03, 1.02]]
    if motion == "homography":
        true[2, :2] = 4e-4, -2e-4
    q = moved(p, true)
    q[:60] += rng.normal(0, 30, (60, 2)).astype(np.float32)  # things that move on their own
    found = simplest(p, q, SIZE)
    assert found is not None and np.abs(moved(p, found) - moved(p, true)).max() < 0.15
    assert (found[2, 0] == 0) == (motion != "homography") and is_still(found, SIZE) == (motion == "identity")


def test_motion_between_photographs_and_none_between_flat_ones() -> None:
    a, b = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in panned(data.coffee(), 2, (3.5, -1.25)))
    seen = np.full(a.shape, 255, np.uint8)
    found = between(a, b, (seen, seen))
    assert found is not None and found[:2, 2] == pytest.approx([-3.5, 1.25], abs=0.1)
    flat = np.full_like(a, 90)
    assert between(flat, flat, (seen, seen)) is None


def test_a_box_is_followed_over_a_moving_background_and_found_again() -> None:
    clean = panned(data.astronaut(), 20, (2.4, 1.1))
    shown, _ = hidden(clean, passing)
    found = list(tracked(shown, (40, 40, BADGE, BADGE)))
    off = [np.hypot(f.box[0] - passing(i)[0], f.box[1] - passing(i)[1]) for i, f in enumerate(found)]
    assert max(off) < 1.5 and not any(f.lost for f in found)
    gone = [*shown[:8], *clean[8:12], *shown[12:]]
    again = list(tracked(gone, (40, 40, BADGE, BADGE)))
    assert any(f.lost for f in again[8:12]), "an empty place is taken for the box"
    assert np.hypot(again[-1].box[0] - passing(19)[0], again[-1].box[1] - passing(19)[1]) < 2


def test_a_hole_is_filled_with_what_is_around_it_alone() -> None:
    x = np.mgrid[:96, :128][1]
    stripes = np.repeat((128 + 90 * np.sin(2 * np.pi * x / 8))[..., None], 3, axis=2).astype(np.uint8)
    hole = boxed((50, 36, 26, 22), (128, 96))
    made = filled(np.where(hole[..., None], 255, stripes).astype(np.uint8), hole)
    assert np.array_equal(made[~hole], stripes[~hole])
    assert np.abs(made[hole].astype(float) - stripes[hole]).mean() < 12
    assert np.abs(telea(stripes, hole)[hole].astype(float) - stripes[hole]).mean() > 30
    assert filled(stripes, np.ones_like(hole)).std() == 0
    thin = boxed((50, 36, 4, 40), (128, 96))
    assert np.array_equal(filled(stripes, thin), telea(stripes, thin))


def test_what_is_known_at_the_rim_spreads_inwards() -> None:
    values, weight = np.full((40, 60, 3), 7.0, np.float32), np.zeros((40, 60), np.float32)
    weight[:4] = 1
    assert np.allclose(spread(values, weight), 7.0, atol=1e-3)
    assert not spread(values, np.zeros_like(weight)).any()


def movie(path: Path, pictures: Sequence[Frame], sound: bool = False) -> Path:
    height, width = pictures[0].shape[:2]
    writer = MovieWriter(path, MovieSettings((width, height), 12, 48000 if sound else 0, crf=10))
    for i, picture in enumerate(pictures):
        writer.video(picture, i / 12)
        if sound:
            writer.audio(np.full((4000, 2), 0.1 * (-1) ** i, np.float32))
    writer.close()
    return path


def test_the_job_takes_out_what_each_kind_of_area_covers(tmp_path: Path) -> None:
    clean = panned(data.astronaut(), 10, (2.4, 1.1))
    shown, masks = hidden(clean, passing)
    clip = movie(tmp_path / "clip.mp4", shown, sound=True)
    reel = movie(tmp_path / "mask.mp4", [np.repeat(255 * m[..., None].astype(np.uint8), 3, axis=2) for m in masks])
    tracked_ = inpaint(clip, tmp_path / "a.mp4", QUIET, track=(40, 40, BADGE, BADGE))
    filmed = inpaint(clip, tmp_path / "b.mp4", QUIET, mask=reel)
    assert tracked_.sound and tracked_.frames == filmed.frames == 10 and tracked_.size == SIZE
    for made in (tracked_, filmed):
        assert decibel(list(frames(made.path)), clean, masks) > 27.0
    assert inpaint(clip, tmp_path / "c.mp4", QUIET, mask=reel).sha256 == filmed.sha256
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), cv2.resize(255 * masks[0].astype(np.uint8), None, fx=2, fy=2))
    half = Options(quiet=True, consent=AGREED, seconds=0.5)
    by_box = inpaint(clip, tmp_path / "d.mp4", half, box=(*passing(0), BADGE, BADGE))
    by_still = inpaint(clip, tmp_path / "e.mp4", half, mask=still)
    assert by_box.frames == 6 and by_box.sha256 == by_still.sha256, "a mask of the same shape is scaled"
    assert probe(by_box.path).size == SIZE


def test_what_cannot_be_taken_out_is_told(tmp_path: Path) -> None:
    clip = movie(tmp_path / "clip.mp4", panned(data.coffee(), 3, (2, 1)))
    other = tmp_path / "mask.png"
    cv2.imwrite(str(other), np.zeros((100, 100), np.uint8))
    with pytest.raises(MediaError, match="100x100, but the picture is 192x128"):
        inpaint(clip, tmp_path / "o.mp4", QUIET, mask=other)
    square = movie(tmp_path / "square.mp4", [np.zeros((64, 64, 3), np.uint8)] * 2)
    with pytest.raises(MediaError, match="64x64, but the picture is 192x128"):
        inpaint(clip, tmp_path / "o.mp4", QUIET, mask=square)
    with pytest.raises(VjError, match="0 areas"):
        inpaint(clip, tmp_path / "o.mp4", QUIET)
    with pytest.raises(VjError, match="2 areas"):
        inpaint(clip, tmp_path / "o.mp4", QUIET, mask=other, box=(0, 0, 9, 9))
    with pytest.raises(VjError, match="box 300,0,9,9: not in"):
        inpaint(clip, tmp_path / "o.mp4", QUIET, box=(300, 0, 9, 9))
    with pytest.raises(VjError, match="nearly all"):
        inpaint(clip, tmp_path / "o.mp4", QUIET, track=(0, 0, 190, 126))
    with pytest.raises(MediaError, match="no such"):
        inpaint(tmp_path / "gone.mp4", tmp_path / "o.mp4", QUIET, box=(0, 0, 9, 9))
    assert not (tmp_path / "o.mp4").exists()


def test_a_mask_video_that_ends_early_holds_its_last_mask(tmp_path: Path) -> None:
    clip = movie(tmp_path / "clip.mp4", panned(data.coffee(), 6, (0, 0)))
    white = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    white[40:70, 60:90] = 255
    reel = movie(tmp_path / "mask.mp4", [white] * 2)
    made = inpaint(clip, tmp_path / "a.mp4", QUIET, mask=reel)
    assert made.sha256 == inpaint(clip, tmp_path / "b.mp4", QUIET, mask=movie(reel, [white] * 6)).sha256
