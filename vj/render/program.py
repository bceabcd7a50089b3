"""One ISF file ready to draw: passes, persistent buffers, uniforms. Every layer has an instance of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import moderngl
import numpy as np
from PIL import Image

from vj.core.errors import MediaError, ShaderError
from vj.core.types import Array, Moment, Param, Value
from vj.render.compiled import Compiled, Stage
from vj.render.expression import evaluate
from vj.render.gl import COPY_FS, Pass, Target, texture_from
from vj.render.hostinputs import fill
from vj.render.isf import AudioInput, IsfFile, IsfPass

Images = Mapping[str, moderngl.Texture]
Date = tuple[float, float, float, float]
_NOTHING: dict[str, moderngl.Texture] = {}


def fixed_date(t: float) -> Date:
    """year, month, day, seconds of the day: always New Year, so that a show comes out the same twice."""
    return (2026.0, 1.0, 1.0, t % 86400.0)


class _Buffer:
    """What a pass with a TARGET draws into: `front` is read, `back` is written; one and the same unless persistent."""

    def __init__(self, ctx: moderngl.Context, spec: IsfPass, size: tuple[int, int]) -> None:
        self.ctx, self.spec = ctx, spec
        dtype = "f4" if spec.floating else "f1"
        self.front = Target(ctx, size, dtype)
        self.back = Target(ctx, size, dtype) if spec.persistent else self.front

    def swap(self) -> None:
        self.front, self.back = self.back, self.front

    def clear(self) -> None:
        self.front.clear()
        self.back.clear()

    def release(self) -> None:
        self.front.release()
        if self.back is not self.front:
            self.back.release()


class IsfProgram:
    """Draws an IsfFile. Raises ShaderError (file:line: driver's message) when it does not compile."""

    def __init__(
        self,
        ctx: moderngl.Context,
        isf: IsfFile,
        compiled: Compiled | None = None,
        date: Callable[[float], Date] = fixed_date,
    ) -> None:
        """compiled: the same file's GL half when somebody has it already (it stays theirs)."""
        self.ctx, self.isf, self.date = ctx, isf, date
        self.params: tuple[Param, ...] = isf.params
        self.compiled = compiled or Compiled(ctx, isf)
        self._owns_compiled = compiled is None
        self._by_name = {p.name: p for p in isf.params}
        self._rest = {p.name: coerce(p, p.default, p.name not in isf.unbounded) for p in isf.params}
        self._event_names = [p.name for p in isf.params if p.kind == "event"]
        self._sized = any(p.width or p.height for p in isf.passes)
        self._buffers: dict[str, _Buffer] = {}
        used = [a for a in isf.audio_inputs if a.name in self.compiled.images]
        self._sounds = {a: _sound_texture(ctx, a) for a in used}
        self._own = {name: _imported(ctx, isf, path) for name, path in isf.imported}
        self._own.update({sound.name: texture for sound, texture in self._sounds.items()})
        self._empty = ctx.texture((1, 1), 4, bytes(4))
        self._copying: Pass | None = None
        self.reset()

    def reset(self) -> None:
        """As if never drawn: TIME and FRAMEINDEX begin at 0 again, persistent buffers are empty."""
        self._start: float | None = None
        self._frame = 0
        self._events: dict[str, bool] = {}
        for buffer in self._buffers.values():
            buffer.clear()

    def draw(
        self,
        target: Target,
        now: Moment,
        params: Mapping[str, Value],
        images: Images = _NOTHING,
        start: float | None = None,
    ) -> None:
        """All passes, the last one into `target`, which must not be one of `images`.

        start: the time (s, as now.t) at which TIME is 0; None: this instance's first frame, which keeps TIME small
        enough for a 32-bit float. Values out of range are clamped, unknown names are left alone.
        """
        if self._start is None:
            self._start = now.t
        values = self._values(now, params)
        uniforms: dict[str, object] = {
            **values,
            "TIME": now.t - (self._start if start is None else start),
            "TIMEDELTA": now.dt if self._frame else 0.0,
            "FRAMEINDEX": self._frame,
            "DATE": self.date(now.t),
        }
        for sound, texture in self._sounds.items():
            texture.write(_sound(sound, now).tobytes())
        sizes = self._sizes(target.size, values)
        for spec, size in zip(self.isf.passes, sizes, strict=True):
            if spec.target:
                self._fit(spec, size)
        self._passes(target, uniforms, images)
        self._frame += 1

    def release(self) -> None:
        for buffer in self._buffers.values():
            buffer.release()
        self._buffers.clear()
        for texture in (*self._own.values(), self._empty):
            texture.release()
        if self._copying:
            self._copying.release()
        if self._owns_compiled:
            self.compiled.release()

    # -- one frame

    def _passes(self, target: Target, uniforms: Mapping[str, object], images: Images) -> None:
        for spec, stage in zip(self.isf.passes, self.compiled.stages, strict=True):
            buffer = self._buffers.get(spec.target)
            into = buffer.back if buffer else target
            # a buffer that is not kept cannot be read while it is drawn
            self._bind(stage, images, spec.target if buffer and buffer.back is buffer.front else "")
            stage.set_all(uniforms)
            stage.set("RENDERSIZE", into.float_size)
            stage.render(into.fbo)
            if buffer:
                buffer.swap()
        last = self._buffers.get(self.isf.passes[-1].target)
        if last:
            self._copy(last.front, target)

    def _bind(self, stage: Stage, images: Images, hidden: str) -> None:
        for name, unit in stage.units.items():
            buffer = self._buffers.get(name)
            if buffer:
                texture = self._empty if name == hidden else buffer.front.texture
            else:
                texture = self._own.get(name) or images.get(name) or self._empty
            texture.use(unit)
            stage.set(f"_{name}_imgSize", (float(texture.width), float(texture.height)))

    def _fit(self, spec: IsfPass, size: tuple[int, int]) -> None:
        """Makes the pass's buffer this big; what a persistent one held is kept, scaled."""
        old = self._buffers.get(spec.target)
        if old is not None and old.front.size == size:
            return
        new = self._buffers[spec.target] = _Buffer(self.ctx, spec, size)
        if old is not None:
            if spec.persistent:
                self._copy(old.front, new.front)
            old.release()

    def _sizes(self, size: tuple[int, int], values: Mapping[str, Value]) -> list[tuple[int, int]]:
        if not self._sized:
            return [size] * len(self.isf.passes)
        names = {n: float(v) for n, v in values.items() if isinstance(v, (int, float))}
        names["WIDTH"], names["HEIGHT"] = float(size[0]), float(size[1])
        return [
            (self._side(spec.width, size[0], names), self._side(spec.height, size[1], names))
            for spec in self.isf.passes
        ]

    def _side(self, text: str, default: int, names: Mapping[str, float]) -> int:
        try:
            return min(max(int(evaluate(text, names)) if text else default, 1), 16384)
        except (ValueError, OverflowError) as error:
            raise ShaderError(f"{self.isf.path}: WIDTH or HEIGHT of a pass: {error}") from error

    def _values(self, now: Moment, params: Mapping[str, Value]) -> dict[str, Value]:
        values = dict(self._rest)
        for name, value in params.items():
            param = self._by_name.get(name)
            if param is None:
                continue
            if name == "motion" and isinstance(value, (int, float)) and math.isfinite(value):
                values[name] = value % 1.0  # turns: 3.25 is 0.25, whatever the slider's range
            else:
                values[name] = coerce(param, value, name not in self.isf.unbounded)
        values.update(fill(self._by_name, now, params))
        for name in self._event_names:
            on = bool(values[name])
            values[name] = on and not self._events.get(name, False)
            self._events[name] = on
        return values

    def _copy(self, source: Target, target: Target) -> None:
        if self._copying is None:
            self._copying = Pass(self.ctx, COPY_FS, ("image",), "copy")
        self._copying.draw(target.fbo, {"image": source.texture}, {"size": target.float_size})


def coerce(param: Param, value: Value, bounded: bool = True) -> Value:
    """`value` as the input's kind wants it, clamped to its range; the default when it makes no sense."""
    if param.kind in ("bool", "event"):
        return value >= 0.5 if isinstance(value, float) else bool(value)
    if param.kind in ("color", "point2D"):
        if not isinstance(value, (tuple, list)) or not isinstance(param.default, tuple):
            return param.default
        full = (tuple(float(v) for v in value) + param.default[len(value) :])[: len(param.default)]
        return tuple(min(max(v, param.lo), param.hi) for v in full) if bounded else full
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return param.default
    number = min(max(float(value), param.lo), param.hi)
    if param.kind == "long":
        return min(param.values, key=lambda v: abs(v - number)) if param.values else round(number)
    return number


def _imported(ctx: moderngl.Context, isf: IsfFile, path: Path) -> moderngl.Texture:
    try:
        with Image.open(path) as image:
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
    width = sound.width or (512 if sound.kind == "audioFFT" else 1024)
    if width == len(have):
        return np.ascontiguousarray(have, np.float32)
    if len(have) % width == 0:
        groups = have.reshape(width, -1)
        return np.ascontiguousarray(groups.max(1) if sound.kind == "audioFFT" else groups.mean(1), np.float32)
    at = (np.arange(width) + 0.5) / width * len(have) - 0.5
    return np.interp(at, np.arange(len(have)), have).astype(np.float32)
