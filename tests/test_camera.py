"""vj camera: bare and dressed scenes, lifted photographs, words that choose a scene, and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from gl_help import context
from PIL import Image
from skimage import data

from engine.model.house import House
from engine.pipelines.depth import in_cells, nearness_of, relief
from engine.pipelines.dress import Look, Render, Wardrobe
from engine.pipelines.reproject import backward
from engine.vision.camera3d import REST, View, beside
from vj.core.errors import MediaError, VjError
from vj.files import video
from vj.labels.about import sha256
from vj.studio.depthcheck import order
from vj.studio.house import house_of
from vj.studio.jobs.camera import camera
from vj.studio.output import Made, Options, label_of
from vj.studio.scenes3d import SCENES, Studio
from vj.studio.shots import Shot, Subject, moves, native, nearest_scene, subject

SMALL = Options(size=(128, 72), fps=8.0, seconds=0.5, quiet=True)
QUICK = Shot(supersample=1, radius=0)


@pytest.fixture(scope="module", autouse=True)
def _needs_opengl() -> None:
    context()


@pytest.fixture(scope="module")
def house() -> House:
    return house_of(1)


def film(path: Path, made: Made) -> np.ndarray:  # type: ignore[type-arg]
    frames = np.stack(list(video.frames(path)))
    assert len(frames) == made.frames
    return frames.astype(np.float32)


def test_a_bare_scene_is_the_render_itself(tmp_path: Path) -> None:
    made = camera("coral", tmp_path / "a.mp4", SMALL, replace(QUICK, path="dolly", strength=0.0))
    frames = film(tmp_path / "a.mp4", made)
    assert (made.frames, made.size, made.fps) == (4, (128, 72), 8.0)
    view = moves(Subject("coral", None, ""), replace(QUICK, path="dolly"), SMALL).view(0.125)
    drawn = Studio("coral", (128, 72), 1).colour(view, {"motion": 0.125 * 2 / 16})
    assert np.abs(frames[1] - drawn).mean() < 6, "but for the codec"
    again = camera("coral", tmp_path / "b.mp4", SMALL, replace(QUICK, path="dolly", strength=0.0))
    assert again.sha256 == made.sha256 and len(made.sha256) == 64
    label = label_of(tmp_path / "a.mp4")
    assert (label["pipeline"], label["scene"]) == ("camera", "coral") and "prompt" not in label


def test_words_choose_a_scene_and_dress_it(tmp_path: Path, house: House) -> None:
    for words, wanted in {"red city at night": "towers", "golden cathedral": "nave", "ice crystals": "crystals",
                          "desert sunset": "monolith", "planet with rings": "pearl"}.items():  # fmt: skip
        assert nearest_scene(words, house) == wanted
    made = camera("golden cathedral", tmp_path / "a.mp4", SMALL, QUICK)
    label = label_of(tmp_path / "a.mp4")
    assert (
        label["scene"] == "nave" and label["prompt_sha256"] == sha256("golden cathedral") and label["strength"] == "0.5"
    )
    dressed = film(tmp_path / "a.mp4", made).mean((0, 1, 2))
    assert dressed[0] > dressed[1] > 1.3 * dressed[2], "gold: much red, some green, little blue"
    camera("icy blue cathedral", tmp_path / "b.mp4", SMALL, QUICK)
    cold = np.stack(list(video.frames(tmp_path / "b.mp4"))).mean((0, 1, 2))
    assert cold[2] > cold[0]


def test_a_seed_and_a_size_of_its_own(tmp_path: Path) -> None:
    odd = replace(SMALL, size=(162, 120), seconds=0.2)
    made = camera("towers", tmp_path / "a.mp4", odd, replace(QUICK, native=(96, 72)))
    assert made.size == (162, 120) and film(tmp_path / "a.mp4", made).std() > 15
    other = camera("towers", tmp_path / "b.mp4", replace(odd, seed=3), replace(QUICK, native=(96, 72)))
    assert other.sha256 != made.sha256, "another seed is another city"
    found = Subject("towers", None, "")
    assert native(found, QUICK, (1920, 1080)) == (512, 288) and native(found, QUICK, (128, 72)) == (128, 72)
    assert native(found, QUICK, (1080, 1920)) == (288, 512)


def test_a_photograph_is_flown_through(tmp_path: Path) -> None:
    Image.fromarray(data.coffee()).save(tmp_path / "coffee.png")
    h, w = data.coffee().shape[:2]
    step = np.where(np.arange(w) < w // 2, 255, 0).astype(np.uint8)
    Image.fromarray(np.tile(step, (h, 1))).save(tmp_path / "depth.png")
    big = replace(SMALL, size=(192, 108))
    keys = "".join(f"[[key]]\ntime = {t}\neye = [{x}, 0, 0]\nyaw = 0\n" for t, x in ((0, -0.06), (0.5, 0.06)))
    (tmp_path / "aside.toml").write_text(keys)
    aside = replace(QUICK, path=str(tmp_path / "aside.toml"), depth=tmp_path / "depth.png")
    made = camera(str(tmp_path / "coffee.png"), tmp_path / "a.mp4", big, aside)
    frames = film(tmp_path / "a.mp4", made)
    assert (frames.max(-1) < 4).mean() < 0.002, "no black holes"
    change = np.abs(frames[1] - frames[2]).mean((0, 2))
    assert change[10:80].mean() > 1.5 * change[115:182].mean(), "what the file calls near moves more"
    guessed = camera(str(tmp_path / "coffee.png"), tmp_path / "b.mp4", big, replace(QUICK, path="dolly"))
    assert guessed.frames == 4 and guessed.sha256 != made.sha256


def test_dressing_keeps_forms_and_sticks_to_things(house: House) -> None:
    studio, size = Studio("coral", (256, 144), 1), (256, 144)
    home = View(np.array([0.0, 0.6, 8.0]), REST, 50.0)
    renders = []
    for i in range(4):
        view = beside(home, 0.08 * i)
        renders.append(Render(studio.colour(view, {"motion": 0.3}), studio.depth(view, {"motion": 0.3}), view))
    assert Wardrobe(Look("red fire", 0.0), house).dress(renders[0]) is renders[0].frame
    look = Look("red fire", 0.8)
    steady, each = Wardrobe(look, house), Wardrobe(look, house, steady=False)
    ours, plain = [steady.dress(r) for r in renders], [each.dress(r) for r in renders]
    assert ours[0].shape == (size[1], size[0], 3) and np.array_equal(ours[0], plain[0])
    grey = [x.astype(float).mean(-1).ravel() for x in (ours[2], renders[2].frame, np.roll(renders[2].frame, 60, 1))]
    assert np.corrcoef(grey[0], grey[1])[0, 1] > 0.75 > np.corrcoef(grey[0], grey[2])[0, 1] + 0.2
    assert ours[0][..., 0].mean() > 1.5 * ours[0][..., 2].mean() and renders[0].frame[..., 2].mean() > 60, "blue to red"


def test_what_is_dreamed_moves_with_the_things(house: House) -> None:
    studio, way = Studio("nave", (256, 144), 2), moves(Subject("nave", None, ""), Shot("dolly"), Options(seconds=8.0))
    views = [way.view(2.0 + i / 24) for i in range(5)]
    renders = [Render(studio.colour(v, {"palette": 4}), studio.depth(v, {}), v) for v in views]

    def flicker(frames: list[np.ndarray]) -> float:  # type: ignore[type-arg]
        errors = []
        for before, after, a, b in zip(frames, frames[1:], renders, renders[1:], strict=False):
            shown, seen = backward(before, a.depth, a.view, b.depth, b.view)
            errors.append(np.abs(np.asarray(shown, float) - after).mean(-1)[seen > 0].mean())
        return float(np.mean(errors[1:]))

    steady, each = (Wardrobe(Look("golden cathedral", 1.0), house, s) for s in (True, False))
    bare = flicker([r.frame for r in renders])
    ours, plain = flicker([steady.dress(r) for r in renders]), flicker([each.dress(r) for r in renders])
    assert ours - bare < 0.75 * (plain - bare), "what it adds to the render's own"


def test_depth_as_the_denoiser_is_told_it() -> None:
    near = nearness_of(np.array([[0.0, 5.0], [10.0, 80.0]], np.float32))
    assert near[0, 0] == 1.0 and (np.diff(near.ravel()) < 0).all() and near[1, 1] < 1e-4
    ramp = np.tile(np.linspace(0, 1, 128, dtype=np.float32), (72, 1))
    cells = in_cells(ramp, (4, 8))
    assert cells.shape == (1, 4, 8) and float(cells.min()) >= 0 and float(cells.max()) <= 1
    assert (np.diff(cells[0, 2].numpy()) > 0.08).all(), "left far, right near, evenly"
    square = in_cells(ramp, (4, 4))
    assert float(square[0, 0, 0]) > 0.2 and float(square[0, 0, -1]) < 0.8, "the middle, not squeezed"
    assert in_cells(np.full((30, 50), 0.4, np.float32), (2, 2)).numpy() == pytest.approx(0.4)
    drawn = relief(np.tile(np.linspace(0, 1, 96, dtype=np.float32), (54, 1)))
    assert drawn.shape == (54, 96, 3) and drawn[:, -10:].mean() > 2 * drawn[:, :10].mean()


@pytest.mark.parametrize(
    ("what", "shot", "error", "said"),
    [
        ("nowhere.png", QUICK, MediaError, "no such picture"),
        ("clip.mp4", QUICK, MediaError, "is a video"),
        ("...", QUICK, VjError, "no word in it"),
        ("pearl", replace(QUICK, path="spin"), VjError, "orbit, dolly, crane"),
        ("pearl", replace(QUICK, ease="smoth"), VjError, 'did you mean "smooth"'),
        ("pearl", replace(QUICK, bpm=0.0), VjError, "20 to 400"),
    ],
)
def test_bad_input_is_said(what: str, shot: Shot, error: type[VjError], said: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=said):
        camera(what, tmp_path / "a.mp4", SMALL, shot)
    assert not list(tmp_path.iterdir())


def test_palettes_are_heard_in_words(house: House) -> None:
    for words, palette in {"fire city": 1, "a black and white desert": 6, "acid green crystals": 5}.items():
        assert subject(words, QUICK, house).palette == palette
    assert subject("pearl", replace(QUICK, style="golden"), house) == Subject("pearl", None, "golden", 4)


def test_the_order_of_depth_is_counted_right() -> None:
    near, g = torch.linspace(0, 1, 400).view(1, 20, 20), torch.Generator().manual_seed(2)
    assert order(near**3, near, g) == 1.0 and order(1 - near, near, g) == 0.0
    assert order(torch.rand(1, 20, 20, generator=g), near, g) == pytest.approx(0.5, abs=0.06)


def test_a_picture_that_is_none(tmp_path: Path, house: House) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(MediaError, match="empty"):
        camera(str(tmp_path / "empty.png"), tmp_path / "a.mp4", SMALL, QUICK)
    with pytest.raises(VjError, match=r"knows none of its words .*the nearest"):
        subject("xylograph", QUICK, house)
    assert subject("pearl", QUICK, None) == Subject("pearl", None, "") and set(SCENES) > {"pearl"}
