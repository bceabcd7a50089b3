"""One ISF file ready to draw: compiled passes, persistent buffers, uniforms. Every layer has an instance of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import moderngl
import numpy as np
from PIL import Image

from vj.core.errors import MediaError, ShaderError
from vj.core.types import Array, Moment, Param, Value
from vj.render import glsl
from vj.render.expression import evaluate
from vj.render.gl import QUAD, TRIANGLE, TRIANGLE_VS, Target, texture_from
from vj.render.hostinputs import fill
from vj.render.isf import AudioInput, IsfFile, IsfPass

Images = Mapping[str, moderngl.Texture]
Date = tuple[float, float, float, float]
_NOTHING: dict[str, moderngl.Texture] = {}
_COPY = """#version 330 core
uniform sampler2D image; uniform vec2 size; out vec4 colour;
void main() { colour = texture(image, gl_FragCoord.xy / size); }
"""


def fixed_date(t: float) -> Date:
    """year, month, day, seconds of the day: always New Year, so that a show comes out the same twice."""
    return (2026.0, 1.0, 1.0, t % 86400.0)


class _Buffer:
    """What a pass with a TARGET draws into: `front` is read, `back` is written; one and the same unless persistent."""

    def __init__(self, ctx: moderngl.Context, spec: IsfPass) -> None:
        self.ctx, self.spec = ctx, spec
        self.front: Target | None = None
        self.back: Target | None = None

    def fit(self, size: tuple[int, int], copy: Callable[[Target, Target], None]) -> None:
        """Makes the buffer this big; what a persistent one held is kept, scaled."""
        if self.front is not None and self.front.size == size:
            return
        old = (self.front, self.back)
        dtype = "f4" if self.spec.floating else "f1"
        self.front = Target(self.ctx, size, dtype)
        self.back = Target(self.ctx, size, dtype) if self.spec.persistent else self.front
        if old[0] is not None:
            copy(old[0], self.front)
        for target in {id(t): t for t in old if t is not None}.values():
            target.release()

    def swap(self) -> None:
        self.front, self.back = self.back, self.front

    def release(self) -> None:
        for target in {id(t): t for t in (self.front, self.back) if t is not None}.values():
            target.release()
        self.front = self.back = None


class IsfProgram:
    """Draws an IsfFile. Raises ShaderError (file:line: driver's message) when it does not compile."""

    def __init__(self, ctx: moderngl.Context, isf: IsfFile, date: Callable[[float], Date] = fixed_date) -> None:
        self.ctx, self.isf, self.date = ctx, isf, date
        self.params: tuple[Param, ...] = isf.params
        self.version = 330
        self._program = self._compile()
        # a vertex shader of its own may compute things at the corners: it gets the four that it expects
        corners = QUAD if isf.vertex else TRIANGLE
        self._mode = moderngl.TRIANGLE_STRIP if isf.vertex else moderngl.TRIANGLES
        self._corners = ctx.buffer(corners.tobytes())
        self._vao = ctx.vertex_array(self._program, [(self._corners, "2f", "isf_corner")])
        self._copy_program: tuple[moderngl.Program, moderngl.VertexArray] | None = None
        self._uniforms = {name: self._program[name] for name in self._program}
        self._names = frozenset(p.name for p in isf.params)
        self._by_name = {p.name: p for p in isf.params}
        self._units = {n: i for i, n in enumerate(n for n in glsl.images(isf) if n in self._uniforms)}
        self._last: dict[str, object] = {}
        for name, unit in self._units.items():
            self._uniforms[name].value = unit
        for name in glsl.images(isf):
            self._set(f"_{name}_imgRect", (0.0, 0.0, 1.0, 1.0))
        self._buffers = {p.target: _Buffer(ctx, p) for p in isf.passes if p.target}
        self._sounds = {a.name: _sound_texture(ctx, a) for a in isf.audio_inputs}
        self._imported = {name: _imported(ctx, isf, path) for name, path in isf.imported}
        self._empty = ctx.texture((1, 1), 4, bytes(4))
        self._rest = _resting(isf)
        self._sizes: tuple[object, list[tuple[int, int]]] | None = None
        self.reset()

    def reset(self) -> None:
        """As if never drawn: TIME and FRAMEINDEX begin at 0 again, persistent buffers are empty."""
        self._start: float | None = None
        self._frame = 0
        self._events: dict[str, bool] = {}
        for buffer in self._buffers.values():
            for target in (buffer.front, buffer.back):
                if target is not None:
                    target.clear()

    def draw(
        self,
        target: Target,
        now: Moment,
        params: Mapping[str, Value],
        images: Images = _NOTHING,
        start: float | None = None,
    ) -> None:
        """All passes, the last one into `target`, which must not be one of `images`.

        start: the time (s, as now.t) at which TIME is 0; None: this instance's first frame. Values out of range are
        clamped, values of unknown names are left alone.
        """
        if self._start is None:
            self._start = now.t
        begin = self._start if start is None else start
        values = self._values(now, params)
        for name, value in values.items():
            self._set(name, value)
        self._set("TIME", now.t - begin)
        self._set("TIMEDELTA", now.dt if self._frame else 0.0)
        self._set("FRAMEINDEX", self._frame)
        if "DATE" in self._uniforms:
            self._set("DATE", self.date(now.t))
        for sound in self.isf.audio_inputs:
            self._sounds[sound.name].write(_sound(sound, now).tobytes())
        self._passes(target, values, images)
        self._frame += 1

    def release(self) -> None:
        for buffer in self._buffers.values():
            buffer.release()
        for thing in (*self._sounds.values(), *self._imported.values(), self._empty):
            thing.release()
        for part in (self._vao, self._corners, self._program, *(self._copy_program or ())):
            part.release()

    # -- one frame

    def _passes(self, target: Target, values: Mapping[str, Value], images: Images) -> None:
        sizes = self._pass_sizes(target.size, values)
        bound = {**images, **self._sounds, **self._imported}
        for size, buffer in zip(sizes, (self._buffers.get(p.target) for p in self.isf.passes), strict=True):
            if buffer is not None:
                buffer.fit(size, self._copy)
        last = len(self.isf.passes) - 1
        for index, spec in enumerate(self.isf.passes):
            buffer = self._buffers.get(spec.target)
            into = target
            if buffer is not None:
                if not spec.persistent:  # a buffer that is not kept is not read while it is drawn
                    bound[spec.target] = self._empty
                into = buffer.back or target
            self._bind(bound, spec.target if buffer is not None and not spec.persistent else "")
            self._set("PASSINDEX", index)
            self._set("RENDERSIZE", (float(into.size[0]), float(into.size[1])))
            into.fbo.use()
            self._vao.render(self._mode)
            if buffer is not None:
                buffer.swap()
                bound.pop(spec.target, None)
                if index == last and buffer.front is not None:
                    self._copy(buffer.front, target)

    def _bind(self, images: Images, hidden: str) -> None:
        for name, unit in self._units.items():
            texture = images.get(name)
            if texture is None:
                buffer = self._buffers.get(name)
                texture = buffer.front.texture if buffer and buffer.front and name != hidden else self._empty
            texture.use(unit)
            if (size := f"_{name}_imgSize") in self._uniforms:
                self._set(size, (float(texture.width), float(texture.height)))

    def _pass_sizes(self, size: tuple[int, int], values: Mapping[str, Value]) -> list[tuple[int, int]]:
        if not self._buffers:
            return [size] * len(self.isf.passes)
        numbers = {n: float(v) for n, v in values.items() if isinstance(v, (int, float))}
        key = (size, numbers)
        if self._sizes is not None and self._sizes[0] == key:
            return self._sizes[1]
        names = {"WIDTH": float(size[0]), "HEIGHT": float(size[1]), **numbers}
        sizes = []
        for spec in self.isf.passes:
            both = []
            for what, text, default in (("WIDTH", spec.width, size[0]), ("HEIGHT", spec.height, size[1])):
                try:
                    both.append(int(evaluate(text, names)) if text else default)
                except (ValueError, OverflowError) as error:
                    raise ShaderError(f"{self.isf.path}: {what} of pass {spec.target!r}: {error}") from error
            sizes.append((min(max(both[0], 1), 16384), min(max(both[1], 1), 16384)))
        self._sizes = (key, sizes)
        return sizes

    def _values(self, now: Moment, params: Mapping[str, Value]) -> dict[str, Value]:
        values = dict(self._rest)
        for name, value in params.items():
            param = self._by_name.get(name)
            if param is not None:
                values[name] = coerce(param, value, name not in self.isf.unbounded)
        if "motion" in params and "motion" in values:  # turns: 3.25 is 0.25, whatever the slider's range
            values["motion"] = _float(params["motion"]) % 1.0
        values.update(fill(self._names, now, params))
        for name in [p.name for p in self.isf.params if p.kind == "event"]:
            on = bool(values[name])
            values[name] = on and not self._events.get(name, False)
            self._events[name] = on
        return values

    def _set(self, name: str, value: object) -> None:
        uniform = self._uniforms.get(name)
        if uniform is not None and self._last.get(name) != value:
            uniform.value = value
            self._last[name] = value

    def _copy(self, source: Target, target: Target) -> None:
        if self._copy_program is None:
            program = self.ctx.program(vertex_shader=TRIANGLE_VS, fragment_shader=_COPY)
            corners = self.ctx.buffer(TRIANGLE.tobytes())
            self._copy_program = (program, self.ctx.vertex_array(program, [(corners, "2f", "corner")]))
        program, vao = self._copy_program
        source.texture.use(0)
        program["size"].value = (float(target.size[0]), float(target.size[1]))
        target.fbo.use()
        vao.render(moderngl.TRIANGLES, 3)

    def _compile(self) -> moderngl.Program:
        first: Exception | None = None
        for version in (330, 420):  # a few files of other hosts need 420's implicit conversions
            vertex, fragment = glsl.sources(self.isf, version)
            try:
                program = self.ctx.program(vertex_shader=vertex, fragment_shader=fragment)
            except moderngl.Error as error:
                first = first or error
                continue
            self.version = version
            return program
        raise glsl.compile_error(self.isf, str(first)) from first


def coerce(param: Param, value: Value, bounded: bool = True) -> Value:
    """`value` as the input's kind wants it, clamped to its range; the default when it makes no sense."""
    if param.kind in ("bool", "event"):
        return value >= 0.5 if isinstance(value, (int, float)) and not isinstance(value, bool) else bool(value)
    if param.kind in ("color", "point2D"):
        if not isinstance(value, (tuple, list)) or not isinstance(param.default, tuple):
            return param.default
        given = tuple(float(v) for v in value)[: len(param.default)]
        full = given + param.default[len(given) :]
        return tuple(min(max(v, param.lo), param.hi) for v in full) if bounded else full
    number = min(max(_float(value), param.lo), param.hi)
    if param.kind == "long":
        return min(param.values, key=lambda v: abs(v - number)) if param.values else round(number)
    return number


def _float(value: Value) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _resting(isf: IsfFile) -> dict[str, Value]:
    return {p.name: coerce(p, p.default, p.name not in isf.unbounded) for p in isf.params}


def _imported(ctx: moderngl.Context, isf: IsfFile, path: object) -> moderngl.Texture:
    try:
        with Image.open(str(path)) as image:
            return texture_from(ctx, np.asarray(image.convert("RGBA")))
    except OSError as error:
        raise MediaError(f"{isf.path}: imported picture {path}: {error}") from error


def _sound_texture(ctx: moderngl.Context, sound: AudioInput) -> moderngl.Texture:
    width = sound.width or (512 if sound.kind == "audioFFT" else 1024)
    texture = ctx.texture((width, 1), 1, dtype="f4")
    texture.repeat_x = texture.repeat_y = False
    texture.swizzle = "RRR1"
    return texture


def _sound(sound: AudioInput, now: Moment) -> Array:
    """float32 [width]: magnitudes 0-1, or the waveform around 0.5."""
    have = now.audio.spectrum if sound.kind == "audioFFT" else now.audio.wave * 0.5 + 0.5
    width = sound.width or len(have)
    if width == len(have):
        return np.ascontiguousarray(have, np.float32)
    if len(have) % width == 0:
        groups = have.reshape(width, -1)
        return np.ascontiguousarray(groups.max(1) if sound.kind == "audioFFT" else groups.mean(1), np.float32)
    at = (np.arange(width) + 0.5) / width * len(have) - 0.5
    return np.interp(at, np.arange(len(have)), have).astype(np.float32)
