"""The invisible watermark: what goes in comes out after coding, scaling, cropping; nothing out of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from vj.core.errors import MediaError
from vj.files.media import MovieSettings, MovieWriter
from vj.labels.convolution import coded_length, crc24, decode, encode
from vj.labels.watermark import LEAST, LENGTH, Marker, busy, grid, mark_picture
from vj.labels.watermark_read import read

SIZE = (640, 400)
PAYLOADS = (bytes(7), bytes([0, 1, 2, 3, 4, 5, 250]), bytes([3, *b"\xff" * 6]))


def picture(number: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Moving waves with some grain, as a shader draws them."""
    y, x = (axis / size[1] for axis in np.mgrid[0 : size[1], 0 : size[0]])
    wave = np.sin(9 * x + 0.1 * number) + np.sin(7 * y - 0.07 * number) + np.sin(25 * np.hypot(x - 0.8, y - 0.5))
    grain = np.random.default_rng(number).normal(0, 2, (size[1], size[0], 1))
    colours = np.stack([120 + 90 * np.sin(1.5 * wave + 2 * k) for k in range(3)], -1)
    return np.clip(colours + grain, 0, 255).astype(np.uint8)


def film(path: Path, mark: bytes, frames: int = 30, **settings: object) -> Path:
    writer = MovieWriter(path, replace(MovieSettings(SIZE, 30.0, 0, mark=mark), **settings))  # type: ignore[arg-type]
    for number in range(frames):
        writer.video(picture(number), number / 30)
    writer.close()
    return path


def frames_of(path: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as container:
        yield from container.decode(video=0)


def coded_again(source: Path, out: Path, size: tuple[int, int], bit_rate: int, crop: int = 0) -> Path:
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *size, "yuv420p", bit_rate
        stream.options = {"preset": "veryfast"}
        for number, frame in enumerate(frames_of(source)):
            if crop:
                inner = frame.to_ndarray(format="rgb24")[crop:-crop, crop * 8 // 5 : -crop * 8 // 5]
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(inner), format="rgb24")
            frame = frame.reformat(*size, "yuv420p")
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, 30), 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("film") / "märked.mp4", PAYLOADS[1])


def test_crc_is_that_of_the_rfc() -> None:
    assert crc24(b"123456789") == 0x21CF02  # the check value of CRC-24/OPENPGP


def test_code_mends_a_tenth_of_wrong_bits_and_noise_is_no_message() -> None:
    rng, code = np.random.default_rng(1), np.where(encode(PAYLOADS[1]), 1.0, -1.0)
    assert len(code) == coded_length(LENGTH) == 264
    assert decode(code, LENGTH) == PAYLOADS[1]
    for _ in range(20):
        soft = code.copy()
        soft[rng.choice(len(code), 26, replace=False)] *= -1
        assert decode(soft, LENGTH) == PAYLOADS[1]
    assert all(decode(rng.normal(size=264), LENGTH) is None for _ in range(100))
    assert decode(np.zeros(264), LENGTH) is None and decode(np.full(264, -1.0), LENGTH) is None


def test_cells_are_the_same_on_every_machine() -> None:
    place = grid(80, 45)
    assert place.sign[0, :8].tolist() == [1, 1, 1, -1, 1, 1, -1, 1]
    assert place.bit[0, :4].tolist() == [
        179,
        289,
        292,
        205,
    ]
    counts = np.bincount(place.bit.ravel())
    assert counts.min() >= 11 and counts.max() <= 12
    assert np.bincount(place.bit.ravel(), place.thin.ravel()).min() >= 2  # every bit is there in smooth parts


@pytest.mark.parametrize("value", [0, 16, 128, 235, 255])
def test_brightness_changes_by_one_or_two_and_never_wraps(value: int) -> None:
    for size, most in (((960, 540), 1), ((320, 200), 2)):
        frame = av.VideoFrame.from_ndarray(np.full((*size[::-1], 3), value, np.uint8), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        before = frame.to_ndarray().astype(int)
        Marker(PAYLOADS[1], size).mark(frame)
        change = frame.to_ndarray() - before
        assert 0 < abs(change[: size[1]]).max() <= most
        assert not change[size[1] :].any()  # colour is as it was
        assert abs(change[: size[1]].mean()) < 0.01


def test_smooth_is_told_from_busy() -> None:
    slope, rng = (np.add.outer(np.arange(180), np.arange(320)) // 3).astype(np.uint8), np.random.default_rng(0)
    assert not busy(slope).any() and not busy(np.zeros((180, 320), np.uint8)).any()
    assert busy(rng.integers(0, 255, (180, 320)).astype(np.uint8)).mean() > 0.95


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_recording_carries_its_payload(tmp_path: Path, payload: bytes) -> None:
    found = read(film(tmp_path / "a.mp4", payload, 10))
    assert found and found.payload == payload and found.ber < 0.1 and found.confidence > 0.9


def test_streaming_and_half_size_keep_it(tmp_path: Path, marked: Path) -> None:
    for name, size, rate in (("stream", SIZE, 700_000), ("half", (320, 200), 400_000)):
        found = read(coded_again(marked, tmp_path / f"{name}.mkv", size, rate))
        assert found and found.payload == PAYLOADS[1], name


def test_a_crop_of_some_percent_keeps_it_a_quarter_does_not(tmp_path: Path, marked: Path) -> None:
    found = read(coded_again(marked, tmp_path / "crop.mkv", SIZE, 2_000_000, crop=10))
    assert found and found.payload == PAYLOADS[1]
    assert read(coded_again(marked, tmp_path / "close.mkv", SIZE, 2_000_000, crop=100)) is None


def test_what_has_no_mark_has_none(tmp_path: Path) -> None:
    assert read(film(tmp_path / "plain.mp4", b"")) is None
    rng = np.random.default_rng(2)
    stills = {"noise": rng.integers(0, 255, (300, 400, 3)), "black": np.zeros((300, 400, 3)), "waves": picture()}
    for name, pixels in stills.items():
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{name}.png")
        assert read(tmp_path / f"{name}.png") is None, name


@pytest.mark.parametrize("ending, options", [("png", {}), ("jpg", {"quality": 90}), ("jpg", {"quality": 75})])
def test_stills(tmp_path: Path, ending: str, options: dict[str, int]) -> None:
    before = picture(size=(960, 540))
    after = mark_picture(before, PAYLOADS[2])
    assert abs(after.astype(int) - before).max() <= 2
    path = tmp_path / f"still.{ending}"
    Image.fromarray(after).save(path, **options)
    found = read(path)
    assert found and found.payload == PAYLOADS[2] and found.seconds == 0


def test_small_pictures_are_left_alone() -> None:
    small = picture(size=(LEAST * 2, LEAST - 2))
    assert np.array_equal(mark_picture(small, PAYLOADS[0]), small)
    with pytest.raises(ValueError, match="7 bytes, not 3"):
        Marker(b"abc", SIZE)


def test_frames_are_not_touched_and_copies_keep_it(tmp_path: Path, marked: Path) -> None:
    pixels = picture()
    before, part = pixels.copy(), tmp_path / "part.mp4"
    writer = MovieWriter(part, MovieSettings(SIZE, 30.0, 0, gop_s=0.2, mark=PAYLOADS[1]))
    for number in range(20):
        writer.video(pixels, number / 30)
    writer.close()
    assert np.array_equal(pixels, before)
    again = MovieWriter(tmp_path / "whole.mp4", MovieSettings(SIZE, 30.0, 0, gop_s=0.2, mark=PAYLOADS[1]))
    taken = list(again.copy(part))[-1]
    again.close()
    found = read(tmp_path / "whole.mp4")
    assert taken >= 12 and found and found.payload == PAYLOADS[1]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        read(tmp_path / "none.mp4")
    for name, content in (("empty.mp4", b""), ("broken.png", b"\x89PNG\r\n"), ("text.mp4", b"words " * 99)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MediaError, match=name):
            read(tmp_path / name)


def test_a_film_made_from_a_marked_film_says_its_own(tmp_path: Path, marked: Path) -> None:
    pictures = [frame.to_ndarray(format="rgb24") for frame in frames_of(marked)][:12]
    writer = MovieWriter(tmp_path / "second.mp4", MovieSettings(SIZE, 30.0, 0, mark=PAYLOADS[2]))
    for number, pixels in enumerate(pictures):
        writer.video(pixels, number / 30)
    writer.close()
    found = read(tmp_path / "second.mp4")
    assert found and found.payload == PAYLOADS[2]
