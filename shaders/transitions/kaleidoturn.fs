/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Folds up like a kaleidoscope while turning, and unfolds as the next picture",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "segments", "TYPE": "long", "DEFAULT": 6, "VALUES": [3, 4, 5, 6, 8, 10, 12], "LABELS": ["3", "4", "5", "6", "8", "10", "12"]},
    {"NAME": "turn", "TYPE": "float", "DEFAULT": 0.35, "MIN": -1.0, "MAX": 1.0, "LABEL": "Turns"},
    {"NAME": "zoom", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

// One picture's coordinates, folded by `part` 0-1.
vec2 folded(vec2 p, float part, float angle) {
    vec2 q = foldWedge(rotate(p, angle), float(segments));
    q = rotate(vec2(abs(q.x - 0.45), q.y) + vec2(0.05, 0.0), 1.3 * angle + 0.4);
    return mix(rotate(p, angle * part * 0.4), q * (1.0 - 0.45 * zoom * part), part);
}

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float angle = TAU * turn * (ease(progress) - 0.5);
    float swap = smoothstep(0.38, 0.62, progress + 0.10 * (0.5 - length(p) * 0.5) * bell(progress));
    vec4 a = IMG_NORM_PIXEL(startImage, uncentredMirrored(folded(p, ease(progress * 2.2), angle), RENDERSIZE));
    vec4 b = IMG_NORM_PIXEL(endImage, uncentredMirrored(folded(p, ease((1.0 - progress) * 2.2), angle), RENDERSIZE));
    vec4 c = mixLight(a, b, swap);
    float spark = light * bell(progress) * exp(-1.5 * dot(p, p));
    gl_FragColor = vec4(min(sqrt(c.rgb * c.rgb * (1.0 + 0.8 * spark) + 0.05 * spark), 1.0), c.a);
}
