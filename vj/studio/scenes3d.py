"""The scenes of shaders/scenes through a camera: colours, and the exact depth of every pixel.

World: right-handed, y up, in scene units. A camera at rest looks along -z. Depth is measured along the camera's axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from engine.vision.camera3d import View
from vj.core.errors import VjError, nearest
from vj.core.paths import data_dir
from vj.core.types import AudioFeatures, BeatState, Moment, Value
from vj.render import gl, isf
from vj.render.program import IsfProgram

FAR = 80.0
"""depth of what no ray hits, scene units; as in shaders/scenes/scene.glsl"""
SUPERSAMPLE = 2
GLOW = 0.35
"""how much of the brightest light spills over its surroundings"""
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a scene is called for, and where a camera is at home in it (scene units)."""

    words: tuple[str, ...]
    target: Point
    """what a camera that goes round looks at"""
    distance: float
    """from there, level"""
    height: float
    """of the camera above the floor of the scene"""
    dolly: tuple[Point, Point]
    """a straight way on which nothing stands"""
    fov: float = 50.0
    low: float = 0.5
    top: float = 6.0
    """heights between which a crane goes up"""
    inside: bool = False
    """a camera that goes round stays near the target and looks outwards, at `ahead` from there"""
    ahead: Point = (0.0, 0.2, -9.0)


SCENES: dict[str, Scene] = {
    "pearl": Scene(
        ("pearl in rings", "planet", "sphere", "moon over water", "orb", "bubble", "ball", "gyroscope"),
        (0.0, 2.0, 0.0), 7.5, 2.6, ((0.0, 1.2, 12.0), (0.0, 2.2, 4.6)),
    ),
    "nave": Scene(
        ("cathedral", "temple of columns", "corridor", "church", "hall", "arches", "stained glass"),
        (0.0, 1.9, -6.0), 1.2, 1.7, ((0.0, 1.5, 0.0), (0.0, 1.9, -16.0)), 62.0, 0.5, 3.2, True,
    ),
    "coral": Scene(
        ("coral", "organic cave", "cells", "fractal filigree", "hollow planet", "sea creature"),
        (0.0, 0.0, 0.0), 7.5, 1.2, ((0.0, 0.8, 10.0), (0.0, 0.3, 4.6)),
    ),
    "sponge": Scene(
        ("cubes", "boxes", "fractal cube", "menger sponge", "blocks", "machine"),
        (0.0, 0.0, 0.0), 8.0, 3.6, ((0.0, 0.0, 9.0), (0.0, 0.0, 1.6)),
    ),
    "crystals": Scene(
        ("crystal", "gem", "crystals", "diamond", "ruby", "emerald", "ice", "jewels"),
        (0.0, 0.9, 0.0), 6.8, 2.2, ((0.0, 0.8, 10.0), (0.0, 1.6, 4.6)),
    ),
    "monolith": Scene(
        ("desert", "dunes", "monolith", "landscape", "sun", "sand", "mountains", "sunset over hills"),
        (0.0, 2.0, 0.0), 7.5, 2.2, ((0.0, 2.0, 10.0), (0.0, 1.8, 3.6)),
    ),
    "knot": Scene(
        ("knot", "torus", "rings of chain", "gold sculpture", "ribbons", "tubes", "mercury"),
        (0.0, 2.2, 0.0), 6.4, 2.8, ((0.0, 1.0, 12.0), (0.0, 2.5, 4.9)), 48.0,
    ),
    "station": Scene(
        ("tunnel", "space station", "spaceship", "tube", "corridor in space", "science fiction", "wormhole"),
        (0.0, 0.0, -3.0), 0.3, 0.0, ((0.0, -0.2, 2.0), (0.0, 0.1, -16.0)), 68.0, -0.9, 0.7, True,
    ),
    "lanterns": Scene(
        ("lanterns", "night sky", "lake at night", "fireflies", "stars over water", "particles", "ocean", "festival"),
        (0.0, 2.6, 0.0), 8.5, 1.6, ((0.0, 1.2, 14.0), (0.0, 3.0, 2.0)), 55.0,
    ),
    "towers": Scene(
        ("city", "skyline", "skyscrapers", "night city", "street", "towers", "neon city"),
        (0.0, 2.2, -6.0), 0.3, 2.0, ((0.0, 0.9, 3.0), (0.0, 2.4, -15.0)), 60.0, 0.4, 8.0, True,
    ),
}  # fmt: skip


def names() -> list[str]:
    """Scenes whose shader is here."""
    return [name for name in SCENES if (data_dir("shaders") / "scenes" / f"{name}.fs").is_file()]


def scene(name: str) -> Scene:
    """Raises VjError for a name that is none."""
    if name not in SCENES:
        raise VjError(f'no scene "{name}"{nearest(name, names())}', f"there are: {', '.join(names())}")
    return SCENES[name]


@cache
def _context() -> moderngl.Context:
    """One for all studios: they draw by turns."""
    return gl.open_context()


class Studio:
    """Draws one scene. `size` = (W, H) in pixels. All studios share an OpenGL context, which a draw makes current."""

    def __init__(self, name: str, size: tuple[int, int], supersample: int = SUPERSAMPLE) -> None:
        self.scene, self.size = scene(name), size
        self._ctx = _context()
        with self._ctx:
            self._open(name, supersample)

    def _open(self, name: str, supersample: int) -> None:
        size = self.size
        self._big = gl.Target(self._ctx, (size[0] * supersample, size[1] * supersample))
        self._deep = gl.Target(self._ctx, size, "f4")
        file = isf.load(data_dir("shaders") / "scenes" / f"{name}.fs")
        self._colour = IsfProgram(self._ctx, file)
        self._near = IsfProgram(self._ctx, replace(file, fragment=f"#define WORLD_DEPTH\n{file.fragment}"))

    def colour(self, view: View, values: Mapping[str, Value]) -> NDArray[np.uint8]:
        """[H, W, 3] sRGB, top row first. values: inputs of the shader, such as motion (turns) and palette."""
        with self._ctx:
            self._draw(self._colour, self._big, view, values)
            big = self._big.pixels()
        small = big if self._big.size == self.size else cv2.resize(big, self.size, interpolation=cv2.INTER_AREA)
        return bloomed(np.asarray(small, np.uint8))

    def depth(self, view: View, values: Mapping[str, Value]) -> NDArray[np.float32]:
        """[H, W], scene units along the camera's axis, at the pixels' centres; FAR or nearly so where there is sky."""
        with self._ctx:
            self._draw(self._near, self._deep, view, values)
            raw = np.frombuffer(self._deep.fbo.read(components=1, alignment=1, dtype="f4"), np.float32)
        return np.ascontiguousarray(raw.reshape(self.size[1], self.size[0])[::-1])

    def close(self) -> None:
        with self._ctx:
            for thing in (self._colour, self._near, self._big, self._deep):
                thing.release()

    def _draw(self, program: IsfProgram, target: gl.Target, view: View, values: Mapping[str, Value]) -> None:
        camera = dict(zip(("eyeX", "eyeY", "eyeZ"), map(float, view.eye), strict=True))
        camera |= dict(zip(("quatX", "quatY", "quatZ", "quatW"), map(float, view.turn), strict=True))
        now = Moment(0.0, 0.0, 0, target.size, AudioFeatures(), BeatState())
        program.draw(target, now, {"rate": 0.0, **values, **camera, "fov": float(view.fov)})


def bloomed(picture: NDArray[np.uint8], amount: float = GLOW) -> NDArray[np.uint8]:
    """Light that spills over from what is bright, as in a lens; sizes go with the height of the picture."""
    linear = np.square(picture.astype(np.float32) / 255.0)
    bright = np.maximum(linear - 0.35, 0.0)
    height = picture.shape[0]
    spill = sum(cv2.GaussianBlur(bright, (0, 0), height * share) for share in (0.008, 0.025, 0.07))
    shown = np.sqrt(1.0 - np.exp(-(linear + amount * np.asarray(spill)) * 1.25) * 1.0)
    return np.asarray(np.clip(shown * 255.0 / np.sqrt(1.0 - np.exp(-1.6)), 0, 255), np.uint8)
