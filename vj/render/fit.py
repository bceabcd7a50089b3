"""A picture of any size into a target of any size: cover, contain or stretch, then zoom and move."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl

from vj.core.types import Param, Value
from vj.render.gl import Pass, Target

COVER, CONTAIN, STRETCH = 0, 1, 2
PARAMS = (
    Param("fit", "long", 0.0, 0.0, 2.0, label="0 cover, 1 contain, 2 stretch", values=(COVER, CONTAIN, STRETCH)),
    Param("zoom", "float", 1.0, 0.05, 8.0),
    Param("x", "float", 0.0, -1.0, 1.0, "half widths"),
    Param("y", "float", 0.0, -1.0, 1.0, "half heights"),
)
_FRAGMENT = """#version 330 core
uniform sampler2D image; uniform vec2 size; uniform vec2 imageSize; uniform vec2 scale; uniform vec2 offset;
out vec4 colour;
void main() {
    vec2 at = (gl_FragCoord.xy / size - 0.5 - 0.5 * offset) * size / (imageSize * scale) + 0.5;
    vec2 inside = step(vec2(0.0), at) * step(at, vec2(1.0));
    colour = texture(image, at) * inside.x * inside.y;
}
"""


class Fit:
    """Outside of the picture the target becomes transparent black."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._pass = Pass(ctx, _FRAGMENT, ("image",), "fit")

    def draw(self, target: Target, image: moderngl.Texture, params: Mapping[str, Value], mirror: bool = False) -> None:
        """params: those of PARAMS that are not at their defaults; mirror: left and right of the picture changed."""
        fit, zoom, x, y = (_value(param, params) for param in PARAMS)
        ratio = (target.size[0] / image.width, target.size[1] / image.height)
        side = max(ratio) if fit == COVER else min(ratio)
        scale = ratio if fit == STRETCH else (side, side)
        values = {
            "size": target.float_size,
            "imageSize": (float(image.width), float(image.height)),
            "scale": (-scale[0] * zoom if mirror else scale[0] * zoom, scale[1] * zoom),
            "offset": (x, y),
        }
        self._pass.draw(target.fbo, {"image": image}, values)

    def release(self) -> None:
        self._pass.release()


def _value(param: Param, params: Mapping[str, Value]) -> float:
    value = params.get(param.name, param.default)
    if not isinstance(value, (int, float)):
        value = 0.0 if not isinstance(param.default, (int, float)) else param.default
    return min(max(float(value), param.lo), param.hi)
