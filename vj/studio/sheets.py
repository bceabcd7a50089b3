"""Pictures of what the house model does: the job of `vj eval sheets` and `vj train world --sheet`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.labels.seal import seal_picture
from vj.studio.captions import FAMILIES, PALETTES
from vj.studio.world import HELD_OUT, World

if TYPE_CHECKING:
    from vj.studio.exam import Exam

Frames = Sequence[NDArray[np.uint8]]
SIZE = (256, 144)
PROMPTS = (
    *("slow violet tunnel", "golden kaleidoscope, eight-fold", "icy crystal", "bonfire at night", "neon city"),
    *("ocean waves at sunset", "candy flower", "planet with rings", "acid lightning", "dna strand, teal"),
    *("black and white checkerboard", "copper circuit board", "aurora ribbons", "lava lamp", "fractal coral"),
    *("pastel bubbles", "red laser beams", "stained glass", "cathedral of gold", "mountains at dusk"),
    *("thunderstorm over the sea", "diamonds and fire", "jellyfish in deep water", "techno", "honeycomb"),
)


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def contact(frames: Frames, labels: Sequence[str], columns: int) -> Image.Image:
    """Frames of one size in rows, each over its label."""
    h, w = frames[0].shape[:2]
    tall = h + (18 if any(labels) else 2)
    rows = -(-len(frames) // columns)
    page = Image.new("RGB", (columns * (w + 2) - 2, rows * tall), (18, 18, 18))
    draw = ImageDraw.Draw(page)
    for i, (frame, label) in enumerate(zip(frames, labels, strict=True)):
        x, y = i % columns * (w + 2), i // columns * tall
        page.paste(Image.fromarray(frame), (x, y))
        draw.text((x + 3, y + h + 2), label[: w // 6], fill=(220, 220, 220), font=font(11))
    return page


def world_sheet(out: Path, seed: int = HELD_OUT + 7, per: int = 4) -> None:
    """Random clips of every family with their captions."""
    world = World(SIZE)
    frames, labels = [], []
    for number, family in enumerate(world.families()):
        for i in range(per):
            clip = world.draw(world.spec(seed, per * number + i, 1, family=family))
            frames.append(clip.frames[0])
            labels.append(clip.caption)
    contact(frames, labels, 2 * per).save(out)
    seal_picture(out, "world sheet", model=False)


def draw_all(out: Path, threads: int, say: Callable[[str], None]) -> Iterator[Path]:
    """Writes model-samples.jpg, model-blind.jpg (and its key), model-blend.jpg, model-pool.jpg; yields their paths."""
    import torch

    from engine.errors import EngineError
    from vj.studio.exam import Exam

    if not out.is_dir():
        raise VjError(f"{out}: no such folder", "make it, or choose another with --out")
    torch.set_num_threads(threads or os.cpu_count() or 1)
    exam = Exam(ROOT / "engine" / "assets", 64, say)
    try:
        for name, draw in (("samples", samples), ("blind", blind), ("blend", blend), ("pool", pool)):
            say(f"drawing model-{name}.jpg")
            path = out / f"model-{name}.jpg"
            draw(exam, path)
            seal_picture(path, "eval sheets", model=True)
            yield path
    except EngineError as error:
        raise VjError(str(error)) from None


def of_prompts(exam: Exam, texts: Sequence[str], steps: int = 1, seed: int = 11) -> list[NDArray[np.uint8]]:
    """uint8 [144, 256, 3] per prompt."""
    from engine.pipelines.text2video import cells, pictures
    from engine.training.samples import How, remembered, sample

    shape = cells(SIZE)
    made = sample(exam.house, remembered(exam.memory, texts, shape, seed=seed), shape, How(steps), seed, 16)
    return [frame for i in range(0, len(made), 8) for frame in pictures(list(made[i : i + 8]), exam.house, SIZE)]


def samples(exam: Exam, path: Path) -> None:
    contact(of_prompts(exam, PROMPTS), PROMPTS, 5).save(path, quality=86, optimize=True)


def blind(exam: Exam, path: Path) -> None:
    """64 samples of families drawn by lot, without their names; the key goes beside it."""
    rng = np.random.default_rng(HELD_OUT + 3)
    chosen = [str(rng.choice(list(FAMILIES))) for _ in range(64)]
    texts = [f"{rng.choice(PALETTES[rng.integers(len(PALETTES))])} {FAMILIES[family][0]}" for family in chosen]
    contact(of_prompts(exam, texts, seed=12), [str(i + 1) for i in range(64)], 8).save(path, quality=86, optimize=True)
    path.with_suffix(".txt").write_text("".join(f"{i + 1} {text}\n" for i, text in enumerate(texts)))


def blend(exam: Exam, path: Path) -> None:
    """Every fifth frame of 60 from one prompt to another; under each strip a dissolve between the same two pictures."""
    from vj.studio.exam import PAIRS, blended
    from vj.studio.versus import dissolved

    frames, labels = [], []
    for a, b in PAIRS:
        ours = blended(exam, a, b, 60)
        for name, strip in ((f"{a} > {b}", ours), ("dissolve", dissolved(ours[0], ours[-1], 60))):
            frames += [np.asarray(Image.fromarray(frame).resize((192, 108))) for frame in strip[::5]]
            labels += [name, *[""] * (len(strip[::5]) - 1)]
    contact(frames, labels, 12).save(path, quality=86, optimize=True)


def pool(exam: Exam, path: Path) -> None:
    """The first frame of every entry of the house pool."""
    from engine.pipelines.text2video import pictures
    from engine.pools.pool import load

    found = load(ROOT / "latent_pools" / "house")
    frames: list[NDArray[np.uint8]] = []
    for i in range(len(found.entries)):
        frame = pictures([found.frame(i, 0)], exam.house, found.size)[0]
        frames.append(np.asarray(Image.fromarray(frame).resize((192, 108))))
    contact(frames, [entry.name for entry in found.entries], 10).save(path, quality=86, optimize=True)
