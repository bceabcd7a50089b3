"""Flicker, morphing, consistency and VBench's pixel formulas: honest clips that pass, the same broken that do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
import quality_clips as clips

from engine.quality import vbench
from engine.quality.contracts import Clip, Span, Verdict
from engine.quality.run import check

Change = Callable[[clips.Frames], clips.Frames]
FPS = 24.0
WIDE = (384, 216)
"""small enough to be quick, large enough for corners"""


def verdict(name: str, frames: Sequence[clips.Frame], fps: float = FPS) -> Verdict:
    return check(name, frames, Clip(fps, len(frames)))


def guilty(found: Verdict) -> set[int]:
    return {k for span in found.where for k in range(span.first, span.last + 1)}


HONEST = {
    "pan": lambda: clips.camera("coffee", right=2.0, size=WIDE),
    "zoom": lambda: clips.camera("astronaut", zoom=1.012, size=WIDE),
    "turn": lambda: clips.camera("rocket", turn=1.2, size=WIDE),
    "occluders": lambda: clips.occluders(size=WIDE),
    "shapes": lambda: clips.shapes(size=WIDE, speed=3.0),
    "still": lambda: clips.still("astronaut", size=WIDE),
}


@pytest.mark.parametrize("check_name", ["flicker", "morphing", "consistency"])
@pytest.mark.parametrize("name", HONEST)
def test_honest_motion_passes(check_name: str, name: str) -> None:
    found = verdict(check_name, HONEST[name]())
    assert found.ok in (True, None), (found.score, found.measured)
    assert not found.where
    if name not in ("shapes", "still"):
        assert found.ok


# flicker


@pytest.mark.parametrize("name", ["pan", "shapes", "still"])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_four_per_cent_flicker_fails(name: str, seed: int | None) -> None:
    found = verdict("flicker", clips.flickering(HONEST[name](), 0.04, seed))
    assert found.ok is False and found.score is not None and found.score < 0.7
    assert "brightness" in found.reason
    assert found.measured["severity_brightness"] > 2 * found.measured["severity_texture"]


def test_flicker_of_a_few_frames_is_found_where_it_is() -> None:
    frames = clips.camera("coffee", 60, clips.SIZE, right=1.0)
    gains = [1.0 + (0.06 * (-1) ** k if 30 <= k < 42 else 0.0) for k in range(60)]
    found = verdict("flicker", clips.gained(frames, gains))
    assert found.ok is False and len(found.where) == 1
    # a window of half a second is judged together: it may reach that far to both sides
    assert 30 - 12 <= found.where[0].first <= 31 and 41 <= found.where[0].last <= 42 + 12


@pytest.mark.parametrize("seed", [None, 4])
def test_flicker_is_found_through_grain_and_coding(seed: int | None) -> None:
    frames = clips.flickering(clips.camera("coffee", right=2.0), 0.04, seed)
    assert verdict("flicker", clips.grained(frames, 4.0)).ok is False
    assert verdict("flicker", clips.coded(frames)).ok is False


@pytest.mark.parametrize(
    "change",
    [
        lambda f: clips.faded(f, 1.0, 0.1),
        lambda f: clips.pulsed(f, 15, 0.3),
        lambda f: clips.pulsed(f, 12, 0.3),
        clips.breathing,
        lambda f: clips.grained(f, 2.0),
        lambda f: clips.grained(f, 4.0),
        lambda f: clips.coded(f, 28),
        lambda f: clips.coded(clips.grained(f, 3.0), 28),
    ],
    ids=["fade", "pulse15", "pulse12", "breath", "grain2", "grain4", "h264", "grain_h264"],
)
def test_light_that_goes_evenly_and_grain_are_no_flicker(change: Change) -> None:
    found = verdict("flicker", change(clips.camera("coffee", right=2.0)))
    assert found.ok, (found.score, found.measured)


@pytest.mark.parametrize("grain", [1.5, 3.0])
@pytest.mark.parametrize("name", ["pan", "shapes"])
def test_boiling_texture_fails_and_is_told_from_brightness(name: str, grain: float) -> None:
    found = verdict("flicker", clips.boiling(HONEST[name](), 12.0, grain))
    assert found.ok is False and found.reason == "texture boils"


def test_a_lamp_that_flickers_in_a_corner_fails() -> None:
    frames = clips.camera("coffee", right=1.0)
    for k, frame in enumerate(frames):
        part = frame[:60, :80].astype(np.float32) * (1.12 if k % 2 else 0.88)
        frame[:60, :80] = np.clip(np.rint(part), 0, 255).astype(np.uint8)
    found = verdict("flicker", frames)
    assert found.ok is False and found.measured["severity_part"] > 0.3


def test_flat_frames_and_stills_do_not_flicker_and_too_few_say_nothing() -> None:
    assert verdict("flicker", clips.flat()).score == 1.0
    assert verdict("flicker", clips.still()).score == 1.0
    assert verdict("flicker", clips.flickering(clips.flat())).ok is False
    few = verdict("flicker", clips.still(count=3))
    assert few.ok is None and few.score is None and few.reason


# morphing


def test_a_picture_that_melts_into_another_fails_where_it_melts() -> None:
    a, b = (clips.camera(name, 36, WIDE, right=1.0) for name in ("astronaut", "coffee"))
    found = verdict("morphing", clips.melted(a, b, 12, 22))
    assert found.ok is False and found.score is not None and found.score < 0.5
    # deaths of half a second count together
    assert guilty(found) & set(range(12, 23)) and min(guilty(found)) >= 2 and max(guilty(found)) <= 35
    assert verdict("morphing", a).ok and verdict("morphing", b).ok


def test_melting_within_one_still_shot_fails() -> None:
    a, b = clips.still("chelsea", 30, WIDE), clips.still("rocket", 30, WIDE)
    assert verdict("morphing", clips.melted(a, b, 10, 20)).ok is False


def test_shapes_that_turn_into_others_fail_where_moving_ones_pass() -> None:
    a, b = (clips.shapes(36, (512, 288), 2.0, seed) for seed in (1, 5))
    assert verdict("morphing", a).ok is not False and verdict("morphing", b).ok is not False
    assert verdict("morphing", clips.melted(a, b, 8, 24)).ok is False


def test_a_swirl_that_grows_over_a_third_of_the_picture_fails() -> None:
    frames = clips.camera("astronaut", 36, (512, 288), right=1.0)
    found = verdict("morphing", clips.swirled(frames, 10, 0.35, 0.55))
    assert found.ok is False
    assert guilty(found) & set(range(12, 34))
    assert found.measured["survival_share_of_worst_part"] < found.measured["survival_share"]


def test_a_hard_cut_is_no_morphing() -> None:
    a, b = (clips.camera(name, 40, WIDE, right=1.0) for name in ("astronaut", "coffee"))
    found = verdict("morphing", [*a[:20], *b[20:]])
    assert found.ok, (found.score, found.where, found.measured)


@pytest.mark.parametrize(
    "change",
    [lambda f: clips.grained(f, 4.0), clips.coded, clips.pulsed, lambda f: clips.faded(f, 1.0, 0.3)],
    ids=["grain", "h264", "pulse", "fade"],
)
def test_grain_coding_and_light_kill_no_corners(change: Change) -> None:
    found = verdict("morphing", change(clips.camera("coffee", 30, WIDE, right=1.0)))
    assert found.ok and found.measured["survival_share"] > 0.85


def test_where_there_are_no_corners_morphing_says_so() -> None:
    for frames in (clips.flat(), clips.plasma(size=WIDE), clips.grained(clips.flat(), 4.0)):
        found = verdict("morphing", frames)
        assert found.ok is None and found.score is None and "corners" in found.reason


# consistency


@pytest.mark.parametrize("name", ["pan", "zoom", "shapes", "turn"])
def test_swapped_halves_are_found_at_the_seam(name: str) -> None:
    frames = HONEST[name]()
    found = verdict("consistency", clips.swapped(frames))
    assert found.ok is False
    assert [(s.first, s.last) for s in found.where] == [(12, 12)]


@pytest.mark.parametrize("name", ["pan", "occluders", "still"])
@pytest.mark.parametrize("at", [1, 9, 22])
def test_one_foreign_frame_is_found_and_it_alone(name: str, at: int) -> None:
    frames = clips.interrupted(HONEST[name](), at, clips.photograph("hubble_deep_field"))
    found = verdict("consistency", frames)
    assert found.ok is False
    assert at in guilty(found) and len(found.where) == 1 and guilty(found) <= {at, at + 1}
    if 1 < at < 22:
        assert found.where == (Span(at, at, found.where[0].score),)


@pytest.mark.parametrize("name", ["pan", "zoom", "shapes", "occluders"])
def test_shuffled_frames_fail(name: str) -> None:
    assert verdict("consistency", clips.shuffled(HONEST[name]())).ok is False


def test_light_and_grain_are_consistent() -> None:
    frames = clips.camera("coffee", right=2.0)
    for changed in (
        clips.faded(frames, 1.0, 0.0),
        clips.pulsed(frames),
        clips.grained(frames, 4.0),
        clips.coded(frames),
    ):
        found = verdict("consistency", changed)
        assert found.ok, (found.score, found.measured)
    assert verdict("consistency", clips.grained(clips.flat(), 4.0)).ok


@pytest.mark.parametrize("name", ["flicker", "morphing", "consistency"])
def test_no_frame_one_frame_and_tiny_frames_are_no_error(name: str) -> None:
    assert verdict(name, []).ok is None
    assert verdict(name, clips.flat(count=1)).ok is None
    tiny = [np.full((9, 16, 3), 10 * k, np.uint8) for k in range(20)]
    assert verdict(name, tiny).ok in (True, None)


@pytest.mark.parametrize("name", ["flicker", "consistency"])
def test_the_loops_of_the_pool_played_slowly_pass(name: str) -> None:
    """Eight frames of a turn are far apart; with the frames between them they are what the stage shows."""
    for loop in clips.pool_loops(6)[:6]:
        slow = [
            cv2.addWeighted(a, 1 - k / 4, b, k / 4, 0.0)
            for a, b in zip(loop, [*loop[1:], loop[0]], strict=True)
            for k in range(4)
        ]
        assert verdict(name, slow).ok


# vbench


def test_temporal_flickering_is_the_mean_difference() -> None:
    frames = [np.full((72, 128, 3), level, np.uint8) for level in (10, 20, 50)]
    found = vbench.figures(frames, Clip(8.0))
    assert found["vbench_temporal_flickering"] == pytest.approx((255 - 20) / 255)


def test_motion_smoothness_is_whole_for_even_change_and_falls_with_a_jolt() -> None:
    even = [np.full((72, 128, 3), level, np.uint8) for level in (10, 20, 30, 40, 50)]
    assert vbench.figures(even, Clip(8.0))["vbench_motion_smoothness_dis"] == pytest.approx(1.0)
    even[3] = np.full((72, 128, 3), 100, np.uint8)
    # one of two inner frames is off by 60
    assert vbench.figures(even, Clip(8.0))["vbench_motion_smoothness_dis"] == pytest.approx((255 - 30) / 255)


def test_motion_smoothness_follows_a_pan() -> None:
    pan = clips.camera("astronaut", 9, WIDE, right=4.0)
    held = [pan[k - k % 4] for k in range(9)]
    smooth, jerky = (vbench.figures(f, Clip(8.0)) for f in (pan, held))
    assert smooth["vbench_motion_smoothness_dis"] > 0.985 > jerky["vbench_motion_smoothness_dis"]


def test_dynamic_degree_is_the_motion_at_eight_frames_a_second() -> None:
    """A pan of 4 pixels a frame at 24 fps is one of 12 at 8 fps; the threshold at 216 lines is 5.06."""
    pan = clips.camera("astronaut", 25, WIDE, right=4.0)
    found = vbench.figures(pan, Clip(24.0))
    assert found["vbench_motion_px_dis"] == pytest.approx(12.0, abs=1.2)
    assert found["vbench_dynamic_degree_dis"] == 1.0
    slow = vbench.figures(clips.camera("astronaut", 25, WIDE, right=1.0), Clip(24.0))
    assert slow["vbench_motion_px_dis"] == pytest.approx(3.0, abs=0.5)
    assert slow["vbench_dynamic_degree_dis"] == 0.0


def test_dynamic_degree_counts_frames_and_scales() -> None:
    # 16 frames at 8 fps, 256 lines: four pairs over 6 pixels
    assert vbench.moves([6.1] * 4 + [0.0] * 11, 8.0, 256.0, 16)
    assert not vbench.moves([6.1] * 3 + [0.0] * 12, 8.0, 256.0, 16)
    assert not vbench.moves([6.0] * 15, 8.0, 256.0, 16)
    assert not vbench.moves([11.0] * 15, 4.0, 256.0, 16)
    assert vbench.moves([12.5] * 15, 4.0, 256.0, 16)
    assert not vbench.moves([6.1] * 15, 8.0, 512.0, 16)


def test_figures_of_too_little_are_left_out() -> None:
    assert vbench.figures([], Clip(24.0)) == {}
    assert vbench.figures(clips.flat(count=1), Clip(24.0)) == {}
    assert set(vbench.figures(clips.flat(count=2), Clip(24.0))) == {"vbench_temporal_flickering"}
