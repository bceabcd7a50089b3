/*{
  "ISFVSN": "2",
  "DESCRIPTION": "The picture breaks into torn rows and blocks, and the next one is underneath",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "strength", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "blocks", "TYPE": "float", "DEFAULT": 7.0, "MIN": 3.0, "MAX": 20.0, "LABEL": "Blocks per height"},
    {"NAME": "steps", "TYPE": "float", "DEFAULT": 18.0, "MIN": 8.0, "MAX": 40.0, "LABEL": "Steps of the whole"},
    {"NAME": "seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 uv = isf_FragNormCoord;
    float tick = floor(progress * steps), power = bell(progress) * strength;
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    // Torn rows of two heights, new at each step.
    vec4 wide = hash4(vec2(floor(uv.y * blocks + hash1(tick, seed) * 2.0), tick), seed);
    vec4 thin = hash4(vec2(floor(uv.y * blocks * 6.0), tick), seed);
    float shift = (wide.x - 0.5) * step(wide.y, power) * 0.5 + (thin.x - 0.5) * step(thin.y, power * 0.4) * 0.22;
    uv.x += shift * power;
    // Each block changes over at its own time; wide blocks and slim ones.
    float slim = wide.z < 0.5 ? 1.0 : 3.0;
    vec2 grid = max(floor(vec2(blocks * aspect * 0.5, blocks * slim)), 1.0);
    vec4 own = hash4(floor(uv * grid) + 40.0 * slim, seed);
    float when_ = 0.12 + 0.76 * own.x;
    float after = step(when_, progress);
    vec4 now = hash4(floor(uv * grid) + 40.0 * slim, fract(seed + tick * 0.0371));
    // Shortly before and after it the block is fetched from elsewhere.
    float hurt = exp(-14.0 * abs(progress - when_)) * strength * step(now.x, 0.75);
    uv += hurt * (now.yz - 0.5) * vec2(0.45, 0.25);
    vec2 split = vec2(0.05 * power * (0.25 + hurt + abs(shift)), 0.0);
    vec2 u = mirrored(uv), v = mirrored(uv + split), w = mirrored(uv - split);
    vec4 c;
    if (after > 0.5) c = vec4(IMG_NORM_PIXEL(endImage, v).r, IMG_NORM_PIXEL(endImage, u).ga, IMG_NORM_PIXEL(endImage, w).b).xywz;
    else c = vec4(IMG_NORM_PIXEL(startImage, v).r, IMG_NORM_PIXEL(startImage, u).ga, IMG_NORM_PIXEL(startImage, w).b).xywz;
    vec3 coarse = floor(c.gbr * 3.0 + 0.5) / 3.0;
    c.rgb = mix(c.rgb, coarse, step(0.55, hurt) * step(now.w, 0.5) * 0.8);
    gl_FragColor = c;
}
