/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Wall of square or round lamps; the kick makes them larger",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Stylise"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "cells", "TYPE": "float", "DEFAULT": 54.0, "MIN": 12.0, "MAX": 160.0, "LABEL": "Lamps per height"},
    {"NAME": "rounding", "TYPE": "float", "DEFAULT": 0.55, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "gap", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "pump", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "quarter", "WIDTH": "max(floor($WIDTH/4.0),1.0)", "HEIGHT": "max(floor($HEIGHT/4.0),1.0)"},
    {}
  ]
}*/
#include "fx.glsl"

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (PASSINDEX == 0) {
        vec2 texel = 1.0 / IMG_SIZE(inputImage);
        vec2 uv = isf_FragNormCoord;
        gl_FragColor = amount <= 0.0 ? vec4(0.0) : 0.25 * (
            IMG_NORM_PIXEL(inputImage, uv + texel) + IMG_NORM_PIXEL(inputImage, uv - texel) +
            IMG_NORM_PIXEL(inputImage, uv + texel * vec2(1.0, -1.0)) + IMG_NORM_PIXEL(inputImage, uv - texel * vec2(1.0, -1.0)));
        return;
    }
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float px = pixelSize(RENDERSIZE);
    float size = mix(px, 2.0 / cells, amount) * (1.0 + floor(1.6 * kick * pump * 2.0));
    vec2 cell = floor(p / size), inside = p / size - cell - 0.5;
    vec2 middle = (cell + 0.5) * size;
    // Large lamps average the quarter-size picture, small ones take the picture itself.
    vec2 off = vec2(0.25, 0.25) * size;
    vec4 wide = 0.25 * (IMG_NORM_PIXEL(quarter, uncentredMirrored(middle + off, RENDERSIZE)) +
                        IMG_NORM_PIXEL(quarter, uncentredMirrored(middle - off, RENDERSIZE)) +
                        IMG_NORM_PIXEL(quarter, uncentredMirrored(middle + vec2(off.x, -off.y), RENDERSIZE)) +
                        IMG_NORM_PIXEL(quarter, uncentredMirrored(middle - vec2(off.x, -off.y), RENDERSIZE)));
    vec4 c = mix(IMG_NORM_PIXEL(inputImage, uncentredMirrored(middle, RENDERSIZE)), wide, smoothstep(2.0, 6.0, size / px));
    // The lamp: a rounded square, bright in the middle, that grows with its light.
    float half_ = 0.5 - 0.09 * gap - 0.10 * gap * (1.0 - luma(c.rgb));
    float corner = half_ * rounding;
    vec2 d = abs(inside) - half_ + corner;
    float shape = length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - corner;
    float lamp = clamp(0.5 - shape * size / px, 0.0, 1.0);
    float hot = 1.0 + gap * (0.75 - 2.0 * dot(inside, inside));
    float seen = gap * amount * smoothstep(2.5, 5.0, size / px);
    c.rgb = mix(c.rgb, min(c.rgb * hot, 1.0) * mix(0.10, 1.0, lamp), min(1.0, seen * 2.0));
    gl_FragColor = c;
}
