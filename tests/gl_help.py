"""What the picture's tests share: one context, constant pictures, shaders written on the spot."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import moderngl
import numpy as np
import pytest

from vj.core.errors import DeviceError
from vj.core.types import AudioFeatures, BeatState, Moment, Value
from vj.render import isf
from vj.render.gl import Pixels, Target, open_context, texture_from
from vj.render.program import IsfProgram

SIZE = (32, 18)


@functools.cache
def context() -> moderngl.Context:
    try:
        return open_context()
    except DeviceError as error:
        pytest.skip(f"needs OpenGL: {error}")


def moment(
    t: float = 0.0,
    frame: int = 0,
    audio: AudioFeatures | None = None,
    beat: BeatState | None = None,
    dt: float = 1 / 60,
) -> Moment:
    return Moment(t, dt, frame, SIZE, audio or AudioFeatures(), beat or BeatState())


def flat(colour: tuple[int, ...], size: tuple[int, int] = SIZE) -> Pixels:
    """uint8 [H, W, 3 or 4] of one colour."""
    return np.full((size[1], size[0], len(colour)), colour, np.uint8)


def texture(pixels: Pixels) -> moderngl.Texture:
    return texture_from(context(), pixels)


def program(text: str, folder: Path, name: str = "it.fs") -> IsfProgram:
    (folder / name).write_text(text)
    return IsfProgram(context(), isf.load(folder / name))


def drawn(
    shader: IsfProgram,
    now: Moment | None = None,
    params: Mapping[str, Value] | None = None,
    images: Mapping[str, moderngl.Texture] | None = None,
    size: tuple[int, int] = SIZE,
) -> Pixels:
    target = Target(context(), size)
    shader.draw(target, now or moment(), params or {}, images or {})
    return target.pixels()
