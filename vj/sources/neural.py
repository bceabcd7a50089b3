"""The dreamed picture: frames of the engine, or the pool's loop while the engine is late or gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import moderngl
import numpy as np

from vj.core.paths import data_dir
from vj.core.types import FrameSource, Moment, Param, Value
from vj.engine_link import STALE_S, Dream
from vj.render.gl import Pass, Target
from vj.sources.context import SourceContext
from vj.sources.video import open as open_video

LIKELY = (512, 288)
"""width and height of the house pool's frames"""
FADE_S = 0.5
"""the pool's loop takes over, and gives back, within this time"""

# Catmull-Rom in five bilinear taps keeps edges where bilinear enlarging smears them; a slow drift keeps a held
# frame alive until the next one comes.
SHOW = """#version 330 core
uniform sampler2D before;
uniform sampler2D after;
uniform sampler2D loop;
uniform float share;
uniform vec2 size;
uniform vec2 frame;
uniform float mixed;
uniform float zoom;
out vec4 colour;

vec3 cubic(sampler2D image, vec2 uv) {
    vec2 p = uv * frame, c = floor(p - 0.5) + 0.5, f = p - c;
    vec2 w0 = f * (-0.5 + f * (1.0 - 0.5 * f)), w1 = 1.0 + f * f * (-2.5 + 1.5 * f);
    vec2 w3 = f * f * (-0.5 + 0.5 * f), w2 = 1.0 - w0 - w1 - w3, w12 = w1 + w2;
    vec2 a = (c - 1.0) / frame, b = (c + w2 / w12) / frame, d = (c + 2.0) / frame;
    vec3 sum = texture(image, b).rgb * w12.x * w12.y;
    sum += texture(image, vec2(b.x, a.y)).rgb * w12.x * w0.y + texture(image, vec2(b.x, d.y)).rgb * w12.x * w3.y;
    sum += texture(image, vec2(a.x, b.y)).rgb * w0.x * w12.y + texture(image, vec2(d.x, b.y)).rgb * w3.x * w12.y;
    float total = w12.x * w12.y + w12.x * (w0.y + w3.y) + (w0.x + w3.x) * w12.y;
    return clamp(sum / total, 0.0, 1.0);
}

void main() {
    vec2 uv = (gl_FragCoord.xy / size - 0.5) * zoom + 0.5;
    vec3 a = mixed < 1.0 ? cubic(before, uv) : vec3(0.0);
    vec3 b = mixed > 0.0 ? cubic(after, uv) : vec3(0.0);
    vec3 under = share > 0.0 ? texture(loop, gl_FragCoord.xy / size).rgb : vec3(0.0);
    colour = vec4(mix(mix(a, b, mixed), under, share), 1.0);
}
"""


def open(argument: str, stage: SourceContext) -> FrameSource:
    """argument: the name of a pool in latent_pools/."""
    pool = argument or "house"
    path = data_dir("latent_pools") / pool / "pool.mp4"
    return Neural(pool, stage, open_video(str(path), stage) if path.is_file() else None)


class Neural:
    """Blends neighbouring frames of the engine; fades to `loop` and back when they are late."""

    params: tuple[Param, ...] = (Param("zoom", "float", 0.0, 0.0, 1.0, label="zoom in"),)

    def __init__(self, pool: str, stage: SourceContext, loop: FrameSource | None) -> None:
        self._pool, self._stage, self._loop = pool, stage, loop
        self._pass = Pass(stage.ctx, SHOW, ("before", "after", "loop"), "neural")
        self._textures: list[moderngl.Texture] = []
        self._number = -1
        self._share = 0.0  # of the loop in the picture
        self._spare: Target | None = None

    def prepare(self, size: tuple[int, int]) -> None:
        """Draw once into nowhere, both ways: drivers finish compiling at the first draw."""
        width, height = LIKELY
        frame = np.zeros((height, width, 3), np.uint8)
        scratch = Target(self._stage.ctx, size)
        for under in (None, scratch.texture):
            into = Target(self._stage.ctx, size)
            self._show(into, Dream(frame, frame, 0.5, 0.0, 0), 0.0, under)
            into.release()
        scratch.release()
        self._number = -1

    def draw(self, target: Any, now: Moment, params: Mapping[str, Value]) -> bool:
        """False when there is neither a frame of the engine nor a loop of the pool."""
        link = self._stage.engine
        dream = link.dream_at(now.t, self._pool) if link is not None else None
        fresh = dream is not None and dream.stale_s < STALE_S
        step = now.dt / FADE_S
        self._share = max(0.0, self._share - step) if fresh else min(1.0, self._share + step)
        inner = {name: value for name, value in params.items() if name != "zoom"}  # ours; a video's means another thing
        if dream is None:
            return self._loop is not None and self._loop.draw(target, now, inner)
        under = self._under(target, now, inner) if self._share > 0.0 else None
        self._show(target, dream, float(params.get("zoom", 0.0)), under)  # type: ignore[arg-type]
        return True

    def _under(self, target: Target, now: Moment, params: Mapping[str, Value]) -> moderngl.Texture | None:
        """The loop, drawn into a target of our own."""
        if self._loop is None:
            return None
        if self._spare is None or self._spare.size != target.size:
            self._spare = Target(self._stage.ctx, target.size)
        return self._spare.texture if self._loop.draw(self._spare, now, params) else None

    def _show(self, target: Target, dream: Dream, zoom: float, under: moderngl.Texture | None) -> None:
        self._upload(dream)
        drift = min(dream.stale_s, 4.0) * 0.02
        values = {
            "size": tuple(map(float, target.size)),
            "frame": tuple(map(float, self._textures[0].size)),
            "mixed": dream.mix,
            "zoom": 1.0 / (1.0 + zoom * 0.5 + drift),
            "share": self._share if under is not None else 0.0,
        }
        before, after = self._textures
        textures = {"before": before, "after": after, "loop": under if under is not None else before}
        self._pass.draw(target.fbo, textures, values)

    def _upload(self, dream: Dream) -> None:
        height, width, _ = dream.before.shape
        if not self._textures or self._textures[0].size != (width, height):
            for old in self._textures:
                old.release()
            self._textures = [self._stage.ctx.texture((width, height), 3, alignment=1) for _ in range(2)]
            for texture in self._textures:
                texture.repeat_x = texture.repeat_y = False
            self._number = -1
        if dream.number != self._number:
            for texture, frame in zip(self._textures, (dream.before, dream.after), strict=True):
                texture.write(np.ascontiguousarray(frame[::-1]))
            self._number = dream.number

    def close(self) -> None:
        for texture in self._textures:
            texture.release()
        self._textures = []
        if self._loop is not None:
            self._loop.close()
