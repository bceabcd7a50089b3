"""Blend modes: one table. The setlist's check, the menu and the compositor read it; a new mode is one row."""

from __future__ import annotations

import moderngl

from vj.render.gl import Pass, Target

# b: the picture below, s: this layer, both vec3 0-1; formulas as in W3C Compositing and ISF/Photoshop usage
MODES: dict[str, str] = {
    "normal": "s",
    "add": "min(b + s, 1.0)",
    "subtract": "max(b - s, 0.0)",
    "multiply": "b * s",
    "screen": "1.0 - (1.0 - b) * (1.0 - s)",
    "overlay": "mix(2.0 * b * s, 1.0 - 2.0 * (1.0 - b) * (1.0 - s), step(0.5, b))",
    "lighten": "max(b, s)",
    "darken": "min(b, s)",
    "difference": "abs(b - s)",
    "exclusion": "b + s - 2.0 * b * s",
    "softlight": "soft(b, s)",
    "hardlight": "mix(2.0 * b * s, 1.0 - 2.0 * (1.0 - b) * (1.0 - s), step(0.5, s))",
    "colordodge": "min(b / max(1.0 - s, 1e-4), 1.0)",
    "colorburn": "1.0 - min((1.0 - b) / max(s, 1e-4), 1.0)",
    "linearburn": "max(b + s - 1.0, 0.0)",
    "linearlight": "clamp(b + 2.0 * s - 1.0, 0.0, 1.0)",
    "pinlight": "mix(min(b, 2.0 * s), max(b, 2.0 * s - 1.0), step(0.5, s))",
    "hardmix": "step(1.0, b + s)",
    "negation": "1.0 - abs(1.0 - b - s)",
    "average": "0.5 * (b + s)",
    "divide": "min(b / max(s, 1e-4), 1.0)",
    "reflect": "min(b * b / max(1.0 - s, 1e-4), 1.0)",
    "glow": "min(s * s / max(1.0 - b, 1e-4), 1.0)",
    "phoenix": "min(b, s) - max(b, s) + 1.0",
    "hue": "with_luma(with_saturation(s, saturation(b)), luma(b))",
    "saturation": "with_luma(with_saturation(b, saturation(s)), luma(b))",
    "color": "with_luma(s, luma(b))",
    "luminosity": "with_luma(b, luma(s))",
}

_FRAGMENT = """#version 330 core
uniform sampler2D below;
uniform sampler2D layer;
uniform float opacity;
out vec4 colour;
float luma(vec3 c) { return dot(c, vec3(0.3, 0.59, 0.11)); }
float saturation(vec3 c) { return max(c.r, max(c.g, c.b)) - min(c.r, min(c.g, c.b)); }
vec3 with_luma(vec3 c, float l) {
    c += l - luma(c);
    float low = min(c.r, min(c.g, c.b)), high = max(c.r, max(c.g, c.b));
    if (low < 0.0) c = l + (c - l) * l / max(l - low, 1e-5);
    if (high > 1.0) c = l + (c - l) * (1.0 - l) / max(high - l, 1e-5);
    return c;
}
vec3 with_saturation(vec3 c, float s) {
    float low = min(c.r, min(c.g, c.b));
    return (c - low) * s / max(saturation(c), 1e-5);
}
vec3 soft(vec3 b, vec3 s) {
    vec3 d = mix(((16.0 * b - 12.0) * b + 4.0) * b, sqrt(b), step(0.25, b));
    return mix(b - (1.0 - 2.0 * s) * b * (1.0 - b), b + (2.0 * s - 1.0) * (d - b), step(0.5, s));
}
vec3 blend(vec3 b, vec3 s) { return BLEND; }
void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);  // every picture of a chain has one size: no filtering, which costs on a CPU
    vec3 b = texelFetch(below, at, 0).rgb;
    vec4 s = texelFetch(layer, at, 0);
    colour = vec4(mix(b, blend(b, s.rgb), s.a * opacity), 1.0);
}
"""


class Blender:
    """Puts a layer on the picture below; each mode's shader is compiled on first use."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self.ctx = ctx
        self._passes: dict[str, Pass] = {}

    def has(self, mode: str) -> bool:
        """Whether its shader is compiled."""
        return mode in self._passes

    def _prepare(self, mode: str) -> None:
        """A mode that is not in MODES is drawn as normal: the setlist's check has told the user before."""
        if mode not in self._passes:
            text = _FRAGMENT.replace("BLEND", MODES.get(mode, MODES["normal"]))
            self._passes[mode] = Pass(self.ctx, text, ("below", "layer"), f"blend {mode}")

    def draw(self, into: Target, below: Target, layer: Target, mode: str, opacity: float) -> None:
        """All three of one size; `into` is neither of the others. opacity 0-1."""
        self._prepare(mode)
        textures = {"below": below.texture, "layer": layer.texture}
        self._passes[mode].draw(into.fbo, textures, {"opacity": opacity})

    def release(self) -> None:
        for drawn in self._passes.values():
            drawn.release()
        self._passes.clear()
