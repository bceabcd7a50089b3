/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Flies through the leaving picture into the coming one, with radial motion blur",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "strength", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "centre", "TYPE": "point2D", "DEFAULT": [0.5, 0.5], "MIN": [0.0, 0.0], "MAX": [1.0, 1.0]},
    {"NAME": "blur", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "roll", "TYPE": "float", "DEFAULT": 0.06, "MIN": -0.3, "MAX": 0.3},
    {"NAME": "flare", "TYPE": "float", "DEFAULT": 0.35, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

const int TAPS = 9;

// The way of the camera at one moment: depth in e-folds, and where the picture is seen.
vec2 seen(vec2 d, vec2 c0, float depth, float turn) {
    return uncentredMirrored(c0 + rotate(d, turn) * exp(-depth), RENDERSIZE);
}

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 c0 = centred(centre, RENDERSIZE), d = centred(isf_FragNormCoord, RENDERSIZE) - c0;
    float s = ease(progress), speed = bell(progress), dive = 0.3 + 1.5 * strength;
    float swap = smoothstep(0.36, 0.64, progress);
    float smear = blur * speed * (0.15 + 0.55 * strength) / float(TAPS);
    float start = hash1(gl_FragCoord.xy, 0.5) - 0.5 * float(TAPS);
    vec4 a = vec4(0.0), b = vec4(0.0);
    for (int i = 0; i < TAPS; i++) {
        float k = (float(i) + start) * smear;
        if (swap < 1.0) { vec4 x = IMG_NORM_PIXEL(startImage, seen(d, c0, dive * s + k, TAU * roll * s)); a += vec4(x.rgb * x.rgb, x.a); }
        if (swap > 0.0) { vec4 x = IMG_NORM_PIXEL(endImage, seen(d, c0, dive * (s - 1.0) + k, TAU * roll * (s - 1.0))); b += vec4(x.rgb * x.rgb, x.a); }
    }
    vec4 c = mix(a, b, swap) / float(TAPS);
    c.rgb *= 1.0 + flare * speed * 1.4 * exp(-1.2 * dot(d, d));
    gl_FragColor = vec4(min(sqrt(c.rgb), 1.0), c.a);
}
