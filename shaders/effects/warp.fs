/*{
  "ISFVSN": "2",
  "DESCRIPTION": "The picture flows like liquid along boiling noise; the bass pushes",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Geometry"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "TYPE": "float", "DEFAULT": 1.4, "MIN": 0.5, "MAX": 4.0},
    {"NAME": "speed", "TYPE": "float", "DEFAULT": 0.12, "MIN": 0.0, "MAX": 0.6},
    {"NAME": "detail", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
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

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    if (PASSINDEX == 0) {
        // The wind is smooth: a quarter of the size is enough.
        vec2 q = p * scale + vec2(0.0, TIME * speed * 0.5);
        vec2 first = vec2(flowNoise(q, TIME * speed, 0.1), flowNoise(q + 7.3, TIME * speed, 0.2));
        q += 0.9 * curl * vec2(first.y, -first.x);
        vec2 second = vec2(flowFbm(q * 1.3, -TIME * speed, 2, detail, 0.3), flowFbm(q * 1.3 + 3.1, TIME * speed, 2, detail, 0.4));
        gl_FragColor = vec4(first + second, 0.0, 1.0);
        return;
    }
    vec2 wind_ = IMG_THIS_PIXEL(wind).xy;
    float push = amount * 0.26 / sqrt(scale) * (1.0 + 0.5 * bass + 0.6 * kick);
    gl_FragColor = IMG_NORM_PIXEL(inputImage, uncentredMirrored(p + wind_ * push, RENDERSIZE));
}
