"""What all studio jobs share: nothing that was made is lost, and what went wrong is one line."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import av
import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from vj.core.errors import MediaError, VjError
from vj.files.video import Frame, filled, frames, mask, picture, probe
from vj.labels.about import sha256
from vj.options import common
from vj.studio.options import told
from vj.studio.output import Made, Options, Writing, label_of, part_of, write

SIZE = (64, 48)


def shade(n: int) -> Frame:
    """A picture that says which it is."""
    return np.full((SIZE[1], SIZE[0], 3), 20 + 4 * n, np.uint8)


def shades(count: int, start: int = 0) -> Iterator[Frame]:
    return (shade(n) for n in range(start, count))


def seen(path: Path) -> list[int]:
    return [round((float(f.mean()) - 20) / 4) for f in frames(path)]


def how(**options: object) -> Writing:
    return Writing(SIZE, 10.0, Options(quiet=True, **options), {"prompt": "grey"})  # type: ignore[arg-type]


def test_all_frames_arrive_with_the_label_and_the_same_twice(tmp_path: Path) -> None:
    made = write(shades(25), 25, tmp_path / "a.mp4", how())
    again = write(shades(25), 25, tmp_path / "b.mp4", how())
    other = write(shades(24), 25, tmp_path / "c.mp4", how())
    assert seen(tmp_path / "a.mp4") == list(range(25))
    assert made.sha256 == again.sha256 != other.sha256
    assert label_of(tmp_path / "a.mp4")["prompt_sha256"] == sha256("grey")
    assert not part_of(tmp_path / "a.mp4").exists()


def broken(at: int, error: BaseException) -> Iterator[Frame]:
    yield from shades(at)
    raise error


@pytest.mark.parametrize("skips", [True, False])
def test_an_interrupted_job_goes_on(tmp_path: Path, skips: bool) -> None:
    out, asked = tmp_path / "a.mp4", []

    def rest(start: int) -> Iterator[Frame]:
        asked.append(start)
        return shades(36, start)

    with pytest.raises(KeyboardInterrupt):
        write(broken(27, KeyboardInterrupt()), 36, out, how())
    assert not out.exists() and seen(part_of(out)) == list(range(27)), "what was made stays, and plays"
    made = write(rest if skips else shades(36), 36, out, how(resume=True))
    assert seen(out) == list(range(36)) and made.frames == 36
    assert asked == ([20] if skips else []), "whole seconds are taken over"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_the_part_of_another_job_is_not_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    with pytest.raises(KeyboardInterrupt):
        write(broken(12, KeyboardInterrupt()), 36, out, how())
    with pytest.raises(MediaError, match="another job"):
        write(shades(36), 36, out, how(resume=True, seed=7))
    assert seen(part_of(out)) == list(range(12)), "and it is still there"


def test_a_job_that_fails_at_once_leaves_nothing_and_takes_nothing_away(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    with pytest.raises(VjError):
        write(broken(0, VjError("no")), 36, out, how())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt):
        write(broken(27, KeyboardInterrupt()), 36, out, how())

    def no(start: int) -> Iterator[Frame]:
        raise VjError("no")

    with pytest.raises(VjError):
        write(no, 36, out, how(resume=True))
    assert seen(part_of(out)) == list(range(20)), "what was there is taken over, not lost"


def test_a_label_says_what_is_not_usual() -> None:
    assert told(Options()) == {}
    assert told(Options(seed=3, size=(64, 36), pool="p")) == {"seed": "3", "size": "64x36", "pool": "p"}


def test_another_file_of_the_same_name_is_another_job(tmp_path: Path) -> None:
    source, out = tmp_path / "s.png", tmp_path / "a.mp4"
    Image.new("RGB", (32, 18), "teal").save(source)
    told = Writing(SIZE, 10.0, Options(quiet=True), inputs=(source, None, "not there"))
    with pytest.raises(KeyboardInterrupt):
        write(broken(27, KeyboardInterrupt()), 36, out, told)
    Image.new("RGB", (32, 18), "gold").save(source, compress_level=0)
    with pytest.raises(MediaError, match="another job"):
        write(shades(36), 36, out, replace(told, options=Options(quiet=True, resume=True)))


def test_a_clip_for_a_pool_alone_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with pytest.raises(KeyboardInterrupt):
        write(broken(12, KeyboardInterrupt()), 36, Path(), how(pool="mine"))
    assert list(tmp_path.iterdir()) == []


def test_a_killed_job_leaves_what_plays_and_goes_on(tmp_path: Path) -> None:
    code = f"""
    import time
    from pathlib import Path
    from tests.test_studio_output import shade, how, write
    def slow():
        for n in range(36):
            yield shade(n)
            if n == 29: print("there", flush=True)
            if n >= 29: time.sleep(60)
    write(slow(), 36, Path({str(tmp_path / "a.mp4")!r}), how(preview=True))
    """
    root = Path(__file__).parent.parent
    env = {**os.environ, "PYTHONPATH": f"{root}:{root / 'tests'}"}
    job = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=root, env=env, stdout=subprocess.PIPE)
    assert job.stdout is not None and job.stdout.readline() == b"there\n"
    job.send_signal(signal.SIGKILL)
    job.wait()
    left = part_of(tmp_path / "a.mp4")
    assert label_of(left)["prompt_sha256"] == sha256("grey") and seen(left)[:20] == list(range(20))
    write(shades(36), 36, tmp_path / "a.mp4", how(preview=True, resume=True))
    assert seen(tmp_path / "a.mp4") == list(range(36))


def test_sound_lies_under_the_pictures_to_the_sample(tmp_path: Path) -> None:
    sound = np.zeros((48000 * 3, 2), np.float32)
    sound[48000 + 4800 * 2 : 48000 + 4800 * 3] = 0.5  # under frame 12
    made = write(shades(25), 25, tmp_path / "a.mp4", Writing(SIZE, 10.0, Options(quiet=True), sound=sound))
    assert made.sound
    with av.open(str(tmp_path / "a.mp4")) as file:
        heard = np.concatenate([f.to_ndarray()[0] for f in file.decode(audio=0)])
    loud = np.flatnonzero(np.abs(heard) > 0.3)
    assert abs(loud[0] - 57600) < 100 and abs(loud[-1] - 62400) < 100
    assert abs(len(heard) / 48000 - 2.5) < 0.05


def test_a_full_disk_is_one_line_and_leaves_what_plays(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root for a small tmpfs; runs in CI")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("may not mount a tmpfs here; runs where root may")
    rng = np.random.default_rng(0)
    noise = (rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8) for _ in range(600))
    try:
        with pytest.raises(MediaError, match=r"disk is full after \d+ of 600"):
            write(noise, 600, small / "a.mp4", how())
        assert len(list(frames(part_of(small / "a.mp4")))) >= 10
    finally:
        subprocess.run(["umount", "--lazy", str(small)], check=True)


@pytest.mark.parametrize(
    ("out", "size", "match"),
    [("no/such/a.mp4", SIZE, "is not there"), ("a.mp4", (8, 8), "16 to"), ("a.mp4", (64, 9000), "16 to")],
)
def test_what_cannot_be_written(tmp_path: Path, out: str, size: tuple[int, int], match: str) -> None:
    with pytest.raises(VjError, match=match):
        write(shades(3), 3, tmp_path / out, Writing(size, 10.0, Options(quiet=True)))


def test_common_options_reach_the_job() -> None:
    app, got = typer.Typer(), {}

    @app.command()
    @common(seconds=4.0, fps=24.0, guidance=None)
    def try_it(word: Annotated[str, typer.Argument()], out: Path, options: Options, loud: bool = False) -> Made:
        got.update(word=word, out=out, options=options, loud=loud)
        return Made(str(out), 1, (2, 2), 24.0, 1.0, 1.0)

    done = CliRunner().invoke(app, ["hi", "--loud", "--size", "64x48", "--seed", "3", "-o", "x.mp4", "--json"])
    assert done.exit_code == 0, done.output
    assert '"path": "x.mp4"' in done.output
    assert got == {
        "word": "hi", "loud": True, "out": Path("x.mp4"),
        "options": Options(size=(64, 48), fps=24.0, seconds=4.0, seed=3, quiet=True),
    }  # fmt: skip
    assert CliRunner().invoke(app, ["hi", "--guidance", "3"]).exit_code == 2, "an option that was taken away"


def turned(path: Path, degrees: int) -> None:
    """Write the matrix of a phone held sideways into an MP4 (ISO 14496-12, tkhd)."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4
    at += (4 + (32 if data[at] else 20)) + 16
    one = 1 << 16
    matrix = {90: (0, one, 0, -one, 0, 0, 48 * one, 0, 1 << 30), 180: (-one, 0, 0, 0, -one, 0, 0, 0, 1 << 30)}[degrees]
    data[at : at + 36] = b"".join(v.to_bytes(4, "big", signed=True) for v in matrix)
    path.write_bytes(data)


@pytest.mark.parametrize(("degrees", "corner"), [(90, (slice(0, 8), slice(-8, None))), (180, (slice(-8, None),) * 2)])
def test_a_phone_video_stands_upright(tmp_path: Path, degrees: int, corner: tuple[slice, slice]) -> None:
    frame = np.zeros((48, 64, 3), np.uint8)
    frame[:16, :16] = 255
    write([frame] * 5, 5, tmp_path / "a.mp4", how())
    turned(tmp_path / "a.mp4", degrees)
    shown = next(frames(tmp_path / "a.mp4"))
    assert shown.shape[:2] == ((64, 48) if degrees == 90 else (48, 64)) == probe(tmp_path / "a.mp4").size[::-1]
    assert shown[corner].mean() > 240 and shown.mean() < 60


def test_a_variable_rate_is_evened_out(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "v.mkv"), "w") as file:
        stream = file.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for n, ms in enumerate((0, 50, 100, 400, 450, 500)):
            frame = av.VideoFrame.from_ndarray(shade(n), format="rgb24")
            frame.pts = ms
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    shown = [round((float(f.mean()) - 20) / 4) for f in frames(tmp_path / "v.mkv", 20.0)]
    assert shown[:11] == [0, 1, 2, 2, 2, 2, 2, 2, 3, 4, 5]


def test_alpha_lies_over_black_and_exif_turns(tmp_path: Path) -> None:
    from PIL import Image

    rgba = np.zeros((20, 30, 4), np.uint8)
    rgba[..., 0], rgba[:, 15:, 3] = 200, 255
    Image.fromarray(rgba).save(tmp_path / "a.png")
    shown = picture(tmp_path / "a.png")
    assert shown[:, :15].max() == 0 and (shown[:, 15:, 0] == 200).all()
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it upright
    Image.fromarray(rgba[..., :3]).save(tmp_path / "b.jpg", exif=exif)
    assert picture(tmp_path / "b.jpg").shape == (30, 20, 3)


def test_masks_of_another_shape_are_refused(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.full((24, 32), 255, np.uint8)).save(tmp_path / "m.png")
    assert mask(tmp_path / "m.png", (64, 48)).shape == (48, 64)
    with pytest.raises(MediaError, match="32x24, but the picture is 64x64"):
        mask(tmp_path / "m.png", (64, 64))


@pytest.mark.parametrize("odd", [(63, 47), (1, 9), (33, 250)])
def test_any_picture_fills_any_size(odd: tuple[int, int]) -> None:
    assert filled(np.full((odd[1], odd[0], 3), 99, np.uint8), SIZE).shape == (48, 64, 3)


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 20, None])
def test_unreadable_media_are_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.mp4"
    if content is not None:
        path.write_bytes(content)
    for read in (lambda: probe(path), lambda: list(frames(path)), lambda: picture(path)):
        with pytest.raises(MediaError) as told:
            read()
        assert str(path) in str(told.value) and "\n" not in str(told.value)


def test_a_video_that_breaks_off_says_where(tmp_path: Path) -> None:
    write(shades(40), 40, tmp_path / "a.mp4", how())
    data = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(data[: len(data) // 2])
    began = time.monotonic()
    try:
        got = len(list(frames(tmp_path / "b.mp4")))
        assert 0 < got < 40
    except MediaError as error:
        assert "b.mp4" in str(error)
    assert time.monotonic() - began < 30
