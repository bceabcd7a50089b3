/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Shock waves run out from the centre at each kick and bend the picture",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Geometry"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "centre", "TYPE": "point2D", "DEFAULT": [0.5, 0.5], "MIN": [0.0, 0.0], "MAX": [1.0, 1.0]},
    {"NAME": "speed", "TYPE": "float", "DEFAULT": 1.5, "MIN": 0.5, "MAX": 3.0, "LABEL": "Speed (frame heights per second)"},
    {"NAME": "width", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "shine", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "TYPE": "float", "DEFAULT": 0.8, "MIN": 0.2, "MAX": 2.0, "LABEL": "Waves per second without sound"},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "level", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 4096.0}
  ],
  "PASSES": [
    {"TARGET": "waves", "PERSISTENT": true, "FLOAT": true, "WIDTH": "2", "HEIGHT": "1"},
    {}
  ]
}*/
#include "fx.glsl"

// waves, left texel: ages (s) of the last four shocks; right texel: x the pulse one frame ago, w 1 once begun.
vec4 nextState() {
    vec4 ages = IMG_NORM_PIXEL(waves, vec2(0.25, 0.5)), was = IMG_NORM_PIXEL(waves, vec2(0.75, 0.5));
    ages = min(ages + clamp(TIMEDELTA, 0.0, 0.25), 20.0);
    // Four that start as one leave one.
    if (was.w < 0.5) ages = vec4(0.15, 20.0, 20.0, 20.0);
    float pulse = hitPulse(kick, level, beat, beatPhase, rate);
    if (pulse > 0.4 && pulse > was.x + 0.1 && ages.x > 0.12) ages = vec4(0.0, ages.xyz);
    return isf_FragNormCoord.x < 0.5 ? ages : vec4(pulse, 0.0, 0.0, 1.0);
}

void main() {
    if (PASSINDEX == 0) {
        gl_FragColor = nextState();
        return;
    }
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    vec2 d = p - centred(centre, RENDERSIZE);
    float r = max(length(d), 1e-3), wide = mix(0.08, 0.30, width);
    vec4 ages = IMG_NORM_PIXEL(waves, vec2(0.25, 0.5));
    float slope = 0.0;
    for (int i = 0; i < 4; i++) {
        float age = ages[i], w = wide * (1.0 + 0.6 * age);
        float x = (r - 2.0 * speed * (age + 0.02)) / w;
        // A crest, a trough behind it and one smaller crest.
        slope += exp(-x * x) * cos(2.4 * x - 0.6) * exp(-1.5 * age) * smoothstep(0.0, 0.25, r + 0.1);
    }
    vec2 bend = d / r * slope * amount * 0.22;
    vec3 c;
    c.r = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p - bend * 1.18, RENDERSIZE)).r;
    c.g = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p - bend, RENDERSIZE)).g;
    c.b = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p - bend * 0.82, RENDERSIZE)).b;
    float lit = slope * shine * amount * (0.6 + 0.4 * dot(d / r, normalize(vec2(-0.6, 0.8))));
    gl_FragColor = vec4(clamp(c * (1.0 + 1.4 * lit) + 0.12 * max(lit, 0.0), 0.0, 1.0), src.a);
}
