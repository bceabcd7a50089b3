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
    tone = clamp(tone * (1.0 + 0.12 * kick), 0.0, 1.0);
    float steps = floor(levels + 0.5);
    float x = tone * steps * 0.999;
    // One pixel of softness at each step instead of a jagged border.
    float soft = clamp(fwidth(x), 0.02, 0.5);
    float border = clamp(floor(x + 0.5), 1.0, steps - 1.0);
    float level_ = (border - 1.0 + smoothstep(-soft, soft, x - border)) / (steps - 1.0);
    vec3 flat_ = paletteColor(palette, 0.8 * level_ + shift);
    // Palettes do not always go from dark to light; the picture must: less light, or more white.
    float have = luma(flat_), want = 0.04 + 0.80 * level_;
    flat_ = have > want ? flat_ * mix(1.0, want / have, 0.6) : mix(flat_, vec3(1.0), 0.75 * (want - have) / (1.0 - have));
    vec3 own = src.rgb * (level_ + 0.02) / (tone + 0.02);
    vec3 c = mix(own, flat_, tint);
    c *= 1.0 - ink * (1.0 - smoothstep(0.6, 1.6, abs(x - border) / max(soft, 0.03)));
    gl_FragColor = vec4(mix(src.rgb, clamp(c, 0.0, 1.0), amount), src.a);
}
