/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Mirrors the picture at one axis or two; amount slides the axis in from the border",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Geometry"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "axes", "TYPE": "long", "DEFAULT": 2, "VALUES": [1, 2], "LABELS": ["one", "two"]},
    {"NAME": "angle", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0, "LABEL": "Angle (turns)"},
    {"NAME": "position", "TYPE": "float", "DEFAULT": 0.0, "MIN": -0.6, "MAX": 0.6},
    {"NAME": "sway", "TYPE": "float", "DEFAULT": 0.12, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

vec2 fold(vec2 p, vec2 normal, float shift) {
    float far = reach(normal, RENDERSIZE);
    float axis = mix(far, (position + shift) * far, amount);
    return p - 2.0 * max(dot(p, normal) - axis, 0.0) * normal;
}

void main() {
    if (amount <= 0.0) {
        gl_FragColor = IMG_THIS_PIXEL(inputImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    vec2 normal = onCircle(angle);
    vec2 swing = 0.6 * sway * vec2(sin(TIME * 0.61), sin(TIME * 0.47 + 1.0));
    p = fold(p, normal, swing.x + 0.10 * kick * sway);
    if (axes > 1) p = fold(p, vec2(-normal.y, normal.x), swing.y);
    gl_FragColor = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p, RENDERSIZE));
}
