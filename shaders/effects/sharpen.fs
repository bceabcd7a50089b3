/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Crisp edges without halos for soft or enlarged pictures",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Sharpen"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "lines", "TYPE": "float", "DEFAULT": 360.0, "MIN": 90.0, "MAX": 2160.0, "LABEL": "Lines the picture really has"},
    {"NAME": "grain", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0, "LABEL": "Fine texture on edges"}
  ]
}*/
#include "fx.glsl"

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    // Neighbours are one pixel of the true picture away, not one of the enlarged one.
    vec2 t = max(vec2(1.0), RENDERSIZE.y / lines) / RENDERSIZE;
    vec3 c = src.rgb;
    vec3 n = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord + vec2(0.0, t.y)).rgb;
    vec3 s = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord - vec2(0.0, t.y)).rgb;
    vec3 e = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord + vec2(t.x, 0.0)).rgb;
    vec3 w = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord - vec2(t.x, 0.0)).rgb;
    vec3 low = min(c, min(min(n, s), min(e, w))), high_ = max(c, max(max(n, s), max(e, w)));
    // Less where the contrast is high already, and never far beyond the neighbours: no halos.
    vec3 room = sqrt(clamp(min(low, 1.0 - high_) / max(high_, 1e-3) + 0.25, 0.0, 1.0));
    // Along an edge the picture is smoothed, so that enlarged pixels make no stairs.
    vec2 slope = vec2(luma(e - w), luma(n - s));
    float steep = length(slope);
    vec2 run = vec2(-slope.y, slope.x) / max(steep, 1e-4) * t * 1.3;
    vec3 side = 0.5 * (IMG_NORM_PIXEL(inputImage, isf_FragNormCoord + run).rgb + IMG_NORM_PIXEL(inputImage, isf_FragNormCoord - run).rgb);
    c = mix(c, side, 0.65 * amount * smoothstep(0.04, 0.25, steep));
    vec3 detail = c - 0.25 * (n + s + e + w);
    vec3 sharp = c + detail * amount * 3.2 * room;
    vec3 slack = 0.12 * (high_ - low);
    sharp = clamp(sharp, low - slack, high_ + slack);
    vec2 cell = floor(gl_FragCoord.xy);
    float fine = (hash1(cell, fract(floor(TIME * 24.0) * 0.0191)) - 0.5) * grain * amount;
    sharp += fine * (0.02 + 0.22 * luma(high_ - low));
    gl_FragColor = vec4(clamp(sharp, 0.0, 1.0), src.a);
}
