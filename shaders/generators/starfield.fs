/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Stars streaking past through a nebula",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Space"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 2, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.2, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.55, "MIN": 0.0, "MAX": 1.0},
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

const int LAYERS = 7;

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 p = screenPoint() - vec2(camx, camy) * 0.5;
    float px = screenPixel();
    float r = length(p);

    // Nebula: two veils that turn inside out.
    vec2 q = rotate(p, 0.35 * twist * r) * mix(0.75, 1.5, scale) + 7.0 * seed;
    vec2 bend = vec2(flowNoise(q * 0.9, m, seed), flowNoise(q * 0.9 + 4.3, -m, seed));
    q += bend * mix(0.3, 1.3, warp);
    float veil = flowNoise(q * 1.2 + 0.3 * onCircle(m), m, seed + 0.1);
    float wisp = 1.0 - abs(flowNoise(q * 2.3 - 0.3 * onCircle(m), m, seed + 0.2));
    float cloud = smoothstep(-0.35, 0.9, veil);
    vec3 c = stopsLight(stops_, 0.0) * 0.4;
    c += stopsGlow(stops_, 0.10 + 0.45 * veil + 0.15 * r) * cloud * cloud * mix(0.18, 1.0, light) * (0.8 + 0.7 * bass);
    c += stopsGlow(stops_, 0.55 + 0.3 * bend.x) * pow(wisp, 5.0) * cloud * mix(0.12, 0.7, light) * (mix(0.4, 1.3, detail) + 1.2 * mid);
    c += stopsGlow(stops_, m + 0.2) * (0.03 + 0.05 * kick + 0.03 * bass) / (r * r + 0.06);

    vec2 out_ = p / max(r, 1e-3);
    float dash = mix(0.06, 0.55, energy) * (1.0 + 0.8 * kick);
    for (int k = 0; k < LAYERS; k++) {
        float z = fract((float(k) + hash1(float(k), seed)) / float(LAYERS) + 2.0 * m);
        float s = mix(5.5, 0.9, z * (0.55 + 0.45 * z)) * mix(1.25, 0.75, scale) * (1.0 - 0.15 * kick);
        vec2 g = rotate(p * s, float(k) * 2.4 + (twist - 0.2) * 2.0 * z);
        vec2 o = rotate(out_, float(k) * 2.4 + (twist - 0.2) * 2.0 * z);
        g += 19.0 * hash2(vec2(k, 5.0), seed);
        vec2 cell = floor(g);
        vec4 h = hash4(cell, seed + 0.03 * float(k));
        vec2 d = g - cell - 0.5 - (h.xy - 0.5) * 0.4;
        float along = dot(d, o), across = dot(d, vec2(-o.y, o.x));
        float run = min(dash * r * s * 0.25 * (0.3 + z), 0.28);
        float tail = clamp(along, -run, 0.3 * run);
        float size = max(mix(0.018, 0.05, h.z * h.z), 1.15 * px * s);
        float dist = length(vec2(along - tail, across));
        float there = step(h.w, mix(0.35, 0.95, density)) * smoothstep(0.0, 0.25, z) * smoothstep(1.0, 0.85, z);
        float edge = smoothstep(0.5, 0.36, max(abs(g.x - cell.x - 0.5), abs(g.y - cell.y - 0.5)));
        float body = exp(-dist * dist / (size * size)) * mix(1.0, 0.35 + 0.65 * (tail + run) / (1.3 * run + 1e-4), 0.8);
        float halo = 0.10 * size / (dist + size) * edge * smoothstep(0.4, 0.0, dist);
        vec3 tint = stopsGlow(stops_, h.z * 0.9 + 0.1 * float(k)) + 0.08;
        float blink = 1.0 + hat * 1.6 * step(0.6, h.x) + 0.4 * wave(3.0 * m + h.y);
        c += tint * (body * 2.4 + halo * 1.8) * edge * there * blink * mix(0.5, 1.3, z);
        // The big ones carry a cross.
        float big = step(0.8, fract(h.z * 9.1)) * there * edge * smoothstep(0.3, 0.7, z);
        vec2 a = abs(d);
        float cross_ = exp(-(a.x + a.y) * 7.0) * size * 0.5 / (min(a.x, a.y) + 0.35 * size);
        c += tint * cross_ * 0.7 * big * detail * (0.8 + 1.5 * high);
    }
    c *= 1.0 + 0.9 * beatRing(r);
    gl_FragColor = finish(c * (1.0 + 0.4 * snare * cloud));
}
