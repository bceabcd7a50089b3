/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A turning kaleidoscope grows out of the picture, changes over inside and shrinks into the next one",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "segments", "TYPE": "long", "DEFAULT": 6, "VALUES": [3, 4, 5, 6, 8, 10, 12], "LABELS": ["3", "4", "5", "6", "8", "10", "12"]},
    {"NAME": "turn", "TYPE": "float", "DEFAULT": 0.4, "MIN": -1.0, "MAX": 1.0, "LABEL": "Turns"},
    {"NAME": "facets", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

vec2 folded(vec2 p, float angle) {
    vec2 q = foldWedge(rotate(p, angle), float(segments));
    q.x = mix(q.x, abs(q.x - 0.62) + 0.10, facets);
    return uncentredMirrored(rotate(q, 0.6 + 1.1 * angle) * 1.15, RENDERSIZE);
}

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float far = length(vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0)), r = length(p) / far;
    float angle = TAU * turn * (ease(progress) - 0.5), tri = 1.0 - abs(2.0 * progress - 1.0);
    // The glass: a disc that has covered everything before the middle; its rim bends the plain picture.
    float size = 1.4 * ease(tri * 1.25), rim = size - r;
    float glass = smoothstep(0.0, 0.28, rim), swap = smoothstep(0.40, 0.60, progress);
    vec2 bent = uncentredMirrored(p * (1.0 - 0.25 * exp(-8.0 * abs(rim)) * smoothstep(0.0, 0.2, tri)), RENDERSIZE);
    vec2 at = folded(p, angle);
    vec4 plain = progress < 0.5 ? IMG_NORM_PIXEL(startImage, bent) : IMG_NORM_PIXEL(endImage, bent);
    vec4 turned = mixLight(IMG_NORM_PIXEL(startImage, at), IMG_NORM_PIXEL(endImage, at), swap);
    vec4 c = mixLight(plain, turned, glass);
    float spark = light * smoothstep(0.0, 0.2, tri) * (0.9 * exp(-18.0 * abs(rim - 0.06)) + 0.7 * bell(progress) * exp(-1.5 * dot(p, p)));
    gl_FragColor = vec4(min(sqrt(c.rgb * c.rgb * (1.0 + spark) + 0.04 * spark), 1.0), c.a);
}
