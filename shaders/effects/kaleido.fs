/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Kaleidoscope: mirrored wedges that turn and drift; amount folds the picture in",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Geometry"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "segments", "TYPE": "long", "DEFAULT": 6, "VALUES": [3, 4, 5, 6, 8, 10, 12, 16], "LABELS": ["3", "4", "5", "6", "8", "10", "12", "16"]},
    {"NAME": "turn", "TYPE": "float", "DEFAULT": 0.03, "MIN": -0.3, "MAX": 0.3, "LABEL": "Turns per second"},
    {"NAME": "drift", "TYPE": "float", "DEFAULT": 0.04, "MIN": -0.3, "MAX": 0.3},
    {"NAME": "zoom", "TYPE": "float", "DEFAULT": 0.75, "MIN": 0.3, "MAX": 2.0},
    {"NAME": "facets", "TYPE": "float", "DEFAULT": 0.35, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    if (amount <= 0.0) {
        gl_FragColor = IMG_THIS_PIXEL(inputImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    vec2 q = foldWedge(rotate(p, TAU * turn * TIME), float(segments));
    // A second mirror across the wedge makes stars within stars.
    float edge = 0.42 + 0.08 * sin(TIME * 0.31) + 0.10 * bass;
    q.x = mix(q.x, abs(q.x - edge) + 0.12, facets);
    q = rotate(q, TAU * (drift * TIME + 0.07)) * (1.0 - 0.18 * kick) / zoom;
    q += 0.25 * facets * vec2(sin(TIME * 0.23), cos(TIME * 0.19));
    gl_FragColor = IMG_NORM_PIXEL(inputImage, uncentredMirrored(mix(p, q, ease(amount)), RENDERSIZE));
}
