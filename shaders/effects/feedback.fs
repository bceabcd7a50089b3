/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Trails that zoom, turn, flow and change colour; the kick drives them outwards",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Feedback"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.85, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "trail", "TYPE": "float", "DEFAULT": 0.8, "MIN": 0.1, "MAX": 3.0, "LABEL": "Trail half-life (s)"},
    {"NAME": "zoom", "TYPE": "float", "DEFAULT": 0.4, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "turn", "TYPE": "float", "DEFAULT": 0.08, "MIN": -0.5, "MAX": 0.5, "LABEL": "Turns per second"},
    {"NAME": "flow", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "hue", "TYPE": "float", "DEFAULT": 0.12, "MIN": -0.5, "MAX": 0.5, "LABEL": "Hue turns per second"},
    {"NAME": "colour", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0, "LABEL": "Colour of fading"},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "snare", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "level", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "trails", "PERSISTENT": true},
    {}
  ]
}*/
#include "fx.glsl"

// Where the old picture comes from: a moment ago everything was further in.
vec2 before(float dt) {
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float drive = mix(1.0, 0.5 + 0.5 * bass + 2.4 * kick * kick, smoothstep(0.02, 0.12, level));
    float side = sin(TIME * 0.37) > -0.3 ? 1.0 : -1.0;
    p = rotate(p, -TAU * turn * side * dt * (1.0 + 3.0 * snare)) * exp(-1.3 * zoom * drive * dt);
    vec2 wind = quickSin(vec2(2.9, 2.3) * p.yx + vec2(0.7, -0.8) * TIME) + 0.6 * quickSin(vec2(6.1, 5.3) * p.yx + vec2(1.3, -1.7) * p + vec2(-1.1, 0.9) * TIME);
    return uncentredMirrored(p + wind * flow * dt * 0.3, RENDERSIZE);
}

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    float dt = clamp(TIMEDELTA, 0.0, 0.1);
    vec4 past = IMG_NORM_PIXEL(trails, PASSINDEX == 0 ? before(dt) : isf_FragNormCoord);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    if (PASSINDEX == 1) {
        gl_FragColor = mix(src, past, amount);
        return;
    }
    // The three colours fade at their own pace, which travels: white leaves coloured trails.
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    vec3 wheel = abs(2.0 * fract(hue * TIME + 0.06 * dot(p, p) + vec3(0.10, 0.43, 0.77)) - 1.0);
    float keep = exp2(-dt / trail);
    vec3 old = hueTurn(past.rgb, hue * dt) * exp2(-dt / trail * (1.0 + colour * (5.0 * wheel - 1.0)));
    // What is brighter lies on top; where the two are alike the past gives way slowly.
    float over = smoothstep(-0.12, 0.12, luma(old) - luma(src.rgb)) * exp2(-dt / (0.4 * trail));
    // Eight bits keep the trails (half the cost of floats): chance rounding, else faint ones would never go.
    vec3 c = mix(src.rgb, old + (hash1(gl_FragCoord.xy, fract(TIME * 7.13)) - 0.62) / 255.0, over);
    gl_FragColor = vec4(clamp(c, 0.0, 1.0), max(src.a, past.a * keep - 0.002));
}
