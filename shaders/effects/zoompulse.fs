/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Zoom punch with motion blur on every kick",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Geometry"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "blur", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "TYPE": "float", "DEFAULT": 0.25, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "rate", "TYPE": "float", "DEFAULT": 2.0, "MIN": 0.5, "MAX": 3.0, "LABEL": "Punches per second without sound"},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "level", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 4096.0}
  ]
}*/
#include "fx.glsl"

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    float live = hosted(beat, beatPhase, level);
    float punch = mix(0.75 * ownPulse(TIME, rate), kick, live);
    punch *= punch;
    float sway = 0.012 * sin(TIME * 1.3);
    float zoom = amount * (0.34 * punch + 0.03 + sway);
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    p = rotate(p, twist * amount * 0.25 * punch * (mod(floor(beat), 2.0) < 0.5 ? 1.0 : -1.0));
    float smear = blur * amount * 0.20 * punch;
    if (smear < 0.004) {
        gl_FragColor = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p * exp(-zoom), RENDERSIZE));
        return;
    }
    // Six taps along the way of the zoom; the start is scattered per pixel so that no steps are seen.
    float start = hash1(gl_FragCoord.xy, 0.5);
    vec4 sum = vec4(0.0);
    for (int i = 0; i < 6; i++) {
        float k = (float(i) + start) / 6.0;
        vec4 tap = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p * exp(-zoom + smear * k), RENDERSIZE));
        sum += vec4(tap.rgb * tap.rgb, tap.a) * (1.4 - 0.8 * k);
    }
    sum /= 6.0;
    gl_FragColor = vec4(sqrt(sum.rgb), min(sum.a, 1.0));
}
