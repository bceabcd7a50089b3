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
    {"NAME": "roll", "TYPE": "float", "DEFAULT": 0.06, "MIN": -0.3, "MAX": 0.3, "LABEL": "Turns"},
    {"NAME": "flare", "TYPE": "float", "DEFAULT": 0.35, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

const float TAPS = 8.0;

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 c0 = centred(centre, RENDERSIZE), d = centred(isf_FragNormCoord, RENDERSIZE) - c0;
    float s = ease(progress), speed = bell(progress), dive = 0.3 + 1.4 * strength;
    float swap = smoothstep(0.34, 0.66, progress), smear = blur * speed * (0.15 + 0.6 * strength);
    vec2 da = rotate(d, TAU * roll * s) * exp(-dive * s), db = rotate(d, TAU * roll * (s - 1.0)) * exp(0.6 * dive * (1.0 - s));
    vec2 ua = uncentred(c0 + da, RENDERSIZE), ga = smear * (ua - centre), ub = uncentred(c0 + db, RENDERSIZE), gb = smear * (ub - centre);
    // The taps are shared out: each picture gets as many as it weighs.
    int nb = int(ceil(TAPS * swap)), na = int(ceil(TAPS * (1.0 - swap)));
    float start = hash1(gl_FragCoord.xy, 0.5) - 0.5;
    vec4 a = vec4(0.0), b = vec4(0.0);
    for (int i = 0; i < na; i++) {
        float k = (float(i) + 0.5 + start) / float(na) - 0.5;
        vec4 x = IMG_NORM_PIXEL(startImage, mirrored(ua + ga * k));
        a += vec4(x.rgb * x.rgb, x.a) / float(na);
    }
    for (int i = 0; i < nb; i++) {
        float k = (float(i) + 0.5 + start) / float(nb) - 0.5;
        vec4 x = IMG_NORM_PIXEL(endImage, mirrored(ub + gb * k));
        b += vec4(x.rgb * x.rgb, x.a) / float(nb);
    }
    vec4 c = mix(a, b, swap);
    c.rgb *= 1.0 + flare * speed * 1.4 * exp(-1.2 * dot(d, d));
    gl_FragColor = vec4(min(sqrt(c.rgb), 1.0), c.a);
}
