"""Words to video: prompts in time, loops, long clips, going on; on toy weights and on the house model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_fixtures import tiny_pool

from engine.model.house import House, load_house, save_tiny_house
from engine.pipelines.text2video import Job, latents, prompts_at
from engine.pools.memory import Memory
from engine.training.measure import looks
from vj.core.errors import VjError
from vj.files.video import frames
from vj.labels.about import sha256
from vj.studio import text2video
from vj.studio.house import house_of
from vj.studio.jobs.text2video import Dream, cue_of, depth_of, dreamed, job_of, native_of
from vj.studio.output import Options, label_of


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Memory:
    folder = tmp_path_factory.mktemp("house")
    save_tiny_house(folder)
    house = load_house(folder, torch.float32)
    return Memory(house, tiny_pool())


def made(memory: Memory, job: Job, start: int = 0) -> torch.Tensor:
    return torch.stack(list(latents(job, memory.house, memory, start)))


def test_prompts_begin_at_seconds_beats_and_bars() -> None:
    assert cue_of("red tunnel", 24, 120) == (0, "red tunnel")
    assert cue_of("8s: blue ink", 24, 120) == (192, "blue ink")
    assert cue_of("2.5 s: blue", 24, 120) == (60, "blue")
    assert cue_of("16 beats: blue", 24, 120) == (192, "blue")
    assert cue_of("1 beat: blue", 24, 120) == (12, "blue")
    assert cue_of("4 bars: blue", 24, 120) == (192, "blue")
    assert cue_of("ratio 3: 4 of blue", 24, 120) == (0, "ratio 3: 4 of blue")


def test_prompts_may_come_in_any_order_but_not_at_once() -> None:
    options = Options(fps=10.0, seconds=5.0)
    job = job_of(["3s: blue ink", "red tunnel", "1s: gold"], options, Dream(), (64, 32))
    assert job.prompt == "red tunnel" and job.cues == ((0, "red tunnel"), (10, "gold"), (30, "blue ink"))
    with pytest.raises(VjError, match="'red tunnel' and 'blue ink' begin at the same time"):
        job_of(["red tunnel", "blue ink"], options, Dream(), (64, 32))


def test_one_prompt_becomes_the_next_where_it_begins() -> None:
    job = Job("red", frames=100, cues=((0, "red"), (40, "blue")), fade=10)
    assert prompts_at(job, 0) == prompts_at(job, 30) == (("red", 1.0),)
    (_, red), (_, blue) = prompts_at(job, 35)
    assert red == blue == 0.5
    assert prompts_at(job, 40) == prompts_at(job, 99) == (("blue", 1.0),)
    looped = replace(job, loop=True)
    assert prompts_at(looped, 40) == (("blue", 1.0),)
    assert [text for text, _ in prompts_at(looped, 95)] == ["blue", "red"] and prompts_at(looped, 95)[1][1] == 0.5


def test_a_loop_closes(memory: Memory) -> None:
    clip = made(memory, Job("red spiral", frames=48, size=(32, 32), turns=1.4, loop=True, every=3))
    steps = (clip - clip.roll(1, 0)).flatten(1).norm(dim=1)
    assert float(steps[0]) <= float(steps[1:].median()) * 1.001, "the seam is no step like the others"
    assert float(steps.min()) > 0


def test_every_third_frame_is_dreamed_and_the_rest_lies_between(memory: Memory) -> None:
    job = Job("red spiral", frames=11, size=(32, 32))
    each, third = made(memory, job), made(memory, replace(job, every=3))
    assert third.shape == each.shape
    torch.testing.assert_close(third[[0, 3, 6, 9, 10]], each[[0, 3, 6, 9, 10]], rtol=1e-4, atol=1e-4)
    inside = (third[4] - third[3]).norm() / (third[6] - third[3]).norm()
    assert 0.2 < float(inside) < 0.5


@pytest.mark.parametrize("closeness", [1.0, 0.0])
def test_going_on_gives_the_same_frames(memory: Memory, closeness: float) -> None:
    job = Job("red", frames=30, size=(32, 32), every=3, closeness=closeness)
    whole = made(memory, job)
    for start in (1, 12, 20, 29):
        torch.testing.assert_close(made(memory, job, start), whole[start:], rtol=1e-4, atol=1e-4)


def test_prompts_in_time_change_the_picture(memory: Memory) -> None:
    job = Job("red", frames=24, size=(32, 32), fade=6, turns=0.0)
    plain = made(memory, job)
    cued = made(memory, replace(job, cues=((0, "red"), (12, "blue"))))
    torch.testing.assert_close(cued[:6], plain[:6])
    assert float((cued[12:] - plain[12:]).norm()) > 0.01 * float(plain.norm())


def test_sizes_to_dream_at_keep_the_shape() -> None:
    assert native_of((1920, 1080)) == (512, 288)
    assert native_of((512, 288)) == (512, 288) and native_of((320, 180)) == (320, 180)
    wide, high = native_of((1080, 1920))
    assert (wide, high) == (288, 512)


def house() -> House:
    return house_of(0)


def test_a_minute_does_not_drift() -> None:
    options = Options(fps=4.0, seconds=61.0)
    job = job_of(["golden spiral tunnel"], options, Dream(), (256, 144))
    shown = np.stack(list(dreamed(job, house(), "house")))
    early, late = looks(shown[8:12]), looks(shown[240:244])
    for name in ("sharpness", "saturation", "luma"):
        assert late[name] == pytest.approx(early[name], rel=0.10), name
    assert np.abs(np.diff(shown.astype(float), axis=0)).mean((1, 2, 3)).min() > 0.2, "it stands still"


def test_the_same_seed_gives_the_same_video(tmp_path: Path) -> None:
    options = Options(size=(96, 64), fps=8, seconds=1, quiet=True, seed=3)
    first = text2video(["golden spiral", "0.5s: blue ink"], tmp_path / "a.mp4", options)
    again = text2video(["golden spiral", "0.5s: blue ink"], tmp_path / "b.mp4", options)
    other = text2video(["golden spiral", "0.5s: blue ink"], tmp_path / "c.mp4", replace(options, seed=4))
    assert first.sha256 == again.sha256 != other.sha256 and first.frames == 8
    assert label_of(tmp_path / "a.mp4")["prompt_sha256"] == sha256("golden spiral | 0.5s: blue ink")
    assert next(frames(tmp_path / "a.mp4")).shape == (64, 96, 3)


def test_a_large_video_is_enlarged(tmp_path: Path) -> None:
    options = Options(size=(640, 360), fps=4, seconds=0.5, quiet=True)
    made_ = text2video("golden spiral", tmp_path / "a.mp4", options, Dream(native=(128, 72)))
    assert made_.size == (640, 360) and label_of(tmp_path / "a.mp4")["native"] == "128x72"


def test_pictures_follow_a_depth(tmp_path: Path) -> None:
    from PIL import Image

    y, x = np.mgrid[0:144, 0:256]
    ball = np.clip(1 - np.hypot(x - 70, y - 72) / 50, 0, 1)
    near = {"left": ball, "right": ball[:, ::-1]}
    shown = {}
    for name, depth in near.items():
        Image.fromarray((255 * depth).astype(np.uint8)).save(tmp_path / f"{name}.png")
        job = job_of(["golden city"], Options(fps=1.0, seconds=1.0), Dream(), (256, 144))
        still = depth_of(tmp_path / f"{name}.png", Options(fps=1.0), (256, 144))
        shown[name] = next(dreamed(job, house(), "house", 0, still)).mean(-1)
    follows = {a: {b: np.corrcoef(shown[a].ravel(), near[b].ravel())[0, 1] for b in near} for a in near}
    assert min(follows["left"]["left"], follows["right"]["right"]) > 0.4, follows
    assert max(follows["left"]["right"], follows["right"]["left"]) < 0.2, follows


def test_what_open_weights_lack_is_told(tmp_path: Path) -> None:
    for dream, match in ((Dream(model="wan"), "vj models fetch wan"), (Dream(model="nix"), "nix")):
        with pytest.raises(VjError, match=match):
            text2video("a red tunnel", tmp_path / "a.mp4", Options(quiet=True, seconds=0.2), dream)


def test_prompts_that_are_never_seen_are_told(tmp_path: Path) -> None:
    for prompts, match in (
        (["red", "9s: blue"], "begins at 9 s, the video ends at 1 s"),
        (["red", "0s: blue"], "same"),
    ):
        with pytest.raises(VjError, match=match):
            text2video(prompts, tmp_path / "a.mp4", Options(seconds=1, fps=8, quiet=True))


def test_quality_takes_its_steps(tmp_path: Path) -> None:
    options = Options(size=(64, 32), fps=4, seconds=0.5, quiet=True)
    text2video("golden spiral", tmp_path / "a.mp4", options, Dream(quality=True, negative="fog"))
    label = label_of(tmp_path / "a.mp4")
    assert (label["steps"], label["sampler"]) == ("50", "ddpm") and "turns" not in label
    assert label["negative_sha256"] == sha256("fog")
