"""OpenGL in small pieces: context, targets, finished pictures, one full-screen triangle.

Everything is GL 3.3 core, because macOS stops at 4.1. Textures have their origin at the bottom left, as ISF has.
Colours are 8-bit sRGB values treated as plain numbers, as ISF hosts do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from vj.core.errors import DeviceError, ShaderError

Pixels = NDArray[np.uint8]

TRIANGLE_VS = """#version 330 core
in vec2 corner;
void main() { gl_Position = vec4(corner, 0.0, 1.0); }
"""
COPY_FS = """#version 330 core
uniform sampler2D image; uniform vec2 size; out vec4 colour;
void main() { colour = texture(image, gl_FragCoord.xy / size); }
"""
TRIANGLE = np.array([-1, -1, 3, -1, -1, 3], np.float32)
QUAD = np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32)


def open_context(window: bool = False) -> moderngl.Context:
    """The context of the current window, or one without a window (EGL where there is no display).

    Raises DeviceError when the machine has no OpenGL 3.3.
    """
    backends: list[str] = ["", "egl"]
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        backends.reverse()
    reasons = []
    for backend in [""] if window else backends:
        try:
            options: dict[str, Any] = {"backend": backend} if backend else {}
            ctx = moderngl.create_context(require=330, standalone=not window, **options)
        except Exception as error:  # seam: every driver has its own exceptions
            reasons.append(f"{backend or 'default'}: {error}")
            continue
        ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        return ctx
    raise DeviceError(
        "no OpenGL 3.3 here: " + "; ".join(reasons),
        "install a driver; without a GPU, Mesa's software one (apt install libegl1 libgl1-mesa-dri) does",
    )


class Target:
    """A texture one can draw into. `dtype`: f1 (8 bit), f2 or f4 (16 or 32 bit float)."""

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int], dtype: str = "f1") -> None:
        self.ctx, self.size, self.dtype = ctx, (max(1, size[0]), max(1, size[1])), dtype
        self.texture = ctx.texture(self.size, 4, dtype=dtype)
        self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.texture.repeat_x = self.texture.repeat_y = False
        self.fbo = ctx.framebuffer([self.texture])
        self.float_size = (float(self.size[0]), float(self.size[1]))
        self.clear()

    def clear(self, red: float = 0.0, green: float = 0.0, blue: float = 0.0, alpha: float = 0.0) -> None:
        self.fbo.clear(red, green, blue, alpha)

    def pixels(self) -> Pixels:
        """uint8 [H, W, 3], top row first; float targets are clipped to 0-1 first."""
        width, height = self.size
        if self.dtype == "f1":
            raw = np.frombuffer(self.fbo.read(components=3, alignment=1), np.uint8)
            return np.ascontiguousarray(raw.reshape(height, width, 3)[::-1])
        values = np.frombuffer(self.fbo.read(components=3, alignment=1, dtype="f4"), np.float32)
        eight = np.clip(values.reshape(height, width, 3)[::-1] * 255.0 + 0.5, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(eight)

    def release(self) -> None:
        self.fbo.release()
        self.texture.release()


class Picture:
    """A finished frame. It is valid until the compositor draws the next one."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._pixels: Pixels | None = None

    @property
    def texture(self) -> moderngl.Texture:
        return self.target.texture

    @property
    def size(self) -> tuple[int, int]:
        """width, height in pixels"""
        return self.target.size

    def pixels(self) -> Pixels:
        """uint8 [H, W, 3], top row first; read back once, however many outputs ask."""
        if self._pixels is None:
            self._pixels = self.target.pixels()
        return self._pixels


class Pool:
    """Targets that are lent for a part of a frame and come back."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self.ctx = ctx
        self._free: dict[tuple[tuple[int, int], str], list[Target]] = {}

    def take(self, size: tuple[int, int], dtype: str = "f1") -> Target:
        """A target with whatever was in it last."""
        free = self._free.get((size, dtype))
        return free.pop() if free else Target(self.ctx, size, dtype)

    def give(self, target: Target) -> None:
        self._free.setdefault((target.size, target.dtype), []).append(target)

    def release(self) -> None:
        """Give the free targets back to the driver (after a resize)."""
        for free in self._free.values():
            for target in free:
                target.release()
        self._free.clear()


class Pass:
    """A fragment shader drawn over the whole target; textures by uniform name, values set when they change."""

    def __init__(
        self, ctx: moderngl.Context, fragment: str, samplers: tuple[str, ...] = (), name: str = "pass"
    ) -> None:
        """Raises ShaderError with the driver's message."""
        try:
            self.program = ctx.program(vertex_shader=TRIANGLE_VS, fragment_shader=fragment)
        except moderngl.Error as error:
            raise ShaderError(f"built-in shader {name}: {error}") from error
        self._buffer = ctx.buffer(TRIANGLE.tobytes())
        self._vao = ctx.vertex_array(self.program, [(self._buffer, "2f", "corner")])
        self._uniforms = uniforms(self.program)
        self._units = {s: i for i, s in enumerate(samplers) if s in self._uniforms}
        for sampler, unit in self._units.items():
            self._uniforms[sampler].value = unit
        self._last: dict[str, Any] = {}

    def draw(
        self, fbo: moderngl.Framebuffer, textures: Mapping[str, moderngl.Texture], values: Mapping[str, Any]
    ) -> None:
        """Names that the shader does not use are left alone."""
        for name, unit in self._units.items():
            textures[name].use(unit)
        for name, value in values.items():
            if self._last.get(name) != value and name in self._uniforms:
                self._uniforms[name].value = value
                self._last[name] = value
        fbo.use()
        self._vao.render(moderngl.TRIANGLES, 3)

    def release(self) -> None:
        for thing in (self._vao, self._buffer, self.program):
            thing.release()


def uniforms(program: moderngl.Program) -> dict[str, moderngl.Uniform]:
    """Those that the driver has kept, by name."""
    members = {name: program[name] for name in program}
    return {name: member for name, member in members.items() if isinstance(member, moderngl.Uniform)}


def texture_from(ctx: moderngl.Context, pixels: Pixels) -> moderngl.Texture:
    """pixels uint8 [H, W, 3 or 4], top row first -> a texture with its origin at the bottom left."""
    height, width, channels = pixels.shape
    texture = ctx.texture((width, height), channels, np.ascontiguousarray(pixels[::-1]).tobytes(), alignment=1)
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return texture
