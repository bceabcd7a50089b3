/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Opens from the centre as a circle or polygon with a lit rim",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "sides", "TYPE": "long", "DEFAULT": 6, "VALUES": [0, 3, 4, 5, 6, 8], "LABELS": ["circle", "3", "4", "5", "6", "8"]},
    {"NAME": "centre", "TYPE": "point2D", "DEFAULT": [0.5, 0.5], "MIN": [0.0, 0.0], "MAX": [1.0, 1.0]},
    {"NAME": "softness", "TYPE": "float", "DEFAULT": 0.04, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "turn", "TYPE": "float", "DEFAULT": 0.12, "MIN": -0.5, "MAX": 0.5},
    {"NAME": "light", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "colour", "TYPE": "color", "DEFAULT": [0.6, 0.85, 1.0, 1.0]}
  ]
}*/
#include "fx.glsl"

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE), c0 = centred(centre, RENDERSIZE), d = p - c0;
    float s = ease(progress), r = length(d);
    float far = length(abs(c0) + vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0));
    if (sides > 0) r = foldWedge(rotate(d, TAU * (turn * (1.0 - s) + 0.25)), float(sides)).x;
    float soft = max(softness, 2.0 / RENDERSIZE.y);
    float t = turnOf(s, max(r, 0.0) / far, soft);
    // The coming picture settles, the leaving one is pushed back into the dark.
    vec4 a = IMG_NORM_PIXEL(startImage, uncentredMirrored(c0 + d * (1.0 + 0.18 * s), RENDERSIZE));
    vec4 b = IMG_NORM_PIXEL(endImage, uncentredMirrored(c0 + d * (1.0 - 0.30 * (1.0 - s)), RENDERSIZE));
    float edge = (s * (1.0 + soft) - 0.5 * soft) * far - r;
    float shade = exp(-max(-edge, 0.0) * 5.0) * smoothstep(0.0, 0.15, progress);
    a.rgb *= 1.0 - 0.7 * shade;
    vec4 c = mixLight(a, b, smoothstep(0.0, 1.0, t));
    float rim = exp(-abs(edge) * 45.0) + 0.30 * exp(-abs(edge) * 9.0);
    rim *= light * smoothstep(0.0, 0.06, progress) * smoothstep(0.0, 0.06, 1.0 - progress);
    gl_FragColor = vec4(min(sqrt(c.rgb * c.rgb + colour.rgb * colour.rgb * rim * 1.5), 1.0), c.a);
}
