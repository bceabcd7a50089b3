"""Consent: nobody's face is worked on before somebody states that they agreed."""

import datetime
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from vj.core.errors import ConsentError, MediaError, PolicyError, SetlistError
from vj.core.statement import day_of, example, lacking
from vj.setlist.catalog import catalog
from vj.setlist.load import loads
from vj.setlist.schema import PoolSpec
from vj.studio import consent, pools
from vj.studio.consent import asked, consented, look, media_of
from vj.studio.jobs.image2video import image2video
from vj.studio.output import Options, Writing, write

TODAY = datetime.date(2026, 11, 25)
AGREED = "Eileen Collins, a test, 2026-01-31"
FACE, ROCKET, COFFEE = (getattr(skimage.data, name)() for name in ("astronaut", "rocket", "coffee"))
Frame = NDArray[np.uint8]


def still(path: Path, picture: Frame) -> Path:
    Image.fromarray(picture).save(path)
    return path


def film(path: Path, frames: Sequence[Frame], comment: str = "", gop: int = 250) -> Path:
    """10 frames per second, 256x256."""
    with av.open(str(path), "w") as out:
        out.metadata["comment"] = comment
        stream = out.add_stream("libx264", rate=Fraction(10), options={"preset": "ultrafast", "g": str(gop)})
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv420p"
        for frame in frames:
            small = np.asarray(Image.fromarray(frame).resize((256, 256)))
            out.mux(stream.encode(av.VideoFrame.from_ndarray(small, format="rgb24")))
        out.mux(stream.encode(None))
    return path


LATER = date.today() + timedelta(days=2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "who, what for and when"),
        ("Ada", "what for and when"),
        ("Ada, a film", "when"),
        ("2026-11-25", "who and what for"),
        ("Ada, 2026-11-25", "what for"),
        ("Ada, a film, yesterday", "when"),
        ("Ada, a film, 2026-13-25", "when"),
        ("Ada, , 2026-11-25", "what for"),
        ("?, !, 2026-11-25", "who and what for"),
        (f"Ada, a film, {LATER}", f"{LATER} is still to come"),
        ("Ada, a film, 1715-12-10", "before 1900"),
    ],
)
def test_a_statement_that_lacks_something_is_told_what(text: str, told: str) -> None:
    assert told in lacking(text, TODAY)
    if text:
        with pytest.raises(ConsentError, match="--consent"):
            consented([], text)


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace, projection at the opening, 2026-11-25",
        "Ada, a film, 25.11.2026",
        "Ada and Charles, a film, and its trailer, 25/11/2026",
        "Zoë, Oper, 1 March 2026",
        "Ada, a film, November 3rd 2026",
        "2026-01-01, Ada, a film",
        "nobody, a cloud that looks like a face, 2026-11-25",
    ],
)
def test_a_statement_says_who_what_for_and_when(text: str) -> None:
    assert lacking(text, TODAY) == ""


def test_days_are_read_with_the_day_first() -> None:
    assert day_of("3/4/2026") == datetime.date(2026, 4, 3)
    assert day_of("2026-04-03") == day_of("3.4.2026") == day_of("3 Apr 2026") == datetime.date(2026, 4, 3)
    assert day_of("soon") is None and day_of("31.2.2026") is None
    assert lacking(example(TODAY), TODAY) == ""


def test_a_face_stops_the_job_and_consent_lets_it_go_on(tmp_path: Path) -> None:
    picture, out = still(tmp_path / "Größe ü.png", FACE), tmp_path / "out.mp4"
    small = Options(size=(64, 36), seconds=0.1, fps=10, quiet=True)
    with pytest.raises(ConsentError) as caught:
        image2video(picture, out, small, "pan(left,0.1)")
    told = str(caught.value)
    assert f"{picture}: 1 face in it" in told and '--consent "Ada Lovelace' in told and "nobody, " in told
    assert [*tmp_path.iterdir()] == [picture], "nothing is left behind, nothing was begun"
    agreed = Options(size=(64, 36), seconds=0.1, fps=10, quiet=True, consent=AGREED)
    assert image2video(picture, out, agreed, "pan(left,0.1)").frames == 1


def test_pictures_without_people_pass(tmp_path: Path) -> None:
    rocket = still(tmp_path / "rocket.png", ROCKET)
    assert look(rocket, quiet=True).count == 0
    consented([rocket], "", quiet=True)
    consented([tmp_path / "words that are no file"], "")


def test_a_face_in_a_video_is_found_with_its_moment(tmp_path: Path) -> None:
    path = film(tmp_path / "late.mp4", [ROCKET] * 20 + [FACE] * 10 + [ROCKET] * 5)
    seen = look(path, quiet=True)
    assert seen.count >= 1 and seen.at_s == pytest.approx(2.0, abs=0.05) and 0 < seen.hits < seen.looks
    with pytest.raises(ConsentError, match=r"first at 0:02\.0 \(in \d of \d+ frames"):
        consented([path], "", quiet=True)
    assert look(film(tmp_path / "none.mp4", [ROCKET] * 35), quiet=True).count == 0


def test_a_shot_that_is_shorter_than_the_grid_is_looked_at(tmp_path: Path) -> None:
    path = film(tmp_path / "blink.mp4", [ROCKET] * 12 + [FACE] * 2 + [ROCKET] * 12)
    assert look(path, quiet=True).at_s == pytest.approx(1.2, abs=0.05)


def test_a_long_video_is_looked_at_from_end_to_end_and_not_too_often(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mp4", ([ROCKET] * 10 + [COFFEE] * 10) * 60, gop=10)
    from vj.studio.consent import MOST, _moments

    at = [t for t, _ in _moments(path)]
    assert len(at) == MOST and at == sorted(at) and at[0] < 3 and at[-1] > 116
    assert max(b - a for a, b in pairwise(at)) < 2 * 120 / MOST


def test_a_broken_or_empty_file_does_not_pass(tmp_path: Path) -> None:
    whole = still(tmp_path / "whole.png", FACE).read_bytes()
    broken, empty, text = tmp_path / "broken.png", tmp_path / "empty.mp4", tmp_path / "text.mp4"
    broken.write_bytes(whole[: len(whole) // 2])
    empty.touch()
    text.write_text("no video")
    for path in (broken, empty, text):
        with pytest.raises(MediaError):
            consented([path], "", quiet=True)


def test_nothing_is_looked_at_twice_until_it_changes(tmp_path: Path) -> None:
    path = still(tmp_path / "one.png", FACE)
    first = look(path, quiet=True)
    assert look(path, quiet=True) is first
    still(path, ROCKET)
    assert look(path, quiet=True).count == 0


def test_what_says_that_it_is_of_nobody_is_not_searched(tmp_path: Path) -> None:
    ours = '{"source_type": "trainedAlgorithmicMedia", "pipeline": "text2video"}'
    mixed = '{"source_type": "compositeWithTrainedAlgorithmicMedia", "pipeline": "image2video"}'
    assert look(film(tmp_path / "ours.mp4", [FACE] * 3, ours), quiet=True).looks == 1
    assert look(film(tmp_path / "ours.mp4", [FACE] * 3, ours), quiet=True).count == 0
    assert look(film(tmp_path / "mixed.mp4", [FACE] * 3, mixed), quiet=True).count >= 1


def test_a_song_is_heard_and_not_seen(tmp_path: Path) -> None:
    song = film(tmp_path / "concert.mp4", [FACE] * 3)
    asked(Writing((64, 36), 10.0, Options(quiet=True), {"pipeline": "audio2video"}, inputs=(song,)))
    with pytest.raises(ConsentError):
        asked(Writing((64, 36), 10.0, Options(quiet=True), {"pipeline": "musicvideo"}, inputs=(tmp_path, song)))


@pytest.mark.parametrize("key", ["prompt", "motion", "style"])
def test_write_refuses_a_prompt_before_the_first_frame(tmp_path: Path, key: str) -> None:
    def frames(start: int) -> list[Frame]:
        raise AssertionError("work has begun")

    with pytest.raises(PolicyError, match="taylor swift"):
        write(frames, 3, tmp_path / "out.mp4", Writing((64, 36), 10.0, label={key: "photo of Taylor Swift"}))
    assert [*tmp_path.iterdir()] == []


def test_a_picture_is_kept_of_where_it_is_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VJ_DEBUG", "1")
    monkeypatch.setattr(consent, "cache_dir", lambda: tmp_path)
    with pytest.raises(ConsentError, match=r"faces\.png"):
        consented([still(tmp_path / "ada.png", FACE)], "", quiet=True)
    marked = np.asarray(Image.open(tmp_path / "faces.png"))
    assert marked.shape == FACE.shape
    red = (marked[..., 0] > 250) & (marked[..., 1] < 50) & (marked[..., 2] < 50)
    rows, columns = np.nonzero(red & (FACE[..., 0] < 250))
    assert 40 < rows.min() < 80 and 150 < rows.max() < 200 and 160 < columns.min() < 200 and 250 < columns.max() < 290


BLIND = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "skimage":
            raise ModuleNotFoundError(f"No module named {name!r}", name="skimage")
sys.meta_path.insert(0, Block())
from pathlib import Path
from vj.core.errors import ConsentError
from vj.studio.consent import consented
try:
    consented([Path(sys.argv[1])], sys.argv[2], quiet=True)
except ConsentError as error:
    print(error)
else:
    print("passed")
"""


@pytest.mark.parametrize(
    ("said", "told"), [("", "could not be looked for (skimage is not installed)"), (AGREED, "passed")]
)
def test_without_a_detector_it_asks(tmp_path: Path, said: str, told: str) -> None:
    path = still(tmp_path / "rocket.png", ROCKET)
    done = subprocess.run([sys.executable, "-c", BLIND, path, said], capture_output=True, text=True, check=False)
    assert told in done.stdout and done.returncode == 0, done.stderr
    assert ("make setup" in done.stdout and "nobody, no people in it" in done.stdout) == (not said)


def test_a_detector_that_breaks_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.vision import faces

    def broken(picture: Frame, sure: bool) -> list[faces.Face]:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(faces, "DETECTORS", dict.fromkeys(faces.DETECTORS, broken))
    with pytest.raises(ConsentError, match=r"could not be looked for .RuntimeError: out of memory"):
        consented([still(tmp_path / "rocket.png", ROCKET)], "", quiet=True)


def test_pools_ask_for_their_media_and_their_prompts(tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    still(tmp_path / "shots" / "ada.png", FACE)
    with pytest.raises(ConsentError, match=r"ada\.png: 1 face.*consent = .* in \[\[pool\]\] p"):
        pools.allowed(PoolSpec("p", media=("shots",)), tmp_path)
    pools.allowed(PoolSpec("p", media=("shots",), consent=AGREED), tmp_path)
    with pytest.raises(PolicyError, match="pool p"):
        pools.allowed(PoolSpec("p", prompts=("golden city", "undress her")), tmp_path)


SHOW = """
[show]
consent = "{show}"
[[pool]]
name = "p"
consent = "{pool}"
[[scene]]
name = "one"
layer = [{{ source = "image:a.png" }}, {{ source = "restyle:video:b.mp4" }}, {{ source = "shader:plasma" }}]
"""


def test_consent_in_a_setlist_is_checked(tmp_path: Path) -> None:
    for name in ("a.png", "b.mp4"):
        (tmp_path / name).touch()
    path, known = tmp_path / "show.toml", catalog()
    setlist = loads(SHOW.format(show=AGREED, pool="").encode(), path, known)
    assert setlist.show.consent == AGREED and media_of(setlist) == [tmp_path / "a.png", tmp_path / "b.mp4"]
    with pytest.raises(SetlistError) as caught:
        loads(SHOW.format(show="everybody", pool="Ada, 2026-01-01").encode(), path, known)
    show, pool = caught.value.mistakes
    assert 'show.consent: got "everybody", allowed: "who, what for, date"' in show and "what for and when" in show
    assert 'pool[0].consent: got "Ada, 2026-01-01"' in pool and pool.endswith("it does not say what for")
