/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Time displacement: each place of the picture shows its own moment of the last seconds",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Time"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.8, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seconds", "TYPE": "float", "DEFAULT": 0.7, "MIN": 0.2, "MAX": 3.0, "LABEL": "Depth (s)"},
    {"NAME": "mode", "TYPE": "long", "DEFAULT": 2, "VALUES": [0, 1, 2, 3], "LABELS": ["across", "upwards", "from the centre", "dark is late"]},
    {"NAME": "strips", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "history", "PERSISTENT": true, "WIDTH": "4.0*max(floor($WIDTH/3.0),1.0)", "HEIGHT": "4.0*max(floor($HEIGHT/3.0),1.0)"},
    {}
  ]
}*/
#include "fx.glsl"

// history: 4 x 4 small pictures, a ring of the last 16 ticks; alpha 1 where something was stored.
const float SIDE = 4.0, TICKS = 16.0;

// Where in history the picture of a tick is, for this place.
vec2 placeOf(float tick) {
    float n = mod(tick, TICKS);
    vec2 margin = 0.5 * SIDE / IMG_SIZE(history);
    return (vec2(mod(n, SIDE), floor(n / SIDE)) + clamp(isf_FragNormCoord, margin, 1.0 - margin)) / SIDE;
}

float delayHere(vec4 src) {
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float d = mode == 0 ? isf_FragNormCoord.x : mode == 1 ? isf_FragNormCoord.y :
              mode == 2 ? length(p) / length(vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0)) : 1.0 - sqrt(luma(src.rgb));
    float strip = floor(d * 12.0 + 0.5) / 12.0;
    return amount * clamp(mix(d, strip, smoothstep(0.0, 1.0, strips)), 0.0, 1.0);
}

void main() {
    bool recording = PASSINDEX == 0;
    vec2 at = isf_FragNormCoord * SIDE, tile = min(floor(at), SIDE - 1.0);
    vec4 src = IMG_NORM_PIXEL(inputImage, recording ? at - tile : isf_FragNormCoord);
    float length_ = seconds / (TICKS - 2.0), now = TIME / length_, newest = floor(now);
    float wanted = now - delayHere(src) * (TICKS - 2.0), tick = floor(wanted);
    vec4 early = IMG_NORM_PIXEL(history, recording ? isf_FragNormCoord : placeOf(tick));
    vec4 late = IMG_NORM_PIXEL(history, placeOf(tick + 1.0));
    if (recording) {
        // A tile is new when its newest tick came after the frame before.
        float mine = newest - mod(newest - tile.x - SIDE * tile.y, TICKS);
        bool old = early.a > 0.5 && mine <= floor((TIME - TIMEDELTA) / length_);
        gl_FragColor = old ? early : vec4(src.rgb, 1.0);
        return;
    }
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    // Between the newest tick and now there is the live picture.
    bool live = tick + 1.0 > newest;
    float part = live ? (wanted - tick) / max(now - tick, 1e-3) : wanted - tick;
    gl_FragColor = vec4(mix(early.rgb, live ? src.rgb : late.rgb, clamp(part, 0.0, 1.0)), src.a);
}
