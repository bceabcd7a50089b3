"""The compiled half of an ISF file: a GL program per pass and its uniforms, shared by all instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import moderngl

from vj.render import glsl
from vj.render.gl import QUAD, TRIANGLE, uniforms
from vj.render.isf import IsfFile


class Stage:
    """One pass: a GL program and what it really uses of the uniforms."""

    def __init__(self, ctx: moderngl.Context, isf: IsfFile, program: moderngl.Program) -> None:
        self._program = program
        # a vertex shader of its own may compute things at the corners: it gets the four that it expects
        corners = QUAD if isf.vertex else TRIANGLE
        self._mode = moderngl.TRIANGLE_STRIP if isf.vertex else moderngl.TRIANGLES
        self._corners = ctx.buffer(corners.tobytes())
        self._vao = ctx.vertex_array(program, [(self._corners, "2f", "isf_corner")])
        self._uniforms = uniforms(program)
        self._last: dict[str, Any] = {}
        names = glsl.images(isf)
        self.units = {n: i for i, n in enumerate(n for n in names if n in self._uniforms)}
        """texture unit of every image that this pass really samples"""
        for name, unit in self.units.items():
            self._uniforms[name].value = unit
        for name in names:
            self.set(f"_{name}_imgRect", (0.0, 0.0, 1.0, 1.0))
        self._free = tuple((n, u) for n, u in self._uniforms.items() if n not in self.units)

    def set(self, name: str, value: Any) -> None:
        """Nothing happens when the pass does not use the uniform."""
        uniform = self._uniforms.get(name)
        if uniform is not None and self._last.get(name) != value:
            uniform.value = value
            self._last[name] = value

    def set_all(self, values: Mapping[str, Any]) -> None:
        last = self._last
        for name, uniform in self._free:
            value = values.get(name)
            if value is not None and last.get(name) != value:
                uniform.value = value
                last[name] = value

    def render(self, fbo: moderngl.Framebuffer) -> None:
        fbo.use()
        self._vao.render(self._mode)

    def release(self) -> None:
        for thing in (self._vao, self._corners, self._program):
            thing.release()


class Compiled:
    """Raises ShaderError (file:line: driver's message) when the file does not compile."""

    def __init__(self, ctx: moderngl.Context, isf: IsfFile) -> None:
        self.ctx, self.isf = ctx, isf
        self.version, programs = _compile(ctx, isf)
        self.stages = tuple(Stage(ctx, isf, program) for program in programs)
        """one per pass"""
        self.images = frozenset(name for stage in self.stages for name in stage.units)
        """what any pass samples"""

    def release(self) -> None:
        for stage in self.stages:
            stage.release()


def _compile(ctx: moderngl.Context, isf: IsfFile) -> tuple[int, list[moderngl.Program]]:
    first: Exception | None = None
    for version in (330, 420):  # a few files of other hosts need 420's implicit conversions
        programs: list[moderngl.Program] = []
        try:
            for index in range(len(isf.passes)):
                vertex, fragment = glsl.sources(isf, version, index)
                programs.append(ctx.program(vertex_shader=vertex, fragment_shader=fragment))
        except moderngl.Error as error:
            first = first or error
            for program in programs:
                program.release()
            continue
        return version, programs
    raise glsl.compile_error(isf, str(first)) from first
