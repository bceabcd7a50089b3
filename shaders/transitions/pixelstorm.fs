/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A storm of tiles lifts off in a spiral and lands as the next picture",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "tiles", "TYPE": "float", "DEFAULT": 18.0, "MIN": 6.0, "MAX": 60.0, "LABEL": "Tiles per height"},
    {"NAME": "storm", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "spiral", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float size = 2.0 / tiles, pixel = pixelSize(RENDERSIZE) / size;
    vec2 tile = floor(p / size), inside = p / size - tile - 0.5, middle = (tile + 0.5) * size;
    vec4 h = hash4(tile, seed);
    // When it is this tile's turn: along a spiral, shaken by chance.
    float far = length(vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0)) + size;
    float arm = fract(atan(middle.y, middle.x) / TAU + 0.8 * length(middle) + seed);
    float order = mix(h.x, mix(arm, clamp(length(middle) / far, 0.0, 1.0), 0.5) * 0.75 + 0.25 * h.x, spiral);
    float lasts = 0.42;
    float t = clamp((progress - clamp(order, 0.0, 1.0) * (1.0 - lasts)) / lasts, 0.0, 1.0);
    float air = bell(t), after = step(0.5, t);
    // In the air a tile shrinks, turns a little, shows a coarser picture and is blown about.
    float small = 1.0 - (0.35 + 0.45 * h.y) * air * storm * 1.3;
    vec2 local = rotate(inside, (h.z - 0.5) * 2.2 * air * storm);
    vec2 shape = abs(local) / max(small, 0.1) - 0.5;
    float px = pixel / max(small, 0.1);
    float cover = air < 1e-4 ? 1.0 : clamp(0.5 - max(shape.x, shape.y) / px, 0.0, 1.0);
    vec2 wind_ = rotate(middle, 0.9) * 0.5 + (h.zw - 0.5) * 0.6;
    vec2 at = mix(p, middle + local * size / max(small, 0.1) * (1.0 - 0.6 * air), step(1e-4, air)) + wind_ * air * storm * (after > 0.5 ? 0.5 : -0.5);
    vec4 a = IMG_NORM_PIXEL(startImage, uncentredMirrored(after > 0.5 ? p : at, RENDERSIZE));
    vec4 b = IMG_NORM_PIXEL(endImage, uncentredMirrored(after > 0.5 ? at : p, RENDERSIZE));
    vec4 front = after > 0.5 ? b : a;
    vec4 back = mixLight(a, b, smoothstep(0.3, 0.7, t));
    back.rgb *= 1.0 - 0.5 * air;
    front.rgb = min(front.rgb * (1.0 + light * air * (0.4 + h.w)) + light * 0.10 * air * air * h.w, 1.0);
    gl_FragColor = mix(back, front, cover);
}
