"""Clips in another manner: steady, readable, in the colours asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data

from engine.errors import EngineError
from engine.model.house import House, load_house, save_tiny_house
from engine.pipelines.inpaint import dreaming
from engine.pipelines.style import Dreamer, Steady, chained, styled
from engine.runtimes.runtime import best_dtype
from engine.types import Request
from engine.vision.fill import filled
from engine.vision.flow import warped_error
from engine.vision.patches import Book, cut, grid, vote
from engine.vision.transfer import Colours, Manner, Transfer, stretched, to_lab, to_rgb, transport
from vj.core.errors import MediaError, VjError
from vj.files.media import MovieSettings, MovieWriter
from vj.files.video import frames
from vj.studio.jobs.style import style
from vj.studio.output import Options

ROOT = Path(__file__).resolve().parent.parent
Frame = NDArray[np.uint8]
AGREED = "Eileen Collins, a test, 2026-01-31"
"""the photograph that is moved about shows her"""
QUIET = Options(quiet=True, consent=AGREED)
SIZE = (192, 128)


@cache
def clip(count: int = 6, noise: float = 4.0) -> tuple[Frame, ...]:
    """A camera that drifts over a photograph, with the noise of a sensor."""
    moves = [np.array([[1, 0, -150 - 1.7 * i], [0, 1, -60 - 0.8 * i]], np.float32) for i in range(count)]
    plain = [cv2.warpAffine(data.astronaut(), m, SIZE, flags=cv2.INTER_CUBIC) for m in moves]
    rough = np.random.default_rng(0).normal(0, noise, (count, *SIZE[::-1], 3))
    return tuple(np.clip(f + r + 0.5, 0, 255).astype(np.uint8) for f, r in zip(plain, rough, strict=True))


@cache
def manner(name: str = "immunohistochemistry") -> Manner:
    return Manner.of(getattr(data, name)(), SIZE[0])


@cache
def house() -> House:
    return load_house(ROOT / "engine" / "assets", best_dtype())


def dreamer(prompt: str, strength: float = 0.8, seed: int = 0) -> Dreamer:
    torch.set_num_threads(1)
    wish = Request(prompts=((prompt, 1.0),), strength=strength, seed=seed, controls={"guidance": 2.5})
    return Dreamer.of(house(), wish)


def flicker(made: Sequence[Frame]) -> float:
    """Motion-compensated, 0-255."""
    return float(np.mean([warped_error(a, b) for a, b in pairwise(made)]))


@pytest.mark.parametrize("kind", ["reference", "prompt"])
def test_it_flickers_less_than_each_frame_alone_and_hardly_more_than_the_source(kind: str) -> None:
    def styler() -> Transfer | Dreamer:
        return Transfer(manner(), 0.9) if kind == "reference" else dreamer("molten gold", 0.9)

    made, alone = (list(styled(clip(), styler(), Steady(keep=k))) for k in (Steady().keep, 0.0))
    source = flicker(clip())
    assert flicker(made) <= 1.3 * source
    assert flicker(made) < 0.6 * flicker(alone)
    shown = np.abs(made[-1].astype(float) - clip()[-1]).mean()
    assert shown > 10, "nothing was drawn"
    # the last frame is as sharp as the first: what is carried along is not worn away
    first, last = (cv2.Laplacian(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std() for f in (made[0], made[-1]))
    assert last > 0.65 * first


def test_forms_stay_readable_and_colours_become_those_of_the_reference() -> None:
    made = next(styled(clip(1), Transfer(manner(), 0.8)))
    lightness = [to_lab(f)[..., 0].ravel() for f in (clip(1)[0], made)]
    assert np.corrcoef(*lightness)[0, 1] > 0.75
    target, before, after = manner().colours, Colours.of(to_lab(clip(1)[0])), Colours.of(to_lab(made))
    assert np.linalg.norm(after.mean - target.mean) < 0.5 * np.linalg.norm(before.mean - target.mean)


def test_a_prompt_gives_its_palette() -> None:
    """Mean of b* (blue to yellow): gold is yellow, blue ink is blue, whatever the picture."""
    blue, gold = (to_lab(next(styled(clip(1), dreamer(p))))[..., 2].mean() for p in ("blue ink", "molten gold"))
    assert gold > to_lab(clip(1)[0])[..., 2].mean() + 10 and blue < gold - 40


@pytest.mark.parametrize("kind", ["reference", "prompt", "both"])
def test_the_same_twice_and_little_strength_is_little(kind: str) -> None:
    def made(strength: float) -> list[Frame]:
        first, second = Transfer(manner(), strength), dreamer("blue ink", strength)
        chosen = {"reference": first, "prompt": second, "both": chained(first, second)}
        return list(styled(clip(2), chosen[kind]))

    assert all(np.array_equal(a, b) for a, b in zip(made(0.8), made(0.8), strict=True))
    faint, bold = (np.abs(made(s)[0].astype(float) - clip(2)[0]).mean() for s in (0.02, 0.8))
    assert faint < 0.25 * bold


def test_a_cut_begins_anew_and_a_large_frame_keeps_its_detail() -> None:
    other = cv2.resize(data.coffee(), SIZE, interpolation=cv2.INTER_AREA)
    after = list(styled([*clip(2), other], Transfer(manner(), 0.8)))[2]
    assert np.array_equal(after, next(styled([other], Transfer(manner(), 0.8))))
    large = cv2.resize(data.coffee(), (600, 400), interpolation=cv2.INTER_AREA)
    sharp, soft = (next(styled([large], Transfer(manner(), 0.8), Steady(native=192, detail=d))) for d in (0.6, 0.0))
    edges = [cv2.Laplacian(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std() for f in (sharp, soft, large)]
    assert sharp.shape == large.shape and edges[0] > 1.5 * edges[1] and edges[0] > 0.4 * edges[2]


def test_transport_takes_colours_to_colours() -> None:
    rng = np.random.default_rng(0)
    a = (rng.normal(0, 1, (80, 80, 3)) @ rng.normal(0, 6, (3, 3)) + [60, 5, -8]).astype(np.float32)
    b = (rng.normal(0, 1, (80, 80, 3)) @ rng.normal(0, 9, (3, 3)) + [40, -10, 20]).astype(np.float32)
    source, target = Colours.of(a), Colours.of(b)
    matrix, offset = transport(source, target)
    moved = Colours.of(a @ matrix.T + offset)
    assert np.allclose(moved.mean, target.mean, atol=0.1)
    assert np.abs(moved.spread - target.spread).max() < 0.35 * np.abs(target.spread).max()
    picture = data.coffee()[:64, :64]
    assert np.abs(to_rgb(to_lab(picture)) - picture).max() < 1.0
    dark = stretched(to_lab(np.full((32, 32, 3), 6, np.uint8)))
    assert dark[..., 0].mean() > 10 and stretched(to_lab(np.zeros((8, 8, 3), np.uint8)))[..., 0].max() < 15


def test_patches_are_found_and_laid_together_again() -> None:
    picture = data.coffee()[100:148, 100:164].astype(np.float32)
    spots = grid(picture.shape[:2], 8, 5)
    patches = cut(picture, spots, 8)
    book = Book.of(patches)
    assert np.array_equal(book.nearest(patches), np.arange(len(spots)))
    total, weight = vote(patches, np.ones(len(spots), np.float32), spots, picture.shape)
    assert weight.min() > 0 and np.allclose(total / weight, picture, atol=1e-2)
    assert cut(picture, spots, 8)[0].reshape(8, 8, 3) == pytest.approx(picture[:8, :8])


@pytest.mark.parametrize("shape", [(40, 33, 3), (500, 60, 3)])
def test_references_of_any_shape(shape: tuple[int, int, int]) -> None:
    reference = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    out = next(styled(clip(1), Transfer(Manner.of(reference, 96), 0.7)))
    assert out.shape == clip(1)[0].shape
    flat = next(styled(clip(1), Transfer(Manner.of(np.full(shape, 200, np.uint8), 96), 1.0)))
    assert flat.std() < clip(1)[0].std()


def movie(path: Path, pictures: Sequence[Frame]) -> Path:
    writer = MovieWriter(path, MovieSettings(SIZE, 12, 48000, crf=12))
    for i, picture in enumerate(pictures):
        writer.video(picture, i / 12)
        writer.audio(np.full((4000, 2), 0.1 * (-1) ** i, np.float32))
    writer.close()
    return path


def test_the_job(tmp_path: Path) -> None:
    source = movie(tmp_path / "clip.mp4", clip(4))
    picture = tmp_path / "manner.png"
    cv2.imwrite(str(picture), data.immunohistochemistry()[::4, ::4, ::-1])
    made = style(source, tmp_path / "a.mp4", QUIET, reference=picture)
    assert made.frames == 4 and made.size == SIZE and made.sound and made.label["reference"] == "manner.png"
    assert made.sha256 == style(source, tmp_path / "b.mp4", QUIET, reference=picture).sha256
    plain = style(source, tmp_path / "c.mp4", QUIET, reference=picture, strength=0.0)
    assert plain.sha256 != made.sha256 and plain.sha256 == sha256_of(list(frames(source)))
    words = style(
        source, tmp_path / "d.mp4", Options(quiet=True, consent=AGREED, size=(96, 64), seconds=0.2), prompt="blue ink"
    )
    assert words.size == (96, 64) and words.frames == 2 and words.label["prompt"] == "blue ink"


def sha256_of(pictures: Sequence[Frame]) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in pictures)).hexdigest()


def test_what_cannot_be_styled_is_told(tmp_path: Path) -> None:
    source, out = movie(tmp_path / "clip.mp4", clip(2)), tmp_path / "o.mp4"
    with pytest.raises(VjError, match="nothing to go by"):
        style(source, out, QUIET)
    with pytest.raises(VjError, match=r"strength 1\.5"):
        style(source, out, QUIET, "gold", strength=1.5)
    with pytest.raises(VjError, match="no words in it"):
        style(source, out, QUIET, prompt="...")
    with pytest.raises(VjError, match=r"knows none of its words: qqqq \(nearest: "):
        style(source, out, QUIET, prompt="qqqq")
    with pytest.raises(MediaError, match="no such picture"):
        style(source, out, QUIET, reference=tmp_path / "gone.png")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(MediaError, match="empty"):
        style(empty, out, QUIET, "gold")
    assert not out.exists()


def test_words_fill_what_no_frame_shows() -> None:
    hole = np.zeros(SIZE[::-1], bool)
    hole[40:100, 60:130] = True
    made = dreaming(dreamer("molten gold", 0.9))(clip(1)[0], hole)
    assert np.array_equal(made[~hole], clip(1)[0][~hole])
    yellow = [to_lab(f)[..., 2][hole].mean() for f in (made, filled(clip(1)[0], hole))]
    assert yellow[0] > yellow[1] + 5


def test_words_need_the_denoiser(tmp_path: Path) -> None:
    save_tiny_house(tmp_path)
    tiny = load_house(tmp_path, torch.float32)
    with pytest.raises(EngineError, match="needs the denoiser -- gone"):
        Dreamer.of(House(tiny.autoencoder, missing="gone"), Request(prompts=(("red", 1.0),)))
    with pytest.raises(EngineError, match="no words in it"):
        Dreamer.of(tiny, Request(prompts=(("", 1.0),)))
