"""What is shown: faces that keep their shape and faces that do not; the right prompt and a wrong one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch

from engine.model import adherence
from engine.quality import hands
from engine.quality.contracts import Clip, Frame, Verdict
from engine.quality.limits import LIMITS
from engine.quality.run import check
from engine.vision import faces

FPS, COUNT, STEP = 24.0, 48, 8
ROOT = Path(__file__).resolve().parent.parent
POOL = ROOT / "latent_pools" / "house" / "pool.mp4"
networks = pytest.mark.skipif("networks" not in faces.installed(), reason="facenet-pytorch is not installed")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def person() -> Frame:
    return np.asarray(skimage.data.astronaut(), np.uint8)


def view(picture: Frame, i: int) -> Frame:
    """512x288 of a picture 512x512, slowly panned and zoomed."""
    t = i / (COUNT - 1)
    s = 0.8 + 0.2 * t
    move = np.array([[s, 0, 256 - 224 * s + 40 * (t - 0.5)], [0, s, 144 - 140 * s]])
    return np.asarray(cv2.warpAffine(picture, move, (512, 288), borderMode=cv2.BORDER_REFLECT), np.uint8)


def stretched(times: float) -> Frame:
    """The person with the face so many times as long."""
    y, x = np.mgrid[:512, :512].astype(np.float32)
    near = np.exp(-(((x - 224) / 90) ** 4) - ((y - 119) / 90) ** 4)
    return np.asarray(cv2.remap(person(), x, 119 + (y - 119) / (1 + (times - 1) * near), cv2.INTER_LINEAR), np.uint8)


def with_faces(places: dict[int, int]) -> Frame:
    """A table with a cup, and faces of a width in pixels at each x."""
    frame = view(np.asarray(cv2.resize(skimage.data.coffee(), (512, 512)), np.uint8), 10).copy()
    for x, width in places.items():
        head = cv2.resize(person()[20:200, 140:310], (width, round(1.06 * width)), interpolation=cv2.INTER_AREA)
        top = 144 - head.shape[0] // 2
        frame[top : top + head.shape[0], x : x + width] = head
    return frame


def anatomy(draw: Callable[[int], Frame]) -> Verdict:
    return check("anatomy", (draw(i) for i in range(COUNT)), Clip(FPS))


def blamed(verdict: Verdict) -> set[int]:
    return {n for span in verdict.where for n in range(span.first, span.last + 1)}


# --- faces over time -------------------------------------------------------------------------------------------------


def test_a_face_that_is_panned_and_zoomed_passes() -> None:
    verdict = anatomy(lambda i: view(person(), i))
    assert verdict.ok and verdict.score is not None and verdict.score >= LIMITS["anatomy"].least
    assert not verdict.where and verdict.measured["faces"] >= 1
    assert "hands: " in verdict.reason


def test_a_face_that_grows_longer_fails_from_where_it_shows() -> None:
    verdict = anatomy(lambda i: view(stretched(1 + 0.8 * max(0, i - 16) / 31), i))
    assert verdict.ok is False and verdict.score is not None and verdict.score < LIMITS["anatomy"].least
    assert blamed(verdict) and min(blamed(verdict)) > 16 and max(blamed(verdict)) >= COUNT - 2 * STEP


@networks
def test_a_face_that_breathes_fails_where_it_is_long() -> None:
    verdict = anatomy(lambda i: view(stretched(1.45 if 16 < i <= 24 else 1.0), i))
    assert verdict.ok is False
    assert 24 in blamed(verdict) and blamed(verdict) <= set(range(17 - STEP, 33))


@networks
def test_faces_that_come_and_go_fail_where_they_do() -> None:
    still = anatomy(lambda i: with_faces({60: 136, 320: 136}))
    assert still.ok and still.measured["flips"] == 0
    verdict = anatomy(lambda i: with_faces({60: 136, 320: 136} if i < 16 or i >= 32 else {}))
    assert verdict.ok is False and verdict.measured["flips"] >= 4
    for change in (16, 32):
        assert any(span.first <= change <= span.last for span in verdict.where), verdict.where


@networks
def test_one_face_that_turns_away_is_not_yet_a_fault() -> None:
    verdict = anatomy(lambda i: with_faces({180: 150} if i < 28 else {}))
    assert verdict.ok and verdict.score == pytest.approx(0.75) and verdict.measured["flips"] == 1


@networks
def test_a_face_that_leaps_in_size_fails_there() -> None:
    verdict = anatomy(lambda i: with_faces({216: 80} if i < 24 else {156: 200}))
    assert verdict.ok is False and 24 in blamed(verdict) and blamed(verdict) <= set(range(24 - STEP, 25))


@networks
def test_a_cut_is_not_the_fault_of_who_was_seen_before_it() -> None:
    other = np.asarray(cv2.resize(skimage.data.chelsea(), (512, 512)), np.uint8)
    verdict = anatomy(lambda i: view(person() if i < 24 else other, i))
    assert verdict.ok and verdict.measured["flips"] == 0


@networks
def test_where_nobody_is_there_is_no_score() -> None:
    verdict = anatomy(lambda i: view(np.asarray(cv2.resize(skimage.data.coffee(), (512, 512)), np.uint8), i))
    assert verdict.ok is None and verdict.score is None and "no people" in verdict.reason
    assert "hands: " in verdict.reason


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_shortest_clips_have_a_verdict(count) -> None:
    verdict = check("anatomy", [view(person(), 0)] * count, Clip(FPS))
    assert verdict.ok is None and verdict.score is None


def hand(shape: float = 1.0) -> np.ndarray:
    """21 points of an open hand; shape: of its last bones."""
    points = [(0.0, 0.0, 0.0)]
    fingers = ((50, 35, 60), (15, 90, 80), (0, 90, 90), (-12, 85, 82), (-26, 78, 64))
    for finger, (angle, palm, length) in enumerate(fingers):
        way = np.array([np.sin(np.radians(angle)), -np.cos(np.radians(angle)), 0])
        along = palm
        for share in (0.0, 0.45, 0.32 * (shape if finger < 3 else 1), 0.23):
            along += share * length
            points.append(tuple(along * way))
    return np.array(points, np.float32)


def test_bones_of_a_hand() -> None:
    assert hands.score(hand()) == 1.0
    assert hands.score(hand() * 3 + 50) == 1.0
    assert hands.score(hand(shape=6.0)) == pytest.approx(0.4)
    assert hands.score(np.zeros((21, 3), np.float32)) == 0.0


def test_without_a_landmark_library_it_says_so(monkeypatch) -> None:
    monkeypatch.setattr(hands.importlib.util, "find_spec", lambda name: None)
    assert hands.Palms().said == "hands: no landmark library"


# --- prompts ---------------------------------------------------------------------------------------------------------


def flat(colour: tuple[int, int, int]) -> Frame:
    return np.full((72, 128, 3), colour, np.uint8)


def shows(prompt: str, frames: list[Frame], fps: float = 2.0) -> Verdict:
    return check("prompt", frames, Clip(fps, len(frames), prompt))


def test_the_colours_that_were_asked_for_pass_and_others_fail() -> None:
    clip = [flat((20, 40, 230))] * 3
    right, wrong = shows("blue", clip), shows("red", clip)
    assert right.ok and right.score == pytest.approx(1.0) and not right.where
    assert wrong.ok is False and wrong.score == pytest.approx(0.0)
    assert [(span.first, span.last) for span in wrong.where] == [(0, 2)]


def test_the_frames_that_show_something_else_are_named() -> None:
    verdict = shows("blue", [flat((20, 40, 230))] * 8 + [flat((230, 20, 20))] * 24, fps=8.0)
    assert verdict.ok is False and verdict.score == pytest.approx(0.25)
    assert [(span.first, span.last) for span in verdict.where] == [(8, 31)]
    assert verdict.measured["least"] == pytest.approx(0.0) and verdict.measured["frames_scored"] == 8


def test_grey_is_a_colour_too() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (72, 128, 1), np.uint8)
    assert shows("black and white", [np.repeat(noise, 3, 2)]).ok
    assert shows("black and white", [flat((230, 20, 20))]).ok is False
    assert shows("red", [np.repeat(noise, 3, 2)]).ok is False


def test_forms_are_told_apart_in_the_loops_of_the_house_pool() -> None:
    """The house's own loops, their names for prompts, against the names of the others."""
    import tomllib

    import av

    entries = tomllib.loads((POOL.parent / "pool.toml").read_text())["entries"]
    critic = adherence.critic()
    named = {i: e["caption"] for i, e in enumerate(entries) if critic.wish(e["caption"]).forms}
    chosen = list(named)[:: max(1, len(named) // 8)][:8]
    length = entries_length(entries)
    frames: dict[int, Frame] = {}
    with av.open(str(POOL)) as container:
        for n, frame in enumerate(container.decode(video=0)):
            if n % length == 0 and n // length in chosen:
                frames[n // length] = frame.to_ndarray(format="rgb24")
            if n // length > max(chosen):
                break
    right = [critic.scores(frames[i], critic.wish(named[i])).get("form", 0.0) for i in chosen]
    wrong = [critic.scores(frames[i], critic.wish(named[j])).get("form", 0.0) for i in chosen for j in chosen if i != j]
    assert float(np.mean(right)) > float(np.mean(wrong)) + 0.3


def entries_length(entries: list[dict[str, object]]) -> int:
    import av

    with av.open(str(POOL)) as container:
        return sum(1 for _ in container.demux(video=0)) // len(entries)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("", "no prompt"),
        ("   ", "no prompt"),
        ("Übermut Gnu", "vocabulary: übermut, gnu"),
        ("slow", "names no form and no colour"),
        ("!!! ???", "vocabulary"),
    ],
)
def test_what_cannot_be_scored_is_not(prompt, said) -> None:
    verdict = shows(prompt, [flat((20, 40, 230))] * 3)
    assert verdict.ok is None and verdict.score is None and said in verdict.reason


def test_a_prompt_that_is_partly_known_says_what_was_left_out() -> None:
    verdict = shows("a blue gnu", [flat((20, 40, 230))] * 3)
    assert verdict.ok and "house model" in verdict.reason and "unknown: gnu" in verdict.reason


def test_what_the_words_ask_for() -> None:
    critic = adherence.critic()
    wish = critic.wish("a slow violet tunnel with a gnu")
    assert critic.named(wish) == "form tunnel, colour violet"
    assert wish.unknown == ("gnu",)
    assert critic.named(critic.wish("spiral and tunnel")) == "form tunnel or spiral"
    assert critic.named(critic.wish("calm and slow")) == ""


def test_without_torch_it_is_not_applicable() -> None:
    code = """
import importlib.util as u, sys
real = u.find_spec
u.find_spec = lambda name, *a: None if name == "torch" else real(name, *a)
import numpy as np
from engine.quality.contracts import Clip
from engine.quality.run import check
v = check("prompt", [np.zeros((32, 32, 3), np.uint8)], Clip(24.0, 1, "red tunnel"))
assert "torch" not in sys.modules
print(v.ok, v.score, v.reason)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("None None torch is not installed"), done.stdout + done.stderr
