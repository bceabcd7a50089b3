/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Few tones in the colours of a palette, with ink lines between them",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Stylise"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "levels", "TYPE": "float", "DEFAULT": 5.0, "MIN": 2.0, "MAX": 9.0},
    {"NAME": "palette", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["neon", "fire", "ice", "violet", "gold", "acid", "mono", "sunset", "ocean", "forest", "candy", "blood", "copper", "aurora", "ultraviolet", "pastel"]},
    {"NAME": "tint", "TYPE": "float", "DEFAULT": 0.85, "MIN": 0.0, "MAX": 1.0, "LABEL": "Palette instead of own colour"},
    {"NAME": "ink", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "shift", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0, "LABEL": "Palette shift"},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    float tone = sqrt(dot(src.rgb * src.rgb, vec3(0.30, 0.52, 0.18)));
    tone = clamp(tone * (1.0 + 0.35 * kick), 0.0, 1.0);
    float steps = floor(levels + 0.5);
    float x = tone * steps * 0.999;
    // One pixel of softness at each step instead of a jagged border.
    float soft = clamp(fwidth(x), 0.02, 0.5);
    float below = floor(x - 0.5), part = smoothstep(-soft, soft, x - below - 1.0);
    float level_ = clamp((below + part + 0.5) / (steps - 0.5), 0.0, 1.0);
    vec3 flat_ = paletteColor(palette, 0.8 * level_ + shift);
    // Palettes do not always go from dark to light; the picture must.
    flat_ *= clamp((0.05 + level_) / (luma(flat_) + 0.12), 0.25, 1.25);
    vec3 own = src.rgb * (level_ + 0.02) / (tone + 0.02);
    vec3 c = mix(own, flat_, tint);
    float border = abs(x - below - 1.0) / max(soft, 0.03);
    c *= 1.0 - ink * (1.0 - smoothstep(0.6, 1.6, border)) * step(0.0, below);
    gl_FragColor = vec4(mix(src.rgb, clamp(c, 0.0, 1.0), amount), src.a);
}
