/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Trails that zoom, turn, flow and change colour; the kick drives them outwards",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Feedback"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.85, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "trail", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.05, "MAX": 2.0, "LABEL": "Trail half-life (s)"},
    {"NAME": "zoom", "TYPE": "float", "DEFAULT": 0.35, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "turn", "TYPE": "float", "DEFAULT": 0.06, "MIN": -0.5, "MAX": 0.5},
    {"NAME": "flow", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "hue", "TYPE": "float", "DEFAULT": 0.08, "MIN": -0.5, "MAX": 0.5},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "snare", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "level", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 4096.0}
  ],
  "PASSES": [
    {"TARGET": "trails", "PERSISTENT": true, "FLOAT": true},
    {}
  ]
}*/
#include "fx.glsl"

// The old picture, a moment further out.
vec4 moved(float dt) {
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float drive = mix(1.0, 0.45 + 0.5 * bass + 3.0 * kick * kick, hosted(beat, beatPhase, level));
    float side = sign(sin(TIME * 0.37) + 0.3);
    p = rotate(p, -TAU * turn * dt * (1.0 + 5.0 * snare * side)) * exp(-zoom * drive * dt);
    vec2 wind = vec2(sin(2.9 * p.y + 0.7 * TIME) + 0.6 * sin(6.1 * p.y - 1.1 * TIME + 1.3 * p.x),
                     sin(2.3 * p.x - 0.8 * TIME) + 0.6 * sin(5.3 * p.x + 0.9 * TIME - 1.7 * p.y));
    p += wind * flow * dt * 0.22;
    return IMG_NORM_PIXEL(trails, uncentredMirrored(p, RENDERSIZE));
}

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    if (PASSINDEX == 0) {
        float dt = clamp(TIMEDELTA, 0.0, 0.1);
        vec4 old = moved(dt);
        float keep = exp2(-dt / trail);
        old.rgb = hueTurn(old.rgb, hue * dt) * keep;
        // The new picture covers where it is bright; what is dark shows the past.
        float cover = smoothstep(0.0, 0.75, max(src.r, max(src.g, src.b)));
        vec3 c = max(src.rgb, old.rgb * (1.0 - 0.55 * cover));
        gl_FragColor = vec4(min(c, 1.0), max(src.a, old.a * keep));
        return;
    }
    vec4 past = IMG_THIS_PIXEL(trails);
    gl_FragColor = vec4(max(src.rgb, mix(src.rgb, past.rgb, amount)), mix(src.a, past.a, amount));
}
