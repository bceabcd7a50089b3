/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Ink folding through water",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Abstract"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 12, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "mid", "LABEL": "Mid", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "snare", "LABEL": "Snare", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "hat", "LABEL": "Hat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "generator.glsl"

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 p = screenPoint();
    float r = length(p);
    p *= mix(0.55, 1.25, scale) * (1.0 - 0.16 * kick - 0.06 * bass) * (1.0 - 0.1 * beatRing(r));
    p = rotate(p, (twist - 0.3) * 2.2 * (0.4 - r) + 0.25 * wave(m));
    p += 13.0 * vec2(seed, fract(seed * 5.7)) + mix(0.1, 0.4, energy) * onCircle(m);

    vec2 a = vec2(flowNoise(p, m, seed), flowNoise(p + 5.2, -m, seed + 0.1));
    vec2 q = p + mix(0.5, 1.25, warp) * a;
    vec2 b = vec2(flowNoise(q * 1.3 + 2.1, -m, seed + 0.2), flowNoise(q * 1.3 + 8.4, m, seed + 0.3));
    q += mix(0.4, 1.0, warp) * b * (1.0 + 0.25 * mid);
    float f = flowNoise(q * mix(1.0, 1.7, density), m, seed + 0.4);
    float n = flowNoise(q * 3.1 + 1.4 * b, -m, seed + 0.5);
    f += mix(0.05, 0.32, detail) * n;

    // Two inks in dark water: broad clouds, then the thin bright skins between them.
    float one = smoothstep(-0.15, 0.75, f + 0.35 * b.x);
    float two = smoothstep(-0.05, 0.8, -f + 0.4 * a.y);
    float t = 0.35 * b.y + 0.2 * a.x + seed;
    vec3 c = stopsLight(stops_, 0.03) * (0.3 + 0.7 * light);
    c += stopsGlow(stops_, t + 0.12 * f) * one * one * mix(0.28, 1.25, light) * (1.0 + 0.6 * bass);
    c += stopsGlow(stops_, t + 0.5) * two * two * mix(0.18, 0.95, light);
    float skin = 1.0 - smoothstep(0.0, 0.16, abs(f + 0.05 * n));
    float slope = length(b) + 0.3;
    c *= 1.0 - 0.55 * skin * light;
    c += stopsGlow(stops_, t + 0.28 + 0.2 * n) * skin * skin * slope * mix(1.5, 0.6, light) * (0.6 + 0.8 * energy + snare);
    float fold = pow(clamp(1.0 - abs(f - 0.42 - 0.2 * a.x), 0.0, 1.0), 9.0);
    c += stopsGlow(stops_, t + 0.75) * fold * 0.8 * (0.6 + 0.6 * energy);
    float thread = 1.0 - smoothstep(0.0, 0.22, abs(n));
    c += detail * stopsGlow(stops_, t + 0.6) * thread * thread * (one + two) * 0.35 * (1.0 + 2.0 * high);
    float wet = pow(clamp(0.5 + 0.5 * (b.x + a.y) + 0.35 * f, 0.0, 1.0), 5.0);
    c += (stopsGlow(stops_, t + 0.3) + 0.3) * wet * mix(0.25, 0.45, light) * (1.0 + 2.0 * hat * thread);
    c *= 1.15 - 0.35 * smoothstep(0.8, 2.1, r);
    gl_FragColor = finish(c);
}
