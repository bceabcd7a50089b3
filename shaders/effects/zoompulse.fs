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
    float punch = hitPulse(kick, level, beat, beatPhase, rate);
    punch *= punch;
    float zoom = amount * (0.36 * punch + 0.03 + 0.012 * sin(TIME * 1.3));
    float side = mod(floor(beat), 2.0) < 0.5 ? 1.0 : -1.0;
    vec2 p = rotate(centred(isf_FragNormCoord, RENDERSIZE), twist * amount * 0.3 * punch * side) * exp(-zoom);
    float smear = blur * amount * 0.24 * punch;
    // Taps along the way of the zoom, scattered per pixel so that no steps are seen; one while nothing moves.
    int taps = smear > 0.004 ? 6 : 1;
    float start = taps > 1 ? hash1(gl_FragCoord.xy, 0.5) : 0.0;
    vec2 at = uncentred(p, RENDERSIZE), way = smear * (at - 0.5);
    vec4 sum = vec4(0.0);
    for (int i = 0; i < taps; i++) {
        float k = (float(i) + start) / float(taps);
        vec4 tap = IMG_NORM_PIXEL(inputImage, mirrored(at + way * k));
        sum += vec4(tap.rgb * tap.rgb, tap.a);
    }
    sum /= float(taps);
    gl_FragColor = vec4(sqrt(sum.rgb), sum.a);
}
