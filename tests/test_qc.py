"""`vj qc`: what is wrong with a file, where, in a table, as JSON and as a page."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from quality_clips import Frame, Frames, camera, grained
from typer.testing import CliRunner

from engine.quality import run
from engine.quality.contracts import AREA, Clip, Look, shrunk
from vj.cli import app
from vj.core.errors import MediaError, VjError
from vj.files.media import MovieSettings, MovieWriter
from vj.files.video import timed
from vj.studio.gate import GATES
from vj.studio.output import Options, Writing, write
from vj.studio.qc import STRIP, Asked, check
from vj.studio.qcreport import limits_table, page

SIZE = (192, 108)
COUNT = 48
NAME = 'clip <b> & "ü".mp4'


def moving(count: int = COUNT, size: tuple[int, int] = SIZE) -> Frames:
    return grained(camera("astronaut", count, size, right=1.0), 1.0)


def blacked(frames: Frames, at: int, count: int = 1) -> Frames:
    return [np.zeros_like(f) if at <= n < at + count else f for n, f in enumerate(frames)]


def saved(path: Path, frames: Frames, fps: float = 24.0, gap: tuple[int, float] = (0, 0.0)) -> Path:
    """gap: (frame, seconds) that it and those after it come later."""
    height, width = frames[0].shape[:2]
    movie = MovieWriter(path, MovieSettings((width, height), fps, 0))
    for n, frame in enumerate(frames):
        movie.video(frame, n / fps + (gap[1] if n >= gap[0] else 0.0))
    movie.close()
    return path


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("good") / "good.mp4", moving())


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("bad") / NAME, blacked(moving(), 30))


def test_one_black_frame_is_found_where_it_is(good: Path, bad: Path) -> None:
    only = Asked(only=("black", "cuts"))
    assert check(good, only).ok and not check(bad, only).ok
    black = next(v for v in check(bad, only).verdicts if v.name == "black")
    assert [(span.first, span.last) for span in black.where] == [(30, 30)]
    assert check(bad, only).seconds(black.where[0]) == pytest.approx((30 / 24, 31 / 24), abs=1e-3)


def test_times_are_the_files_own(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.mp4", blacked(moving(), 30), gap=(20, 2.0))
    found = check(path, Asked(only=("black",)))
    assert len(found.times) == COUNT, "no frame is made up for the gap"
    assert found.seconds(found.verdicts[0].where[0])[0] == pytest.approx(30 / 24 + 2, abs=2e-3)


def test_all_checks_are_asked_and_told_with_stable_keys(good: Path) -> None:
    told = check(good).as_dict()
    assert list(told["checks"]) == list(run.names())
    keys = {"file", "size", "fps", "frames", "seconds", "prompt", "loop", "ok", "checks", "vbench"}
    assert set(told) == keys and told["frames"] == COUNT and told["size"] == list(SIZE)
    assert set(told["checks"]["black"]) == {"ok", "score", "least", "where", "reason", "measured"}
    json.dumps(told)


def test_frames_are_made_small_as_they_are_decoded(tmp_path: Path) -> None:
    path = saved(tmp_path / "big.mp4", moving(6, (1280, 720)))
    small = [frame for _, frame in timed(path, AREA)]
    whole = [shrunk(frame) for _, frame in timed(path)]
    assert small[0].shape == whole[0].shape == (288, 512, 3)
    assert max(float(np.abs(a.astype(float) - b).mean()) for a, b in zip(small, whole, strict=True)) < 2.0


def test_looks_ahead_are_the_same_looks() -> None:
    frames = moving(8)
    plain: list[Look] = []
    moved = []
    for number, frame in enumerate(frames):
        plain.append(Look(number, frame, plain[-1] if plain else None))
        if number:
            moved.append(plain[-1].between.error.copy())
    ahead = [look.between.error.copy() for look in run.looks(iter(frames)) if look.number]
    assert len(ahead) == 7
    assert all(np.array_equal(a, b) for a, b in zip(moved, ahead, strict=True))


def test_an_error_while_reading_ahead_comes_through(good: Path, tmp_path: Path) -> None:
    def broken() -> Frames:
        raise MediaError("broken")

    with pytest.raises(MediaError, match="broken"):
        run.judge((f for part in (moving, broken) for f in part()), Clip(24.0), ["black"])


def test_prompt_and_loop_come_from_the_label(tmp_path: Path) -> None:
    label = {"pipeline": "text2video", "prompt": "slow violet tunnel"}
    for words in (True, False):
        how = Writing(SIZE, 24.0, Options(quiet=True, words=words, qc="off"), label, loop=True)
        write(moving(4), 4, tmp_path / "a.mp4", how)
        clip = check(tmp_path / "a.mp4", Asked(only=("black",))).clip
        assert clip.loop and clip.prompt == ("slow violet tunnel" if words else "")
    assert check(tmp_path / "a.mp4", Asked("red", ("black",))).clip.prompt == "red"


def test_the_command_says_with_its_code_what_it_found(good: Path, bad: Path, tmp_path: Path) -> None:
    ask = CliRunner().invoke
    assert ask(app, ["qc", str(good), "--only", "black,cuts"]).exit_code == 0
    failed = ask(app, ["qc", str(bad), "--only", "black"])
    assert failed.exit_code == 3 and "fails" in failed.output and "frame 30" in failed.output
    both = ask(app, ["qc", str(good), str(bad), "--only", "black", "--json"])
    told = json.loads(both.stdout)
    assert both.exit_code == 3 and [one["ok"] for one in told["files"]] == [True, False] and not told["ok"]
    where = told["files"][1]["checks"]["black"]["where"]
    assert where == [{"first": 30, "last": 30, "score": where[0]["score"], "from_s": 1.25, "to_s": 1.292}]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing.mp4"], "no such video"),
        (["GOOD", "--only", "blakc"], r'did you mean "black"'),
        (["GOOD", "--report", "not/there.html"], "is not there"),
        (["empty.mp4"], "is empty"),
        (["text.mp4"], "not a video"),
    ],
)
def test_what_cannot_be_checked_is_one_line(good: Path, tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a film")
    given = [str(tmp_path / word) if word.endswith((".mp4", ".html")) else word for word in words]
    given = [str(good) if word == "GOOD" else word for word in given]
    result = CliRunner().invoke(app, ["qc", *given])
    assert isinstance(result.exception, VjError) and re.search(says, str(result.exception))


class Tags(HTMLParser):
    """What is in a page, and whether all that is opened is closed."""

    VOID = ("meta", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_marks_what_is_wrong(bad: Path, good: Path) -> None:
    asked = Asked("<script>alert(1)</script>", ("black", "frozen"))
    html = page([check(bad, asked), check(good, asked)])
    tags = Tags()
    tags.feed(html)
    assert not tags.open and "<b> &" not in html and "<script" not in html, "names and prompts are text"
    assert "http" not in html and len(html) < 1_000_000
    images = [attrs["src"] or "" for tag, attrs in tags.found if tag == "img"]
    assert all(base64.b64decode(src.partition("base64,")[2])[:2] == b"\xff\xd8" for src in images)
    marks = [attrs for tag, attrs in tags.found if tag == "a"]
    assert len(marks) == 1 and "frame 30" in (marks[0]["title"] or "")
    left = float(re.search(r"left:([\d.]+)%", marks[0]["style"] or "")[1])  # type: ignore[index]
    assert left == pytest.approx(100 * 30 / COUNT, abs=0.1)
    assert (marks[0]["href"] or "")[1:] in [attrs.get("id") for _, attrs in tags.found], "a tap goes to its pictures"


def test_the_strip_stays_short_however_long_the_clip(tmp_path: Path) -> None:
    tiny: list[Frame] = camera("coffee", 300, (32, 32), right=0.1)
    strip = check(saved(tmp_path / "long.mp4", tiny), Asked(only=("black",))).strip
    numbers = [number for number, _ in strip]
    assert STRIP <= len(strip) < 2 * STRIP and numbers[0] == 0 and len({*np.diff(numbers)}) == 1


def test_a_picture_is_a_clip_of_one_frame(tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "a.png"), moving(1)[0])
    found = check(tmp_path / "a.png")
    assert len(found.times) == 1 and all(v.score is None for v in found.verdicts if v.ok is None)


def test_the_documented_limits_are_those_that_count() -> None:
    pages = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))
    text = "\n".join(page.read_text("utf-8") for page in pages)
    assert limits_table() in text
    told = {name: row for name, row in re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", text, re.MULTILINE)}
    for pipeline, checks in GATES.items():
        assert told[pipeline].strip() == ", ".join(checks), pipeline
