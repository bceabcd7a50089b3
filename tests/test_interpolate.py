"""Flow, scene cuts and the frames between frames, against clips whose every frame is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from engine.pipelines.interpolate import evenly, interpolate
from engine.vision.cuts import is_cut
from engine.vision.flow import both, consistent, flow, flows, warp, warped_error
from vj.core.errors import MediaError, VjError
from vj.files.video import frames, probe, timed
from vj.studio.jobs.interpolate import interpolate as interpolate_file
from vj.studio.output import Options

Frame = NDArray[np.uint8]
SIDE = 160
QUIET = Options(quiet=True)


def shot(picture: Frame, zoom: float = 1.0, turn: float = 0.0, right: float = 0.0, side: int = SIDE) -> Frame:
    """A camera over a photograph."""
    height, width = picture.shape[:2]
    m = cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom)
    m[:, 2] += (side / 2 - width / 2 - right, side / 2 - height / 2)
    return cv2.warpAffine(picture, m, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def zooming(count: int = 7) -> list[Frame]:
    return [shot(data.astronaut(), 0.7 * 1.012**i, 0.8 * i) for i in range(count)]


def blobs(count: int = 7) -> list[Frame]:
    """Textured discs that cross a photograph and each other."""
    back, skin = cv2.resize(data.coffee(), (SIDE, SIDE)) // 2, data.chelsea()
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    discs = [((40, 50), (3, 1), 20), ((110, 60), (-2, 2.5), 16), ((80, 120), (2.5, -2), 24), ((60, 90), (-1, -3), 14)]
    out = []
    for i in range(count):
        picture = back.astype(np.float32)
        for number, (start, speed, radius) in enumerate(discs):
            cx, cy = start[0] + speed[0] * i, start[1] + speed[1] * i
            inside = np.clip(radius - np.hypot(x - cx, y - cy) + 0.5, 0, 1)[..., None]
            painted = cv2.remap(skin, x - cx + 90 + 40 * number, y - cy + 120, cv2.INTER_CUBIC)
            picture = picture * (1 - inside) + inside * painted
        out.append(np.rint(picture).astype(np.uint8))
    return out


def plasma(count: int = 7) -> list[Frame]:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    out = []
    for i in range(count):
        t = 0.05 * i
        red = np.sin(6 * x + 3 * t) + np.sin(7 * y - 2.3 * t) + np.sin(5 * (x + y) + 2 * t)
        green = np.sin(5 * x - 2 * t) + np.sin(8 * y + t) + np.sin(9 * np.hypot(x - 0.5, y - 0.4) - 3 * t)
        blue = np.sin(4 * y + 2.2 * t) + np.sin(6 * (x - y) - 1.7 * t) + np.sin(7 * x + t)
        out.append(np.rint(127.5 + 42.5 * np.stack([red, green, blue], axis=-1)).astype(np.uint8))
    return out


def psnr(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    return float(10 * np.log10(255**2 / (1e-9 + np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2))))


def gain(clip: Sequence[Frame]) -> float:
    """dB over the plain blend, in the same run: every second frame is left out and made again."""
    out = list(interpolate(evenly(clip[::2], Fraction(12)), Fraction(24)))
    inner = range(1, len(clip) - 1, 2)
    ours = [psnr(out[i], clip[i]) for i in inner]
    blend = [psnr(np.rint((clip[i - 1].astype(float) + clip[i + 1]) / 2), clip[i]) for i in inner]
    return float(np.mean(ours) - np.mean(blend))


def test_flow_follows_a_shift_and_comes_back() -> None:
    a = shot(data.astronaut())
    b = shot(data.astronaut(), right=-3.5)
    forward, backward = both(a, b)
    inner = forward[20:-20, 20:-20]
    assert np.abs(np.median(inner, axis=(0, 1)) - (3.5, 0.0)).max() < 0.1
    assert consistent(forward, backward)[20:-20, 20:-20].mean() > 0.9
    assert psnr(warp(b, forward, sharp=True)[20:-20, 20:-20], a[20:-20, 20:-20]) > 35
    assert np.array_equal(flows([(a, b)])[0], forward)


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (31, 500), (65, 33)])
def test_nothing_moves_at_any_size(size: tuple[int, int]) -> None:
    a = np.ascontiguousarray(data.astronaut()[: size[0], : size[1]])
    assert not flow(a, a).any()
    assert np.array_equal(warp(a, flow(a, a)), a)
    assert warped_error(a, a) == 0.0


def test_flow_between_sizes_is_refused() -> None:
    with pytest.raises(ValueError, match="flow between 4x3 and 5x3"):
        flow(np.zeros((3, 4, 3), np.uint8), np.zeros((3, 5, 3), np.uint8))


def test_warped_error_sees_flicker_and_not_motion() -> None:
    clean = [shot(data.astronaut(), right=2 * i) for i in range(4)]
    flickering = [np.clip(f * (1.04 if i % 2 else 0.96), 0, 255).astype(np.uint8) for i, f in enumerate(clean)]
    still, broken = (np.mean([warped_error(a, b) for a, b in pairwise(clip)]) for clip in (clean, flickering))
    assert still < 2.0 and broken > 2.5 * still
    assert np.mean([np.abs(a.astype(float) - b).mean() for a, b in pairwise(clean)]) > 5 * still


PHOTOGRAPHS = {
    "astronaut": data.astronaut,
    "coffee": data.coffee,
    "cat": data.chelsea,
    "rocket": data.rocket,
    "camera": lambda: cv2.cvtColor(data.camera(), cv2.COLOR_GRAY2RGB),
    "coins": lambda: cv2.cvtColor(data.coins(), cv2.COLOR_GRAY2RGB),
    "moon": lambda: cv2.cvtColor(data.moon(), cv2.COLOR_GRAY2RGB),
    "plasma": lambda: plasma(1)[0],
    "black": lambda: np.zeros((90, 160, 3), np.uint8),
    "white": lambda: np.full((90, 160, 3), 255, np.uint8),
}


def test_every_two_photographs_are_a_cut() -> None:
    pictures = {name: cv2.resize(made(), (320, 240)) for name, made in PHOTOGRAPHS.items()}
    names = sorted(pictures)
    missed = [(a, b) for a in names for b in names if a != b and not is_cut(pictures[a], pictures[b])]
    assert missed == []


def test_motion_zoom_fades_noise_and_swirls_are_no_cuts() -> None:
    a = shot(data.coffee(), 0.8, side=240)
    noise = np.random.default_rng(0).normal(0, 20, a.shape)
    swirl = plasma(4)
    assert not is_cut(a, a)
    assert not is_cut(a, shot(data.coffee(), 0.8, right=30, side=240)), "a fast pan"
    assert not is_cut(a, shot(data.coffee(), 0.88, side=240)), "a fast zoom"
    assert not is_cut(a, shot(data.coffee(), 0.8, 8, side=240)), "a fast turn"
    assert not is_cut(a, (a * 0.6).astype(np.uint8)), "a fade"
    assert not is_cut(a, np.clip(a + noise, 0, 255).astype(np.uint8)), "noise"
    assert not is_cut(a, cv2.addWeighted(a, 0.7, shot(data.chelsea(), side=240), 0.3, 0)), "a dissolve"
    assert not is_cut(swirl[0], swirl[3]), "a swirl"


@pytest.mark.parametrize(("clip", "least"), [(zooming, 6.0), (blobs, 4.0), (plasma, -0.3)])
def test_gain_over_the_blend(clip: object, least: float) -> None:
    assert callable(clip)
    assert gain(clip()) >= least


@pytest.mark.parametrize(("rate", "speed"), [("24", "1"), ("60", "1"), ("30000/1001", "1"), ("24", "1/4"), ("24", "3")])
def test_source_frames_pass_untouched_at_any_rate(rate: str, speed: str) -> None:
    clip, fps, pace = zooming(5), Fraction(rate), Fraction(speed)
    out = list(interpolate(evenly(clip, Fraction(12)), fps, pace))
    places = [n * pace / fps * 12 for n in range(len(out))]
    assert len(out) == len([n for n in range(1000) if n * pace / fps < Fraction(5, 12)])
    hits = [(n, int(place)) for n, place in enumerate(places) if place.denominator == 1]
    assert (0, 0) in hits
    assert all(np.array_equal(out[n], clip[k]) for n, k in hits)
    between = [n for n, place in enumerate(places) if 0.01 < place % 1 < 0.99 and place < 4]
    assert not any(np.array_equal(out[n], clip[int(places[n])]) for n in between)
    assert all(np.array_equal(out[n], clip[4]) for n, place in enumerate(places) if place >= 4)


def test_an_hour_has_no_drift() -> None:
    dot = np.zeros((1, 1, 3), np.uint8)
    hour = 3600 * 2
    source = ((Fraction(1001 * n, 2000), dot) for n in range(hour))
    assert sum(1 for _ in interpolate(source, Fraction(3))) == -(-hour * 1001 * 3 // 2000)


def test_uneven_times_become_even_motion() -> None:
    """A camera that moves 60 pixels a second, seen at uneven times, then at 12 even ones."""
    times = [Fraction(n, 24) for n in (0, 1, 4, 5, 7, 8)]
    source = [(t, shot(data.astronaut(), right=60 * float(t))) for t in times]
    out = list(interpolate(source, Fraction(12)))
    for n, frame in enumerate(out[:4]):
        assert psnr(frame[20:-20, 20:-20], shot(data.astronaut(), right=5.0 * n)[20:-20, 20:-20]) > 30, n


def test_times_in_whole_milliseconds_still_hit() -> None:
    clip = zooming(5)
    rounded = [(Fraction(round(1000 * n / 23.976), 1000), frame) for n, frame in enumerate(clip)]
    out = list(interpolate(rounded, Fraction(24000, 1001)))
    assert [np.array_equal(a, b) for a, b in zip(out, clip, strict=True)] == [True] * 5


def test_nothing_is_blended_across_a_cut() -> None:
    first = [shot(data.coffee(), right=3 * i) for i in range(3)]
    second = [shot(data.astronaut(), right=3 * i) for i in range(3)]
    out = list(interpolate(evenly(first + second, Fraction(8)), Fraction(32)))
    assert [np.array_equal(f, first[2]) for f in out[8:12]] == [True, True, False, False]
    assert [np.array_equal(f, second[0]) for f in out[8:13]] == [False, False, True, True, True]
    alone = list(interpolate(evenly(first, Fraction(8)), Fraction(32)))
    assert all(np.array_equal(a, b) for a, b in zip(out[:8], alone[:8], strict=True)), "what follows is not looked at"


def test_a_loop_is_closed() -> None:
    """A picture that swings: the step over the seam is as large as the others, not none and not double."""
    clip = [shot(data.astronaut(), turn=8 * np.sin(2 * np.pi * i / 6)) for i in range(6)]
    out = list(interpolate(evenly(clip, Fraction(6)), Fraction(24), loop=True))
    assert len(out) == 24
    steps = [np.abs(a.astype(float) - b).mean() for a, b in zip(out, [*out[1:], out[0]], strict=True)]
    assert max(steps[20:]) <= 1.1 * max(steps[:20])
    middle = shot(data.astronaut(), turn=8 * np.sin(2 * np.pi * 5.5 / 6))
    assert psnr(out[22], middle) > psnr(out[20], middle) + 6
    open_end = list(interpolate(evenly(clip, Fraction(6)), Fraction(24)))
    assert all(np.array_equal(f, clip[5]) for f in open_end[20:])


def test_few_frames_are_held_and_one_or_none_will_do() -> None:
    pulled = 0

    def source() -> Iterator[tuple[Fraction, Frame]]:
        nonlocal pulled
        for n in range(40):
            pulled += 1
            yield Fraction(n, 10), np.full((8, 8, 3), n, np.uint8)

    for number, _ in enumerate(interpolate(source(), Fraction(20))):
        assert pulled <= number // 2 + 4
    one = np.full((8, 8, 3), 9, np.uint8)
    assert [f.tolist() for f in interpolate([(Fraction(0), one)], Fraction(5))] == [one.tolist()]
    assert list(interpolate([], Fraction(5))) == []


def test_going_on_gives_the_same_frames() -> None:
    clip = zooming(5)
    whole = list(interpolate(evenly(clip, Fraction(10)), Fraction(25)))
    rest = list(interpolate(evenly(clip, Fraction(10)), Fraction(25), skip=6))
    assert [a.tobytes() for a in rest] == [a.tobytes() for a in whole[6:]]


def test_what_makes_no_sense_is_refused() -> None:
    dot = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="must go up"):
        list(interpolate([(Fraction(1), dot), (Fraction(1), dot)], Fraction(5)))
    with pytest.raises(ValueError, match="above 0"):
        list(interpolate([], Fraction(0)))
    with pytest.raises(ValueError, match="above 0"):
        list(interpolate([], Fraction(5), Fraction(-1)))


def write(path: Path, pictures: Sequence[Frame], times: Sequence[Fraction], sound: bool = False) -> Path:
    """A lossless video with frames at these times, and a tone."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264rgb", rate=24)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.options = "rgb24", {"crf": "0", "preset": "ultrafast"}
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90000)
        tone = file.add_stream("aac", rate=48000, layout="stereo") if sound else None
        for picture, at in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = int(at * 90000), Fraction(1, 90000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if tone is not None:
            wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000, dtype=np.float32)
            block = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
            block.sample_rate = 48000
            file.mux(tone.encode(block))
            file.mux(tone.encode(None))
    return path


def test_a_file_with_a_cut_an_odd_size_and_sound(tmp_path: Path) -> None:
    clip = [shot(data.coffee(), right=2 * i)[:91, :121] for i in range(4)]
    clip += [shot(data.astronaut(), right=2 * i)[:91, :121] for i in range(4)]
    source = write(tmp_path / "in.mkv", clip, [Fraction(n, 24) for n in range(8)], sound=True)
    made = interpolate_file(source, tmp_path / "out.mp4", Options(fps=60, quiet=True))
    assert (made.frames, made.size, made.fps, made.sound) == (20, (120, 90), 60.0, True)
    info = probe(tmp_path / "out.mp4")
    assert info.sound and info.size == (120, 90) and abs(info.fps - 60) < 0.1
    seen = list(frames(tmp_path / "out.mp4"))
    level = [float(f.mean()) for f in seen]
    assert len(seen) == 20 and min(level[:9]) > 140 and max(level[9:]) < 70, "two shots, and nothing in between"
    again = interpolate_file(source, tmp_path / "again.mp4", Options(fps=60, quiet=True))
    assert again.sha256 == made.sha256


def test_a_file_of_uneven_rate_slowed_down(tmp_path: Path) -> None:
    times = [Fraction(n, 24) for n in (0, 1, 4, 5, 7, 8)]
    clip = [shot(data.astronaut(), right=60 * float(t)) for t in times]
    source = write(tmp_path / "in.mp4", clip, times, sound=True)
    assert [t for t, _ in timed(source)] == times
    made = interpolate_file(source, tmp_path / "out.mp4", Options(fps=24, seconds=0.6, quiet=True), speed=0.5)
    assert (made.frames, made.sound) == (14, False), "the sound is kept at speed 1 only"
    for n, frame in enumerate(frames(tmp_path / "out.mp4")):
        right = shot(data.astronaut(), right=60 * n / 48)
        assert psnr(frame[20:-20, 20:-20], right[20:-20, 20:-20]) > 27, n


def test_files_and_speeds_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(VjError, match=r"speed 0 -- 0\.01 to 100"):
        interpolate_file(tmp_path / "in.mp4", tmp_path / "out.mp4", QUIET, speed=0.0)
    with pytest.raises(MediaError, match="no such video"):
        interpolate_file(tmp_path / "in.mp4", tmp_path / "out.mp4", QUIET)
