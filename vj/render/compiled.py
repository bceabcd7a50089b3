"""The compiled half of an ISF file: GL program and uniforms, shared by all its instances."""

from __future__ import annotations

from typing import Any

import moderngl

from vj.render import glsl
from vj.render.gl import QUAD, TRIANGLE, uniforms
from vj.render.isf import IsfFile


class Compiled:
    """Raises ShaderError (file:line: driver's message) when the file does not compile."""

    def __init__(self, ctx: moderngl.Context, isf: IsfFile) -> None:
        self.ctx, self.isf = ctx, isf
        self.version, self._program = _compile(ctx, isf)
        # a vertex shader of its own may compute things at the corners: it gets the four that it expects
        corners = QUAD if isf.vertex else TRIANGLE
        self._mode = moderngl.TRIANGLE_STRIP if isf.vertex else moderngl.TRIANGLES
        self._corners = ctx.buffer(corners.tobytes())
        self._vao = ctx.vertex_array(self._program, [(self._corners, "2f", "isf_corner")])
        self._uniforms = uniforms(self._program)
        self._last: dict[str, Any] = {}
        names = glsl.images(isf)
        self.units = {n: i for i, n in enumerate(n for n in names if n in self._uniforms)}
        """texture unit of every image that the GLSL really samples"""
        for name, unit in self.units.items():
            self._uniforms[name].value = unit
        for name in names:
            self.set(f"_{name}_imgRect", (0.0, 0.0, 1.0, 1.0))

    def has(self, name: str) -> bool:
        """Whether the uniform is used at all; setting one that is not does nothing."""
        return name in self._uniforms

    def set(self, name: str, value: Any) -> None:
        uniform = self._uniforms.get(name)
        if uniform is not None and self._last.get(name) != value:
            uniform.value = value
            self._last[name] = value

    def render(self, fbo: moderngl.Framebuffer) -> None:
        fbo.use()
        self._vao.render(self._mode)

    def release(self) -> None:
        for thing in (self._vao, self._corners, self._program):
            thing.release()


def _compile(ctx: moderngl.Context, isf: IsfFile) -> tuple[int, moderngl.Program]:
    first: Exception | None = None
    for version in (330, 420):  # a few files of other hosts need 420's implicit conversions
        vertex, fragment = glsl.sources(isf, version)
        try:
            return version, ctx.program(vertex_shader=vertex, fragment_shader=fragment)
        except moderngl.Error as error:
            first = first or error
    raise glsl.compile_error(isf, str(first)) from first
