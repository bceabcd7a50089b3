"""A contact sheet of shaders: `python -m vj.render.sheet OUT.png [options] FILE.fs ...`.

Generators are drawn at the given times, filters over a test card (or a generator) at the same times, transitions
between two pictures at several values of progress. A file that does not compile gets its message instead of pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import moderngl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vj.core.errors import VjError
from vj.core.types import AudioFeatures, BeatState, Moment, Value
from vj.labels.seal import seal_picture
from vj.render import isf
from vj.render.gl import Pixels, Target, open_context, texture_from
from vj.render.program import IsfProgram

PROGRESS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
FPS = 30


def test_card(size: tuple[int, int]) -> Pixels:
    """uint8 [H, W, 3]: gradients, circles, bars and fine lines on which every effect shows."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    picture = np.stack([u, v, 1.0 - u], -1) * 0.6
    radius = np.hypot((u - 0.5) * width / height, v - 0.5)
    ring = ((radius * 10).astype(int) % 2 == 0) & (radius < 0.42)
    picture[ring] = 1.0 - picture[ring]
    bars = v > 0.82
    colours = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 0]])
    picture[bars] = colours[np.minimum((u[bars] * 8).astype(int), 7)]
    lines = (v < 0.12) & (x.astype(int) // 2 % 2 == 0)
    picture[lines] = 1.0
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def other_card(size: tuple[int, int]) -> Pixels:
    """uint8 [H, W, 3]: a warm checker, nowhere like the test card."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    check = ((x / height * 6).astype(int) + (y / height * 6).astype(int)) % 2
    picture = np.stack([0.5 + 0.5 * check, 0.25 + 0.45 * y / height, 0.1 + 0.2 * (1 - check)], -1)
    return (picture * 255 + 0.5).astype(np.uint8)


def moment(t: float, frame: int, size: tuple[int, int], loud: float = 0.0) -> Moment:
    """A frame without a beat; loud (0-1) fills the bands, and a kick, snare and hat sound at every whole second."""
    if loud <= 0:
        return Moment(t, 1 / FPS, frame, size, AudioFeatures(), BeatState())
    bands = np.full(8, loud, np.float32)
    wave = (loud * np.sin(np.arange(1024) * 0.06 + t * 9)).astype(np.float32)
    spectrum = (loud * np.exp(-np.arange(512) / 120.0)).astype(np.float32)
    hit = float(int(t))
    audio = AudioFeatures(
        t, level=loud, bands=bands, wave=wave, spectrum=spectrum, kick_t=hit, snare_t=hit, hat_t=hit, silent=False
    )
    return Moment(t, 1 / FPS, frame, size, audio, BeatState(t, 120.0, int(t * 2), t * 2 % 1.0, t / 2 % 1.0))


def row(
    ctx: moderngl.Context,
    path: Path,
    size: tuple[int, int],
    times: Sequence[float],
    under: Path | None = None,
    loud: float = 0.0,
) -> list[Pixels]:
    """The pictures of one file, each uint8 [H, W, 3]. Raises ShaderError.

    times are seconds; for a generator with `motion` they are turns of its loop too.
    """
    program = IsfProgram(ctx, isf.load(path))
    target = Target(ctx, size)
    pictures = []
    if program.isf.kind == "transition":
        images = {"startImage": texture_from(ctx, test_card(size)), "endImage": texture_from(ctx, other_card(size))}
        for frame, progress in enumerate(PROGRESS):
            program.draw(target, moment(progress * 2, frame, size, loud), {"progress": progress}, images, 0.0)
            pictures.append(target.pixels())
        return pictures
    below, card = Target(ctx, size), texture_from(ctx, test_card(size))
    source = IsfProgram(ctx, isf.load(under)) if under and program.isf.kind == "filter" else None
    frame = 0
    for t in times:
        # effects with a memory need the frames in between
        keeps = any(p.persistent for p in program.isf.passes)
        steps = max(1, min(round(t * FPS) + 1 - frame, 90)) if keeps else 1
        for step in range(steps):
            at = moment(t - (steps - 1 - step) / FPS, frame, size, loud)
            images = {name: card for name in program.isf.image_inputs}
            if source:
                source.draw(below, at, _turn(source, at.t), start=0.0)
                images["inputImage"] = below.texture
            program.draw(target, at, _turn(program, at.t), images, 0.0)
            frame += 1
        pictures.append(target.pixels())
    return pictures


def _turn(program: IsfProgram, t: float) -> dict[str, Value]:
    generator = program.isf.kind == "generator"
    return {"motion": t} if generator and any(p.name == "motion" for p in program.params) else {}


def sheet(rows: Sequence[tuple[str, list[Pixels] | str]], size: tuple[int, int]) -> Image.Image:
    """rows: (caption, pictures or an error text)."""
    width, height = size
    columns = max([len(p) for _, p in rows if not isinstance(p, str)] or [3])
    page = Image.new("RGB", (columns * (width + 4) + 4, len(rows) * (height + 22) + 4), (24, 24, 24))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    for number, (caption, pictures) in enumerate(rows):
        top = 4 + number * (height + 22)
        draw.text((6, top + height + 2), caption, (230, 230, 230), font)
        if isinstance(pictures, str):
            draw.multiline_text((6, top), "\n".join(_wrap(pictures, page.width // 8)), (255, 90, 90), font)
            continue
        for column, picture in enumerate(pictures):
            page.paste(Image.fromarray(picture), (4 + column * (width + 4), top))
    return page


def _wrap(text: str, width: int) -> list[str]:
    return [text[i : i + width] for i in range(0, len(text), width)]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every file was drawn, 1 when one of them has an error."""
    parser = argparse.ArgumentParser(prog="python -m vj.render.sheet", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--size", default="256x144")
    parser.add_argument("--times", default="0,0.25,0.5,0.75", help="seconds, and turns of `motion`")
    parser.add_argument("--filter-input", default="", help="generator (name or path) under the filters")
    parser.add_argument("--loud", type=float, default=0.0, help="0-1: sound for bass, kick and the others")
    options = parser.parse_args(arguments)
    width, height = (int(v) for v in options.size.split("x"))
    times = [float(v) for v in options.times.split(",")]
    under = _generator(options.filter_input)
    ctx = open_context()
    rows: list[tuple[str, list[Pixels] | str]] = []
    for path in options.files:
        try:
            rows.append((path.name, row(ctx, path, (width, height), times, under, options.loud)))
        except VjError as error:
            rows.append((path.name, str(error)))
            print(f"{error}", file=sys.stderr)
    sheet(rows, (width, height)).save(options.out)
    seal_picture(options.out, "shader sheet", model=False)
    return int(any(isinstance(pictures, str) for _, pictures in rows))


def _generator(name: str) -> Path | None:
    if not name:
        return None
    from vj.core.paths import data_dir

    return Path(name) if name.endswith(".fs") else data_dir("shaders") / "generators" / f"{name}.fs"


if __name__ == "__main__":
    raise SystemExit(main())
