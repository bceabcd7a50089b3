/*{
  "ISFVSN": "2",
  "DESCRIPTION": "The figure of two tones on a scope, drawn with light",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Lines"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 13, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 3, 4, 5, 6, 8], "LABELS": ["0", "3", "4", "5", "6", "8"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "camx", "LABEL": "Camera X", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "camy", "LABEL": "Camera Y", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
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

const int PARTS = 56;

// The figure: two sines per axis; closed, and the same again when `turn` grows by 1.
vec2 figure(float t, float turn, vec2 tones, vec4 h) {
    vec2 p = vec2(wave(tones.x * t + turn + h.x), wave(tones.y * t + h.y));
    vec2 more = vec2(wave((tones.y + 1.0) * t - turn), wave((tones.x + 2.0) * t + turn + h.z));
    return mix(p, more, 0.42 * warp);
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint() - vec2(camx, camy) * 0.4;
    float r0 = length(s);
    s = rotate(s, (twist - 0.3) * 1.6 + 0.10 * wave(m)) * (1.0 - 0.17 * kick);
    float n = float(symmetry);
    vec2 q = n < 3.0 ? s : foldWedge(s, n) - vec2(0.42, 0.0);
    float size = mix(0.45, 1.05, scale) * (n < 3.0 ? 1.0 : 0.62) * (1.0 + 0.08 * bass);
    vec4 h = hash4(1.0, seed);
    vec2 tones = 1.0 + floor((0.25 + 0.75 * hash4(2.0, seed).xy) * mix(2.6, 4.9, density));
    if (tones.x == tones.y) tones.y += 1.0;
    float px = screenPixel();

    float near_ = 9.0, along = 0.0, halo = 0.0, dots = 0.0;
    vec2 a = figure(0.0, m, tones, h) * size;
    for (int i = 1; i <= PARTS; i++) {
        float t = float(i) / float(PARTS);
        vec2 b = figure(t, m, tones, h) * size;
        vec2 d = b - a, o = q - a;
        float k = clamp(dot(o, d) / max(dot(d, d), 1e-6), 0.0, 1.0);
        vec2 miss = o - d * k;
        float far = dot(miss, miss);
        if (far < near_) { near_ = far; along = t - (1.0 - k) / float(PARTS); }
        // A slow stroke leaves more light, as on a tube.
        halo += 1.0 / (far + 0.004) * length(d);
        if (i % 4 == 0) dots += exp(-dot(q - b, q - b) / (0.0009 + px * px));
        a = b;
    }
    near_ = sqrt(near_);
    float wide = mix(0.008, 0.028, light) * (1.0 + 0.6 * mid);
    vec3 tint = stopsGlow(stops_, along * 2.0 + seed - m);
    float run = pow(wave01(along * 3.0 - 2.0 * m), 5.0);
    // Echoes: lines beside the line.
    float echo = near_ * mix(9.0, 22.0, density);
    float beside = exp(-3.2 * near_) * smoothstep(0.36, 0.1, abs(fract(echo - 2.0 * m) - 0.5)) * smoothstep(0.4, 0.15, px * 22.0);
    vec3 c = stopsLight(stops_, 0.02) * 0.4;
    c += stopsGlow(stops_, 0.3 * r0 + seed) * 0.05 * mix(0.4, 1.5, light) * exp(-0.9 * r0) * (1.0 + bass);
    c += stopsGlow(stops_, 0.9 * near_ + seed + 0.45) * beside * (0.15 + 0.6 * detail) * 0.5 * (1.0 + 1.5 * high);
    c += stopsGlow(stops_, 0.25 * r0 + seed + 0.2) * halo * 0.0018 * mix(0.5, 1.3, light) * (1.0 + snare);
    c += tint * glowFall(near_, wide * 1.6 + px) * (0.9 + 0.9 * high + 2.2 * energy * run);
    c += (tint + 0.35) * fillEdge(near_ - wide, 1.5 * px) * (0.55 + run);
    c += (stopsGlow(stops_, 0.8) + 0.3) * dots * (0.25 * detail + 1.2 * hat);
    c *= 1.2 * (1.0 + 0.8 * beatRing(r0));
    gl_FragColor = finish(c);
}
