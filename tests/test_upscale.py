"""Larger frames from those around them, against clips whose large frames are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from engine.pipelines.upscale import doubled, doublings, fitted, upscaled
from vj.core.errors import MediaError, VjError
from vj.core.paths import ROOT
from vj.files.video import frames, probe
from vj.studio.jobs.upscale import upscale
from vj.studio.output import Options

Frame = NDArray[np.uint8]
AGREED = "Eileen Collins, a test, 2026-01-31"
"""the photograph that is moved about shows her"""
QUIET = Options(quiet=True, consent=AGREED)


def panned(picture: Frame, count: int = 5, side: int = 192) -> list[Frame]:
    """A camera that drifts by parts of pixels over a photograph."""
    moves = [np.array([[1, 0, -70 - 1.37 * i], [0, 1, -30 - 0.73 * i]], np.float32) for i in range(count)]
    return [cv2.warpAffine(picture, m, (side, side), flags=cv2.INTER_CUBIC) for m in moves]


def small(frame: Frame) -> Frame:
    size = frame.shape[1] // 2, frame.shape[0] // 2
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def bicubic(frame: Frame) -> Frame:
    size = 2 * frame.shape[1], 2 * frame.shape[0]
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def psnr(a: Frame, b: Frame) -> float:
    inner = (slice(8, -8), slice(8, -8))
    return float(10 * np.log10(255**2 / (1e-9 + np.mean((a[inner].astype(np.float64) - b[inner]) ** 2))))


@cache
def measured(radius: int, noise: float = 0.0) -> float:
    """dB of the middle frame; radius -1: bicubic."""
    large = panned(data.astronaut())
    rough = np.random.default_rng(0).normal(0, noise, (5, 96, 96, 3))
    seen = [np.clip(np.rint(small(f) + r), 0, 255).astype(np.uint8) for f, r in zip(large, rough, strict=True)]
    return psnr(bicubic(seen[2]) if radius < 0 else list(doubled(seen, radius))[2], large[2])


def test_every_neighbour_adds_detail() -> None:
    assert measured(0) > measured(-1) + 0.3
    assert measured(1) > measured(0) + 1.0
    assert measured(2) > measured(1)
    assert measured(2) >= measured(-1) + 1.5


def test_noise_is_not_taken_for_detail() -> None:
    assert measured(2, noise=4.0) >= measured(-1, noise=4.0) + 1.5


@pytest.mark.parametrize("entry", [1, 8, 40])
def test_dreams_without_fine_detail_are_not_made_worse(entry: int) -> None:
    """Loops of the house pool: smooth and fast, so that neighbours have little to give and much to spoil."""
    clip = list(islice(frames(ROOT / "latent_pools" / "house" / "pool.mp4"), 8 * entry, 8 * entry + 5))
    out = list(doubled([small(f) for f in clip], 2))
    assert psnr(out[2], clip[2]) > psnr(bicubic(small(clip[2])), clip[2])


def test_a_still_clip_is_as_one_frame_alone() -> None:
    still = [small(data.coffee()[:160, :200])] * 4
    for frame in doubled(still, 2):
        assert psnr(frame, next(iter(doubled(still[:1], 0)))) > 45


def test_flat_stays_flat() -> None:
    flat = [np.full((20, 30, 3), (200, 30, 90), np.uint8)] * 3
    assert all((frame == (200, 30, 90)).all() for frame in doubled(flat, 1))


def test_nothing_is_taken_across_a_cut() -> None:
    first, second = ([small(f) for f in panned(picture, 3)] for picture in (data.astronaut(), data.coffee()))
    whole = list(doubled(first + second, 2))
    apart = [*doubled(first, 2), *doubled(second, 2)]
    assert [a.tobytes() for a in whole] == [a.tobytes() for a in apart]


def test_what_does_not_fit_is_left_out() -> None:
    """Neighbours in which a bright square covers a part: there the frame is as good as alone, not torn."""
    clip = [small(f) for f in panned(data.astronaut(), 3)]
    covered = [clip[0].copy(), clip[1], clip[2].copy()]
    for frame in (covered[0], covered[2]):
        frame[30:60, 30:60] = (255, 0, 255)
    part = (slice(70, 110), slice(70, 110))
    whole, alone = list(doubled(covered, 1))[1], list(doubled(clip, 0))[1]
    assert np.abs(whole[part].astype(float) - alone[part]).mean() < 2.0
    blind = np.mean([bicubic(frame)[part].astype(float) for frame in covered], axis=0)
    assert np.abs(blind - alone[part]).mean() > 40


@pytest.mark.parametrize("side", [(1, 1), (2, 5), (31, 17), (33, 40)])
def test_any_size_is_doubled(side: tuple[int, int]) -> None:
    clip = [np.ascontiguousarray(data.coffee()[i : i + side[0], : side[1]]) for i in range(3)]
    assert [f.shape for f in doubled(clip, 2)] == [(2 * side[0], 2 * side[1], 3)] * 3


def test_sizes_between_and_beyond() -> None:
    assert [doublings(512, 288, s) for s in ((512, 288), (256, 144), (1024, 576), (1920, 1080), (2048, 1152))] == [
        0,
        0,
        1,
        2,
        2,
    ]
    clip = [small(f) for f in panned(data.astronaut(), 3)]
    for size, most in (((300, 200), 2), ((384, 384), 2), ((384, 384), 1), ((50, 40), 1)):
        out = list(upscaled(clip, size, 1, 2, most))
        assert [f.shape for f in out] == [(size[1], size[0], 3)] * 3
    assert list(upscaled([], (10, 10))) == []


def test_fitting_fills_and_cuts_the_middle() -> None:
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 250
    middle = fitted(wide, (80, 80))
    assert middle.shape == (80, 80, 3) and middle[:, 4:-4].min() >= 247
    assert fitted(wide, (120, 40)) is wide


def test_four_times_beats_bicubic() -> None:
    large = panned(data.astronaut(), 5, 256)
    tiny = [small(small(f)) for f in large]
    out = list(upscaled(tiny, (256, 256), 2, 5, 2))
    assert psnr(out[2], large[2]) > psnr(bicubic(bicubic(tiny[2])), large[2]) + 0.7


def test_few_frames_are_held() -> None:
    pulled = 0

    def source() -> Iterator[Frame]:
        nonlocal pulled
        for n in range(30):
            pulled += 1
            yield np.full((8, 8, 3), 5 * n, np.uint8)

    for number, _ in enumerate(doubled(source(), 2)):
        assert pulled <= number + 3


def test_what_makes_no_sense_is_refused() -> None:
    for radius, rounds in ((-1, 3), (5, 3), (1, 0), (1, 21)):
        with pytest.raises(ValueError, match="must be"):
            list(upscaled([], (10, 10), radius, rounds))


def write(path: Path, pictures: Sequence[Frame]) -> Path:
    """A lossless video at 10 frames a second, with a tone."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264rgb", rate=10)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.options = "rgb24", {"crf": "0", "preset": "ultrafast"}
        tone = file.add_stream("aac", rate=48000, layout="stereo")
        for n, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(24000) / 48000, dtype=np.float32)
        block = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        block.sample_rate = 48000
        file.mux(tone.encode(block))
        file.mux(tone.encode(None))
    return path


def test_a_file_of_odd_size_with_sound(tmp_path: Path) -> None:
    large = [f[:182, :] for f in panned(data.astronaut(), 5)]
    source = write(tmp_path / "in.mp4", [small(f)[:91, :95] for f in large])
    made = upscale(source, tmp_path / "out.mp4", QUIET)
    assert (made.frames, made.size, made.fps, made.sound) == (5, (190, 182), 10.0, True)
    assert probe(tmp_path / "out.mp4").sound
    seen = list(frames(tmp_path / "out.mp4"))
    plain = bicubic(next(iter(frames(source))))
    assert psnr(seen[2], large[2][:, :190]) > psnr(bicubic(small(large[2]))[:, :190], large[2][:, :190])
    assert plain.shape == seen[0].shape
    assert upscale(source, tmp_path / "again.mp4", QUIET).sha256 == made.sha256


def test_any_size_and_part_of_the_length(tmp_path: Path) -> None:
    source = write(tmp_path / "in.mp4", [small(f) for f in panned(data.coffee(), 6, 128)])
    made = upscale(source, tmp_path / "out.mp4", replace(QUIET, size=(200, 100), seconds=0.3), radius=0)
    assert (made.frames, made.size) == (3, (200, 100))


def test_going_on_gives_the_same_frames(tmp_path: Path) -> None:
    clip = [small(f) for f in panned(data.coffee(), 26, 64)]
    source, out = write(tmp_path / "in.mp4", clip), tmp_path / "out.mp4"
    upscale(source, out, QUIET)
    whole = list(frames(out))
    cut = out.read_bytes()[: int(0.9 * out.stat().st_size)]
    (tmp_path / "out.part.mp4").write_bytes(cut)
    made = upscale(source, out, replace(QUIET, resume=True))
    assert made.frames == 26 and made.sha256 == "", "some were taken over"
    assert all(psnr(a, b) > 35 for a, b in zip(frames(out), whole, strict=True))


def test_options_and_files_that_are_none(tmp_path: Path) -> None:
    source = write(tmp_path / "in.mp4", [np.zeros((1200, 2050, 3), np.uint8)])
    with pytest.raises(VjError, match=r"factor 3 -- 2 or 4; --size WxH makes any size"):
        upscale(source, tmp_path / "out.mp4", QUIET, factor=3)
    with pytest.raises(VjError, match="radius 9"):
        upscale(source, tmp_path / "out.mp4", QUIET, radius=9)
    with pytest.raises(VjError, match="8200x4800 is too large"):
        upscale(source, tmp_path / "out.mp4", QUIET, factor=4)
    with pytest.raises(MediaError, match="no such video"):
        upscale(tmp_path / "none.mp4", tmp_path / "out.mp4", QUIET)
    assert not (tmp_path / "out.mp4").exists()
