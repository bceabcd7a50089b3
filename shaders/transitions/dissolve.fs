/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Cross-fade in linear light, bright parts of the coming picture first",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "film", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0, "LABEL": "Linear light"},
    {"NAME": "lead", "TYPE": "float", "DEFAULT": 0.25, "MIN": 0.0, "MAX": 1.0, "LABEL": "Bright parts lead"}
  ]
}*/
#include "fx.glsl"

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec4 a = IMG_THIS_PIXEL(startImage), b = IMG_THIS_PIXEL(endImage);
    float t = smoothstep(0.0, 1.0, progress * (1.0 + lead) - lead * (1.0 - luma(b.rgb)));
    gl_FragColor = mix(mix(a, b, t), mixLight(a, b, t), film);
}
