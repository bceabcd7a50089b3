/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Colour fringes like a torn lens, along a direction or outwards; jumps with snare and kick",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Colour"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "radial", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "angle", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0, "LABEL": "Angle (turns)"},
    {"NAME": "wobble", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "snare", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "hat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float turn = angle + wobble * (0.12 * sin(TIME * 0.9) + 0.25 * hat * sin(TIME * 31.0));
    vec2 across = mix(onCircle(turn), p * (0.35 + 0.65 * dot(p, p)), radial);
    float size = 0.075 * amount * (1.0 - 0.35 * wobble * (0.5 + 0.5 * sin(TIME * 1.7)) + 1.6 * snare + 1.1 * kick);
    vec2 off = across * size;
    // Five taps along a spectrum from red to blue; each row of weights sums to 1.
    vec3 c = vec3(0.15, 0.5, 0.15) * src.rgb;
    c += vec3(0.50, 0.00, 0.00) * IMG_NORM_PIXEL(inputImage, uncentredMirrored(p - off, RENDERSIZE)).rgb;
    c += vec3(0.35, 0.25, 0.00) * IMG_NORM_PIXEL(inputImage, uncentredMirrored(p - 0.5 * off, RENDERSIZE)).rgb;
    c += vec3(0.00, 0.25, 0.35) * IMG_NORM_PIXEL(inputImage, uncentredMirrored(p + 0.5 * off, RENDERSIZE)).rgb;
    c += vec3(0.00, 0.00, 0.50) * IMG_NORM_PIXEL(inputImage, uncentredMirrored(p + off, RENDERSIZE)).rgb;
    gl_FragColor = vec4(c, src.a);
}
