/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Soft strobe on the kick, never more than three flashes in a second whatever the music does",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Light"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "TYPE": "float", "DEFAULT": 2.0, "MIN": 0.5, "MAX": 2.9, "LABEL": "Flashes per second without sound"},
    {"NAME": "hold", "TYPE": "float", "DEFAULT": 0.22, "MIN": 0.06, "MAX": 0.6, "LABEL": "Fall (s)"},
    {"NAME": "white", "TYPE": "float", "DEFAULT": 0.25, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "dim", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0, "LABEL": "Darkness between"},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "level", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 4096.0}
  ],
  "PASSES": [
    {"TARGET": "state", "PERSISTENT": true, "FLOAT": true, "WIDTH": "1", "HEIGHT": "1"},
    {}
  ]
}*/
#include "fx.glsl"

// state: x seconds since the last flash, y the pulse one frame ago. 0.345 s apart is less than three a second.
const float APART = 0.345;

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (PASSINDEX == 0) {
        vec4 was = IMG_NORM_PIXEL(state, vec2(0.5));
        float age = was.w < 0.5 ? 8.0 : min(was.x + clamp(TIMEDELTA, 0.0, 0.25), 8.0);
        float pulse = hitPulse(kick, level, beat, beatPhase, rate);
        if (age >= APART && pulse > 0.5 && pulse > was.y + 0.1) age = 0.0;
        gl_FragColor = vec4(age, pulse, 0.0, 1.0);
        return;
    }
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    float age = IMG_NORM_PIXEL(state, vec2(0.5)).x;
    float flash = smoothstep(0.0, 0.05, age + 0.025) * exp(-age / hold);
    // Between flashes the picture rests darker, more so at the rim; long after the last one it comes back.
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float rest = 1.0 - 0.75 * dim * amount * smoothstep(-0.6, 1.2, length(p)) * (1.0 - smoothstep(1.2, 3.0, age));
    vec3 light_ = src.rgb * src.rgb * mix(rest, 1.0 + 0.5 * amount, flash);
    light_ += white * amount * flash * (0.10 + 0.5 * light_) * exp(-0.6 * dot(p, p));
    gl_FragColor = vec4(min(sqrt(light_), 1.0), src.a);
}
