"""The operator's overlay: text, lamps and bars over the window's picture. It is never recorded.

One glyph atlas, one vertex buffer, one draw call. Letters are sized to be read at a metre from the screen.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import moderngl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vj.files.font import font as font_of

Colour = tuple[float, float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
GREY: Colour = (0.55, 0.58, 0.62, 1.0)
GREEN: Colour = (0.35, 0.95, 0.45, 1.0)
AMBER: Colour = (1.0, 0.75, 0.2, 1.0)
RED: Colour = (1.0, 0.3, 0.25, 1.0)
PANEL: Colour = (0.02, 0.02, 0.03, 0.78)

FONTS = ("DejaVuSansMono.ttf", "Menlo.ttc", "consola.ttf")
COLUMNS = 52
"""characters in a row"""
_FIRST, _SOLID = 32, 127  # the atlas holds ASCII, and a white cell for bars and lamps
_VERTEX = """#version 330 core
in vec2 at; in vec2 cell; in vec4 tint; uniform vec2 size; out vec2 uv; out vec4 colour;
void main() { gl_Position = vec4(at.x / size.x * 2.0 - 1.0, 1.0 - at.y / size.y * 2.0, 0.0, 1.0);
    uv = cell; colour = tint; }
"""
_FRAGMENT = """#version 330 core
uniform sampler2D atlas; in vec2 uv; in vec4 colour; out vec4 pixel;
void main() { pixel = vec4(colour.rgb, colour.a * texture(atlas, uv).r); }
"""


@dataclass(frozen=True, slots=True)
class HudState:
    fps: float = 0.0
    late: int = 0
    """frames that came too late since the start"""
    engine: str = ""
    """the rung of the engine's ladder that is in use, such as `house 34 fps` or `pool loop`"""
    scene: str = ""
    bpm: float = 0.0
    beat: int = 0
    beat_phase: float = 0.0
    beat_source: str = "none"
    bands: tuple[float, ...] = field(default=(0.0,) * 8)
    """0-1, low to high"""
    kick: float = 0.0
    snare: float = 0.0
    hat: float = 0.0
    """lamps, 1 at the event, decaying"""
    lines: tuple[str, ...] = ()
    """anything else, one row each"""
    camera: str = ""
    """the cameras that are on"""
    error: str = ""
    """the newest error, drawn in red"""


class Hud:
    """`draw(fbo, state)` over whatever is in the framebuffer."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self.ctx = ctx
        self._program = ctx.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._buffer = ctx.buffer(reserve=4096 * 6 * 32, dynamic=True)
        self._vao = ctx.vertex_array(self._program, [(self._buffer, "2f 2f 4f", "at", "cell", "tint")])
        self._atlas: moderngl.Texture | None = None
        self._cell = (0, 0)
        self._points = 0

    def draw(self, fbo: moderngl.Framebuffer, state: HudState) -> None:
        """Letters are a fortieth of the picture's height, 15 pixels at least."""
        self._render(fbo, lambda page: _write(page, state))

    def notice(self, fbo: moderngl.Framebuffer, text: str) -> None:
        """A few lines in amber without the rest."""

        def write(page: _Page) -> None:
            lines = _wrapped(text)
            page.box(0.5, 0.5, COLUMNS, len(lines) + 0.6, PANEL)
            _column(page, 0.8, lines, AMBER)

        self._render(fbo, write)

    def _render(self, fbo: moderngl.Framebuffer, write: Callable[[_Page], None]) -> None:
        self._load(max(15, fbo.height // 40))
        page = _Page(self._cell)
        write(page)
        vertices = page.vertices()[: 4096 * 6]
        self._buffer.write(vertices.tobytes())
        size = self._program["size"]
        assert isinstance(size, moderngl.Uniform) and self._atlas is not None
        size.value = (float(fbo.width), float(fbo.height))
        self._atlas.use(0)
        fbo.use()
        self.ctx.enable(moderngl.BLEND)
        self.ctx.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self._vao.render(moderngl.TRIANGLES, len(vertices))
        self.ctx.disable(moderngl.BLEND)

    def release(self) -> None:
        for thing in (self._vao, self._buffer, self._program):
            thing.release()
        if self._atlas is not None:
            self._atlas.release()

    def _load(self, points: int) -> None:
        if points == self._points:
            return
        if self._atlas is not None:
            self._atlas.release()
        image = _draw_atlas(points)
        self._points, self._cell = points, (image.width // 16, image.height // 6)
        self._atlas = self.ctx.texture(image.size, 1, image.tobytes(), alignment=1)
        self._atlas.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._atlas.repeat_x = self._atlas.repeat_y = False


class _Page:
    """Collects glyphs and boxes; positions in cells (columns, rows) from the top left."""

    def __init__(self, cell: tuple[int, int]) -> None:
        self.cell = cell
        self._rows: list[tuple[float, ...]] = []  # x, y, width, height, atlas index, colour

    def text(self, column: float, row: float, text: str, colour: Colour = WHITE) -> None:
        for at, letter in enumerate(text):
            code = ord(letter) if _FIRST <= ord(letter) < _SOLID else ord("?")
            if letter != " ":
                self._rows.append((column + at, row, 1.0, 1.0, code - _FIRST, *colour))

    def box(self, column: float, row: float, width: float, height: float, colour: Colour) -> None:
        self._rows.append((column, row, width, height, _SOLID - _FIRST, *colour))

    def vertices(self) -> NDArray[np.float32]:
        """float32 [N * 6, 8]: x, y in pixels, u, v in the atlas, red, green, blue, alpha."""
        rows = np.array(self._rows, np.float32)
        corner = np.array([(0, 0), (1, 0), (0, 1), (1, 0), (1, 1), (0, 1)], np.float32)
        cell = np.array(self.cell, np.float32)
        # on whole pixels: letters are not filtered
        at = np.round(rows[:, None, 0:2] * cell) + np.round(corner * rows[:, None, 2:4] * cell)
        index = rows[:, 4]
        origin = np.stack([index % 16, index // 16], -1)
        # a box takes the middle of the white cell, so that its edges stay sharp
        inner = np.where((index == _SOLID - _FIRST)[:, None, None], 0.5, corner)
        uv = (origin[:, None] + inner) / np.array([16, 6], np.float32)
        colour = np.repeat(rows[:, None, 5:], 6, 1)
        return np.concatenate([at, uv, colour], -1, dtype=np.float32).reshape(-1, 8)


def _write(page: _Page, state: HudState) -> None:
    camera, errors = _wrapped(state.camera), _wrapped(state.error)
    rows = 4.9 + len(camera) + len(state.lines) + len(errors)
    page.box(0.5, 0.5, COLUMNS, rows, PANEL)
    page.text(1.5, 0.8, f"{state.fps:5.1f} fps", WHITE)
    page.text(12.5, 0.8, f"late {state.late}", AMBER if state.late else GREY)
    page.text(24.5, 0.8, state.engine[: COLUMNS - 25], GREEN)
    known = state.beat_source != "none"
    page.text(1.5, 2.0, f"{state.bpm:5.1f} bpm" if known else "  -.- bpm", WHITE if known else GREY)
    for beat in range(4):
        lit = (1.0 - 0.6 * state.beat_phase) if known and state.beat % 4 == beat else 0.16
        tint = AMBER if beat == 0 else WHITE
        page.box(12.5 + beat * 2.6, 2.0, 1.9, 0.9, (tint[0], tint[1], tint[2], lit))
    page.text(24.5, 2.0, f"{state.beat_source}"[:6], GREY)
    page.text(31.5, 2.0, state.scene[: COLUMNS - 32], WHITE)
    for band, level in enumerate(state.bands[:8]):
        page.box(1.5 + band * 2.6, 3.3, 2.1, 1.8, (1.0, 1.0, 1.0, 0.1))
        height = 1.8 * min(max(level, 0.0), 1.0)
        page.box(1.5 + band * 2.6, 5.1 - height, 2.1, height, GREEN if level < 0.95 else RED)
    lamps = (("KICK", state.kick, RED), ("SNARE", state.snare, AMBER), ("HAT", state.hat, GREEN))
    for at, (name, value, tint) in enumerate(lamps):
        column = 24.5 + at * 9
        page.box(column, 3.5, 8.0, 1.4, (tint[0], tint[1], tint[2], 0.12 + 0.88 * min(max(value, 0.0), 1.0)))
        page.text(column + (8 - len(name)) / 2, 3.7, name, (0, 0, 0, 1) if value > 0.35 else WHITE)
    row = _column(page, 5.3, camera, AMBER)
    row = _column(page, row, [line[: COLUMNS - 2] for line in state.lines], GREY)
    _column(page, row, errors, RED)


def _column(page: _Page, row: float, lines: Sequence[str], colour: Colour) -> float:
    """Lines below each other; the row after them."""
    for at, line in enumerate(lines):
        page.text(1.5, row + at, line, colour)
    return row + len(lines)


def _wrapped(text: str) -> list[str]:
    """At most four rows."""
    return textwrap.wrap(text, COLUMNS - 2)[:4]


def _draw_atlas(points: int) -> Image.Image:
    """16 x 6 cells of one size, ASCII 32-127; the last one is solid white."""
    font = font_of(FONTS, points)
    letters = "".join(map(chr, range(_FIRST, _SOLID)))
    boxes = [font.getbbox(letter) for letter in letters]
    width = int(max(max(b[2] for b in boxes), font.getlength("M"))) + 1
    height = int(max(b[3] for b in boxes)) + 2
    atlas = Image.new("L", (16 * width, 6 * height))
    draw = ImageDraw.Draw(atlas)
    for index, letter in enumerate(letters):
        draw.text((index % 16 * width, index // 16 * height), letter, 255, font)
    draw.rectangle((15 * width, 5 * height, 16 * width, 6 * height), 255)
    return atlas
