"""The checks of the picture, in pairs: a clip that passes, and the same clip broken, found at the right frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
import quality_clips as clips
from numpy.typing import NDArray
from quality_clips import Frame, Frames

from engine.quality.contracts import Clip, Verdict
from engine.quality.flash import MOST, Flashes
from engine.quality.marks import one_way, spans
from engine.quality.run import check
from vj.files.media import MovieSettings, MovieWriter
from vj.files.video import frames as read

FPS = 24
WIDTH, HEIGHT = clips.SIZE
CONTENT = ("photograph", "pattern", "shapes", "pool")
CODED = pytest.mark.parametrize("coded", (False, True), ids=("raw", "h264"))


def clip_of(name: str, count: int = 48) -> Frames:
    """Something that moves all the time."""
    if name == "photograph":
        return clips.camera("astronaut", count, right=1.5, zoom=1.002)
    if name == "pattern":
        return clips.plasma(count, rate=0.01)
    if name == "shapes":
        return clips.shapes(count, speed=1.5)
    loop = [cv2.resize(f, clips.SIZE, interpolation=cv2.INTER_AREA) for f in clips.pool_loops()[5]]
    return [np.asarray(loop[k % clips.LOOP], np.uint8) for k in range(count)]


def judged(name: str, frames: Sequence[Frame], fps: float = FPS, loop: bool = False) -> Verdict:
    return check(name, frames, Clip(fps, len(frames), loop=loop))


def written(frames: Iterable[Frame], folder: Path) -> Frames:
    """As the program's own writer and reader give them back."""
    path = folder / "clip.mp4"
    writer = MovieWriter(path, MovieSettings(clips.SIZE, FPS, rate=0))
    for k, frame in enumerate(frames):
        writer.video(frame, k / FPS)
    writer.close()
    return list(read(path))


def stored(frames: Sequence[Frame], coded: bool, folder: Path) -> Frames:
    return written(frames, folder) if coded else list(frames)


def where(verdict: Verdict) -> list[tuple[int, int]]:
    return [(span.first, span.last) for span in verdict.where]


def flat(level: int | tuple[int, int, int]) -> Frame:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


# black


@CODED
@pytest.mark.parametrize("content", CONTENT)
def test_one_black_frame(content: str, coded: bool, tmp_path: Path) -> None:
    clip = clip_of(content)
    assert judged("black", stored(clip, coded, tmp_path)).score == 1.0
    for level in (0, 6, 40):
        broken = [*clip[:30], flat(level), *clip[31:]]
        verdict = judged("black", stored(broken, coded, tmp_path))
        assert verdict.ok is False and where(verdict) == [(30, 30)], level


@pytest.mark.parametrize("level", (128, 255))
def test_an_empty_frame_is_none(level: int) -> None:
    clip = clip_of("photograph")
    verdict = judged("black", [*clip[:7], flat(level), flat(level), *clip[9:]])
    assert where(verdict) == [(7, 8)] and verdict.measured["flat_frames"] == 2


def test_a_dark_picture_is_a_picture() -> None:
    dark = clips.gained(clip_of("photograph"), [0.12] * 48)
    assert max(f.max() for f in dark) < 32
    assert judged("black", dark).ok
    stars = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    stars[::16, ::16] = 255
    assert judged("black", [stars] * 4).ok


def test_a_badge_does_not_hide_a_black_frame() -> None:
    badged = flat(0)
    badged[-12:, -24:] = 255
    assert where(judged("black", [*clip_of("shapes")[:5], badged])) == [(5, 5)]


# frozen


@CODED
@pytest.mark.parametrize("content", CONTENT)
def test_a_stop(content: str, coded: bool, tmp_path: Path) -> None:
    clip = clip_of(content)
    assert judged("frozen", stored(clip, coded, tmp_path)).ok
    stopped = [*clip[:20], *[clip[20]] * 15, *clip[21:34]]
    verdict = judged("frozen", stored(stopped, coded, tmp_path))
    assert verdict.ok is False and where(verdict) == [(20, 34)]
    assert verdict.measured["longest_stop_s"] == pytest.approx(15 / FPS)


def test_a_stop_at_the_end_and_a_hold_that_is_meant() -> None:
    clip = clip_of("photograph")
    assert where(judged("frozen", [*clip[:30], *[clip[30]] * 18])) == [(30, 47)]
    # it slows down, rests for a second, and speeds up
    way = np.concatenate([40 * np.sin(np.linspace(0, np.pi / 2, 36)), [40.0] * 24])
    way = np.concatenate([way, 40 + 40 * (1 - np.cos(np.linspace(0, np.pi / 2, 36)))])
    eased = [clips.camera("astronaut", 2, right=float(x))[0] for x in way]
    verdict = judged("frozen", eased)
    assert verdict.ok and verdict.measured["still_share"] > 0.2


def test_slow_motion_is_no_stop(tmp_path: Path) -> None:
    slow = clips.camera("astronaut", 48, right=0.1)
    assert judged("frozen", written(slow, tmp_path)).ok
    assert judged("frozen", clips.coded(slow, 30)).ok


def test_a_small_part_that_moves_is_motion() -> None:
    back = clip_of("photograph", 1)[0]
    frames = [cv2.circle(back.copy(), (40 + 2 * k, 70), 9, (250, 220, 30), -1) for k in range(48)]
    assert judged("frozen", frames).ok


def test_a_still() -> None:
    assert judged("frozen", clips.still(count=72)).ok is False
    assert judged("frozen", clips.still(count=30)).ok is None
    assert judged("frozen", clips.still(count=4)).ok is None
    assert judged("duplicate", clips.still(count=72)).ok is None


# duplicate


@CODED
@pytest.mark.parametrize("content", CONTENT)
def test_repeated_frames(content: str, coded: bool, tmp_path: Path) -> None:
    clip = clip_of(content)
    assert judged("duplicate", stored(clip, coded, tmp_path)).score == 1.0
    twice = judged("duplicate", stored([clip[k // 2 * 2] for k in range(48)], coded, tmp_path))
    assert twice.ok is False and twice.score == pytest.approx(0.5, abs=0.02)
    assert where(twice)[:3] == [(1, 1), (3, 3), (5, 5)]
    fifth = judged("duplicate", stored([clip[k * 4 // 5] for k in range(48)], coded, tmp_path))
    assert fifth.ok is False and where(fifth)[:2] == [(1, 1), (6, 6)]
    once = judged("duplicate", stored([*clip[:20], clip[19], *clip[21:]], coded, tmp_path))
    assert once.ok and where(once) == [(20, 20)]


def test_motion_that_rests_on_beats_repeats_nothing() -> None:
    way = np.cumsum([8 * np.sin(np.pi * (k % 12) / 12) ** 2 for k in range(48)])
    frames = [clips.camera("astronaut", 2, right=float(x))[0] for x in way]
    assert judged("duplicate", frames).score == 1.0


# cuts


@CODED
@pytest.mark.parametrize("content", ("photograph", "pattern", "pool"))
def test_a_cut(content: str, coded: bool, tmp_path: Path) -> None:
    clip, other = clip_of(content), clips.camera("coffee", 48, right=-1, down=0.6)
    assert judged("cuts", stored(clip, coded, tmp_path)).ok
    verdict = judged("cuts", stored([*clip[:33], *other[33:]], coded, tmp_path))
    assert verdict.ok is False and verdict.score == 0.5 and where(verdict) == [(33, 33)]


def test_cuts_between_loops_of_the_pool() -> None:
    loops = [clips.pool_loops()[k] for k in (3, 20, 40, 61, 80)]
    verdict = judged("cuts", [frame for loop in loops for frame in loop], 12)
    assert where(verdict) == [(8, 8), (16, 16), (24, 24), (32, 32)]


@pytest.mark.parametrize("length", (1, 3, 6))
def test_a_flash_is_no_cut(length: int) -> None:
    clip = clip_of("photograph")
    assert judged("cuts", [*clip[:20], *[flat(255)] * length, *clip[20 + length :]]).ok
    other = clips.camera("coffee", 48)
    through = judged("cuts", [*clip[:20], *[flat(255)] * length, *other[20 + length :]])
    assert {first for first, _ in where(through)} == {20, 20 + length}


@pytest.mark.parametrize("speed", (10, 40, 100, 140))
def test_a_whip_pan_is_no_cut(speed: int) -> None:
    pan = clips.camera("hubble_deep_field", 8, right=speed)
    assert judged("cuts", pan).ok
    assert judged("cuts", [cv2.blur(frame, (speed // 2, 1)) for frame in pan]).ok


def test_a_dissolve_and_a_fade_are_no_cuts() -> None:
    clip, other = clip_of("photograph"), clips.camera("coffee", 48)
    between = [cv2.addWeighted(clip[k], 1 - k / 47, other[k], k / 47, 0) for k in range(48)]
    short = [cv2.addWeighted(clip[20 + k], 0.8 - 0.2 * k, other[20 + k], 0.2 + 0.2 * k, 0) for k in range(4)]
    assert judged("cuts", between).ok
    assert judged("cuts", [*clip[:20], *short, *other[24:]]).ok
    assert judged("cuts", [*clips.faded(clip[:24], 1, 0), *clips.faded(other[24:], 0, 1)]).ok


# blur


@CODED
@pytest.mark.parametrize("content", ("photograph", "shapes", "pool"))
def test_blur_that_grows(content: str, coded: bool, tmp_path: Path) -> None:
    clip = clip_of(content, 72)
    assert judged("blur", stored(clip, coded, tmp_path)).ok
    soft = [cv2.GaussianBlur(f, (0, 0), max(0.05, 2.5 * k / 72)) for k, f in enumerate(clip)]
    verdict = judged("blur", stored(soft, coded, tmp_path))
    assert verdict.ok is False
    (first, last) = where(verdict)[0]
    # it is under the limit from a blur of 0.6 to 1.7 pixels on, and stays there
    assert 17 <= first <= 50 and last == 71


def test_what_is_soft_for_a_while_or_from_the_start() -> None:
    clip = clip_of("photograph", 72)
    racked = [cv2.GaussianBlur(f, (0, 0), 0.05 + 2 * np.sin(np.pi * k / 71) ** 2) for k, f in enumerate(clip)]
    assert judged("blur", racked).ok
    assert judged("blur", clips.plasma(48)).ok is not False
    assert judged("blur", [cv2.GaussianBlur(f, (0, 0), 6) for f in clip]).ok is not False
    assert judged("blur", clip[:12]).ok is None


# drift


def paler(frames: Sequence[Frame], last: float) -> Frames:
    out = []
    for k, frame in enumerate(frames):
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
        out.append(np.rint(grey + (frame - grey) * (1 + (last - 1) * k / (len(frames) - 1))).astype(np.uint8))
    return out


def tinted(frames: Sequence[Frame], amount: float) -> Frames:
    hue = np.array([40, 60, 255])
    shares = np.linspace(0, amount, len(frames))
    return [np.rint(f * (1 - u) + u * hue).astype(np.uint8) for f, u in zip(frames, shares, strict=True)]


@CODED
@pytest.mark.parametrize("content", CONTENT)
def test_colours_that_pale(content: str, coded: bool, tmp_path: Path) -> None:
    clip = clip_of(content, 72)
    assert judged("drift", stored(clip, coded, tmp_path)).ok
    verdict = judged("drift", stored(paler(clip, 0.4), coded, tmp_path))
    assert verdict.ok is False and "pale" in verdict.reason
    # 65 % of the colour is reached at frame 41; H.264 and the median of half a second come after it
    assert 36 <= where(verdict)[0][0] <= 62 and where(verdict)[0][1] == 71


@pytest.mark.parametrize("content", CONTENT)
def test_a_hue_that_takes_over_and_light_that_goes(content: str) -> None:
    clip = clip_of(content, 72)
    hue = judged("drift", tinted(clip, 0.4))
    assert hue.ok is False and ("blue" in hue.reason or "contrast" in hue.reason)
    dark = judged("drift", clips.faded(clip, 1.0, 0.5))
    assert dark.ok is False and ("darker" in dark.reason or "fades" in dark.reason)


@pytest.mark.parametrize("content", CONTENT)
def test_light_that_pulses_does_not_drift(content: str) -> None:
    clip = clip_of(content, 72)
    assert judged("drift", clips.pulsed(clip, 12, 0.4)).ok
    assert judged("drift", clips.breathing(clip, 36, 0.2)).ok


def test_a_camera_that_moves_to_the_dark_does_not_drift() -> None:
    picture = clips.photograph("rocket")
    pan = [np.ascontiguousarray(picture[k : k + HEIGHT, 180 : 180 + WIDTH]) for k in range(10, 250, 3)]
    light = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY).mean() for f in (pan[0], pan[-1])]
    assert abs(light[1] - light[0]) > 25
    assert judged("drift", pan).ok


# loop


def test_loops_of_the_pool_close() -> None:
    for loop in clips.pool_loops()[::20]:
        assert judged("loop", loop, 12, loop=True).ok
        cut = judged("loop", loop[:6], 12, loop=True)
        assert cut.ok is False and where(cut) == [(0, 0), (5, 5)]
        assert judged("loop", [*loop, loop[0]], 12, loop=True).score < 0.8


@CODED
def test_a_seam(coded: bool, tmp_path: Path) -> None:
    turns = 2 * np.pi * np.arange(48) / 48
    circle = [clips.camera("astronaut", 2, right=20 * np.sin(t), down=20 * np.cos(t))[0] for t in turns]
    pan = clip_of("photograph")
    there = [*pan[:24], *pan[22:0:-1]]
    for loop in (circle, there, clips.plasma(50), clips.pulsed(circle, 12, 0.4)):
        assert judged("loop", stored(loop, coded, tmp_path), loop=True).ok
    for open_end in (circle[:45], pan, clips.plasma(50)[:44]):
        assert judged("loop", stored(open_end, coded, tmp_path), loop=True).ok is False
    halting = judged("loop", stored([*circle, circle[0]], coded, tmp_path), loop=True)
    assert halting.ok is False and "halts" in halting.reason
    assert judged("loop", pan).ok is None


# flash


def levels(hertz: float, fps: int, low: int, high: int, seconds: float = 3) -> list[int]:
    return [high if int(2 * hertz * k / fps + 1e-9) % 2 else low for k in range(round(seconds * fps))]


@pytest.mark.parametrize("fps", (12, 24, 25, 30, 60))
def test_four_flashes_a_second_fail_and_three_pass(fps: int) -> None:
    assert judged("flash", [flat(v) for v in levels(3, fps, 30, 230)], fps).score == 1.0
    verdict = judged("flash", [flat(v) for v in levels(4, fps, 30, 230)], fps)
    assert verdict.ok is False and verdict.measured["flashes_per_s"] == 4
    assert judged("flash", [flat(v) for v in levels(fps / 2, fps, 30, 230)], fps).score < 0.6


def test_the_span_of_a_flicker() -> None:
    clip = clips.camera("coffee", 120, right=0.5)
    lit = [f if not 36 <= k < 84 or (k - 36) % 6 >= 3 else flat(250) for k, f in enumerate(clip)]
    verdict = judged("flash", lit)
    assert verdict.ok is False and where(verdict) == [(36, 81)]
    assert judged("flash", clip).score == 1.0


@pytest.mark.parametrize("share, ok", ((0.1, True), (0.2, True), (0.35, False)))
def test_the_area_counts(share: float, ok: bool) -> None:
    frames = []
    for level in levels(5, 24, 0, 255):
        frame = flat(60)
        frame[:, : round(WIDTH * share)] = level
        frames.append(frame)
    assert judged("flash", frames).ok is ok


def test_red() -> None:
    on = levels(5, 24, 0, 1)
    # as bright as each other, or too dark to be a general flash
    for red, other in (((150, 0, 0), (40, 85, 40)), ((120, 0, 0), (0, 0, 0))):
        verdict = judged("flash", [flat(red if k else other) for k in on])
        assert verdict.ok is False and verdict.measured["flashes_of_red_per_s"] == 5
        assert verdict.measured["flashes_per_s"] == 0
    for blue, other in (((0, 0, 200), (40, 40, 40)), ((0, 0, 150), (0, 0, 0))):
        assert judged("flash", [flat(blue if k else other) for k in on]).ok


def test_what_does_not_flash() -> None:
    assert judged("flash", [flat(v) for v in levels(5, 24, 20, 80)]).ok  # dark grey
    assert judged("flash", [flat(v) for v in levels(5, 24, 235, 255)]).ok  # both lighter than 0.8
    slow = 127.5 - 127.5 * np.cos(np.pi * np.arange(96) / 24)
    assert judged("flash", [flat(round(v)) for v in slow]).ok
    for bpm in (120, 174):
        assert judged("flash", clips.pulsed(clip_of("photograph", 72), round(60 / bpm * FPS), 0.6)).ok


def stripes(hertz: float, fps: int) -> Frames:
    """Black and white, 64 pixels wide, passing by."""
    x = np.arange(WIDTH) / 64
    rows = [np.where(np.sin(2 * np.pi * (x - hertz * k / fps)) > 0, 235, 20) for k in range(3 * fps)]
    return [np.repeat(np.tile(row.astype(np.uint8), (HEIGHT, 1))[..., None], 3, axis=2) for row in rows]


@pytest.mark.parametrize("hertz", (4, 6, 8))
def test_motion_does_not_flash_but_a_board_that_is_inverted_does(hertz: int) -> None:
    assert judged("flash", stripes(hertz, 24)).ok
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for size, ok in ((16, False), (2, True)):
        board = ((x // size + y // size) % 2).astype(bool)
        frames = [np.repeat(np.where(board ^ bool(v), 220, 20)[..., None], 3, 2) for v in levels(hertz, 24, 0, 1)]
        assert judged("flash", [f.astype(np.uint8) for f in frames]).ok is ok


def test_the_core_runs_frame_by_frame() -> None:
    flashes = Flashes(30)
    counts = [flashes.see(np.full((9, 16), v / 255, np.float32)) for v in levels(5, 30, 0, 255, 2)]
    assert max(counts) == 10
    assert next(k for k, n in enumerate(counts) if n > MOST) == 7 * 3 + flashes.late


def test_a_single_flash_more_in_another_second() -> None:
    """Four in 1.2 s are three in any one second; in 0.6 s they are too many."""
    for gap, ok in ((9, True), (4, False)):
        at = {10 + gap * k for k in range(4)}
        assert judged("flash", [flat(255 if k in at else 40) for k in range(72)]).ok is ok


# what they share


def test_marks() -> None:
    assert [(s.first, s.last, s.score) for s in spans({3: 0.5, 4: 0.2, 9: 0.7})] == [(3, 4, 0.2), (9, 9, 0.7)]
    line: NDArray[np.float64] = np.linspace(0, 1, 80)
    assert one_way(line) == pytest.approx(1) and one_way(np.cos(2 * np.pi * line)) < 0.1


def test_all_loops_of_the_pool_are_sound() -> None:
    for name in ("black", "frozen", "duplicate", "flash", "cuts"):
        for number, loop in enumerate(islice(clips.pool_loops(), 0, None, 6)):
            assert judged(name, loop, 12, loop=True).ok is not False, (name, number)


def test_nothing_to_see() -> None:
    for name in ("black", "frozen", "duplicate", "blur", "drift", "loop", "flash", "cuts"):
        for frames in ([], [flat(100)]):
            verdict = judged(name, frames, loop=True)
            assert verdict.name == name and (verdict.ok is None) == (verdict.score is None)
