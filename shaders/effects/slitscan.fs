/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Time displacement: each place of the picture shows its own moment of the last seconds",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Time"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.8, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seconds", "TYPE": "float", "DEFAULT": 1.2, "MIN": 0.2, "MAX": 4.0, "LABEL": "Depth (s)"},
    {"NAME": "mode", "TYPE": "long", "DEFAULT": 2, "VALUES": [0, 1, 2, 3], "LABELS": ["across", "upwards", "from the centre", "dark is late"]},
    {"NAME": "strips", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "history", "PERSISTENT": true, "WIDTH": "5.0*max(floor($WIDTH/3.0),1.0)", "HEIGHT": "5.0*max(floor($HEIGHT/3.0),1.0)"},
    {}
  ]
}*/
#include "fx.glsl"

// history: 5 x 5 small pictures, a ring of the last 25 ticks; alpha 1 where something was stored.
const float SIDE = 5.0, TICKS = 25.0;

float tickLength() { return seconds / (TICKS - 2.0); }

vec4 stored(float tick) {
    float n = mod(tick, TICKS);
    vec2 tile = vec2(mod(n, SIDE), floor(n / SIDE));
    vec2 margin = 0.5 * SIDE / IMG_SIZE(history);
    return IMG_NORM_PIXEL(history, (tile + clamp(isf_FragNormCoord, margin, 1.0 - margin)) / SIDE);
}

vec4 record() {
    vec4 old = IMG_THIS_PIXEL(history);
    vec2 at = isf_FragNormCoord * SIDE, tile = min(floor(at), SIDE - 1.0);
    float n = tile.x + SIDE * tile.y, length_ = tickLength();
    float now = floor(TIME / length_), before = floor((TIME - TIMEDELTA) / length_);
    // The newest tick of this tile; it is new when it came after the frame before.
    float newest = now - mod(now - n, TICKS);
    if (old.a > 0.5 && newest <= before) return old;
    return vec4(IMG_NORM_PIXEL(inputImage, clamp(at - tile, 0.0, 1.0)).rgb, 1.0);
}

float delayHere(vec4 src) {
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float d = isf_FragNormCoord.x;
    if (mode == 1) d = isf_FragNormCoord.y;
    else if (mode == 2) d = length(p) / length(vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0));
    else if (mode == 3) d = 1.0 - sqrt(luma(src.rgb));
    float strip = floor(d * 12.0 + 0.5) / 12.0;
    return amount * clamp(mix(d, strip, smoothstep(0.0, 1.0, strips)), 0.0, 1.0);
}

void main() {
    if (PASSINDEX == 0) {
        gl_FragColor = record();
        return;
    }
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    float now = TIME / tickLength();
    float wanted = now - delayHere(src) * (TICKS - 2.0);
    float tick = floor(wanted), newest = floor(now);
    vec4 early = stored(tick);
    vec4 late = tick + 1.0 > newest ? src : stored(tick + 1.0);
    float part = tick + 1.0 > newest ? (wanted - tick) / max(now - tick, 1e-3) : wanted - tick;
    gl_FragColor = vec4(mix(early.rgb, late.rgb, clamp(part, 0.0, 1.0)), src.a);
}
