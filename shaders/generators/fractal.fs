/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A Julia set breathing, traced by orbit traps",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Fractal"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 4, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 2, "VALUES": [2, 3, 4], "LABELS": ["2", "3", "4"]},
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

vec2 power(vec2 z, int n) {
    vec2 w = complexMul(z, z);
    if (n == 3) w = complexMul(w, z);
    if (n == 4) w = complexMul(w, w);
    return w;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    int n = int(symmetry);
    float k = float(n);
    vec2 p = screenPoint();
    float r0 = length(p);
    float zoom = mix(1.15, 0.5, scale) * (1.0 - 0.18 * kick - 0.05 * bass) * (1.0 - 0.05 * beatRing(r0));
    vec2 z = rotate(p, (twist - 0.3) * 1.2 * r0 + 0.5 * wave(m)) * zoom + vec2(camx, camy) * 0.4;
    z *= n == 2 ? 1.15 : 0.95;

    // c walks a small circle just outside the main body of the set, where Julia sets are richest.
    float inner = pow(k, -1.0 / (k - 1.0));
    float angle = TAU * mix(0.13, 0.87, seed);
    vec2 at = inner * vec2(cos(angle), sin(angle));
    vec2 c0 = at - power(at, n);
    c0 *= 1.0 + 0.075 / length(c0);
    vec2 c1 = c0 + mix(0.02, 0.055, energy) * onCircle(m);

    float px = screenPixel() * zoom;
    float grow = 1.0, ring = 9.0, cross_ = 9.0, dot_ = 9.0, steps = 0.0, r2 = dot(z, z), silk = 0.0, share = 0.5;
    vec2 trap = mix(0.25, 0.6, density) * onCircle(-m);
    for (int i = 0; i < 36; i++) {
        grow *= k * pow(r2, 0.5 * (k - 1.0));
        z = power(z, n) + c1;
        r2 = dot(z, z);
        if (r2 > 64.0) break;
        steps += 1.0;
        // Only the early orbit draws traps: later ones would be finer than a pixel.
        if (i < 9) {
            ring = min(ring, abs(sqrt(r2) - 0.55 - 0.15 * mid));
            vec2 u = rotate(z, 0.7);
            cross_ = min(cross_, min(abs(u.x), abs(u.y)));
            dot_ = min(dot_, length(z - trap));
            // Where the orbit points, averaged: silk that runs through the set and around it.
            silk += share * (2.6 * u.x * u.y) / (r2 + 0.3 * r2 * r2 + 1e-3);
            share *= 0.84;
        }
    }
    bool out_ = r2 > 64.0;
    float smooth_ = out_ ? steps + 1.0 - log(0.5 * log(r2) / log(8.0)) / log(k) : 36.0;
    float edge = out_ ? 0.5 * sqrt(r2) * log(r2) / grow / px : 0.0;
    float calm = out_ ? smoothstep(0.6, 4.5, edge) : 1.0;

    smooth_ = 15.0 * (1.0 - exp(-smooth_ / 15.0));
    float t = 0.11 * smooth_ + m + 0.16 * silk;
    float fold = wave01(1.1 * silk - 2.0 * m);
    float bands = wave01(0.5 * smooth_ - 3.0 * m);
    vec3 c;
    vec3 lamp = stopsGlow(stops_, t + 0.35);
    if (out_) {
        float near = 1.0 - exp(-0.28 * smooth_);
        c = stopsGlow(stops_, t) * near * mix(0.10, 1.05, light) * mix(1.0, 0.2 + 1.0 * bands * bands, mix(0.4, 0.8, detail)) * (0.35 + 0.9 * fold);
        c += stopsLight(stops_, 0.06) * 0.4;
    } else {
        float rows = wave01(2.0 * dot_ - 2.0 * m);
        c = stopsGlow(stops_, 0.6 * dot_ + 0.25 * silk + m + 0.5) * mix(0.12, 0.85, light) * (0.08 + fold * fold + 0.3 * detail * rows * rows);
    }
    float size = mix(0.02, 0.07, detail);
    c += stopsGlow(stops_, t + 0.5) * glowFall(ring, size) * (0.8 + mid) * mix(0.7, 1.0, calm) * (out_ ? 0.7 : 1.0);
    c += lamp * glowFall(cross_, size * 0.5) * mix(0.75, 0.4, light) * (1.0 + 1.5 * snare) * calm;
    c += (stopsGlow(stops_, m + 0.15) + 0.15) * glowFall(dot_, 0.10 + 0.06 * bass) * (0.7 + hat);
    // The boundary itself is a glowing wire; closer than a pixel it is a mean, not a sparkle.
    float wire = out_ ? exp(-0.35 * max(edge * px / 0.0045, edge) ) : 0.0;
    c = mix(c, stopsGlow(stops_, m + 0.3 + 0.2 * silk) * mix(0.25, 0.8, light) * (0.35 + 0.8 * fold), (1.0 - calm) * 0.85);
    c += lamp * wire * (0.5 + 0.7 * energy + high);
    c *= 1.0 - 0.3 * smoothstep(0.9, 2.1, r0);
    gl_FragColor = finish(c);
}
