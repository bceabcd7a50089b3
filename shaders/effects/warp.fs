/*{
  "ISFVSN": "2",
  "DESCRIPTION": "The picture flows like liquid along boiling noise; the bass pushes",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Geometry"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.4, "MAX": 3.0},
    {"NAME": "speed", "TYPE": "float", "DEFAULT": 0.12, "MIN": 0.0, "MAX": 0.6},
    {"NAME": "detail", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "curl", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "wind", "FLOAT": true, "WIDTH": "max(floor($WIDTH/4.0),1.0)", "HEIGHT": "max(floor($HEIGHT/4.0),1.0)"},
    {}
  ]
}*/
#include "fx.glsl"

// Each round bends the place where the next one looks: finer, and carried by the coarse one.
vec2 windAt(vec2 q, int rounds) {
    vec2 sum = vec2(0.0);
    float size = 1.0;
    for (int i = 0; i < rounds; i++) {
        float turn = TIME * speed * (i == 1 ? -1.0 : 1.0), salt = 0.1 + 0.2 * float(i);
        vec2 bend = vec2(flowNoise(q, turn, salt), flowNoise(q + 7.3, turn, salt + 0.1));
        sum += bend * size;
        q = 1.6 * (q + 0.5 * curl * vec2(bend.y, -bend.x));
        size *= i == 0 ? 0.45 : 0.7 * detail;
    }
    return sum;
}

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    // The wind is smooth: a quarter of the size is enough.
    vec2 blown = windAt(0.85 * p * scale + vec2(0.0, TIME * speed * 0.5), PASSINDEX == 0 ? 3 : 0);
    if (PASSINDEX == 0) {
        gl_FragColor = vec4(blown, 0.0, 1.0);
        return;
    }
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    float push = amount * 0.46 / sqrt(scale) * (1.0 + 0.5 * bass + 0.6 * kick);
    gl_FragColor = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p + IMG_THIS_PIXEL(wind).xy * push, RENDERSIZE));
}
