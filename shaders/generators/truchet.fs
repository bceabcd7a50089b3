/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Woven tubes with pulses running through them",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Geometry"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 5, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
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

// One weave of quarter circles. Gives distance to the centre line, way along it (whole numbers at tile edges), tile hash.
vec3 weave(vec2 p, float salt) {
    vec2 i = floor(p), f = p - i;
    vec4 h = hash4(i, salt);
    bool flip = h.x > 0.5;
    vec2 corner = flip ? vec2(1.0, 0.0) : vec2(0.0);
    vec2 other = 1.0 - corner;
    if (length(f - other) < length(f - corner)) corner = other;
    vec2 d = f - corner;
    vec2 at = i + corner;
    // Neighbouring corners turn against each other like gears, so the flow never breaks.
    float way = mod(at.x + at.y, 2.0) < 0.5 ? 1.0 : -1.0;
    return vec3(length(d) - 0.5, way * atan(d.y, d.x) / (0.5 * PI), hash1(at, salt));
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 p = screenPoint();
    float r = length(p);
    float zoom = mix(2.4, 1.15, scale) * (1.0 - 0.16 * kick) * (1.0 - 0.08 * beatRing(r));
    p = rotate(p, 0.35 * wave(m) * (0.4 + energy) + twist * 0.9 * wave(m + 0.25) * r);
    p += mix(0.0, 0.16, warp) * quickSin(2.1 * p.yx + TAU * vec2(m, -m));
    p = p * zoom + 11.0 * seed + 0.7 * onCircle(m);
    float px = screenPixel() * zoom * 1.2;

    vec3 c = stopsLight(stops_, 0.04) * mix(0.2, 0.9, light);
    for (int k = 0; k < 2; k++) {
        float big = k == 0 ? 0.62 : 1.0;
        vec2 q = k == 0 ? rotate(p, 0.6) * big + 3.7 : p;
        vec3 w = weave(q, seed + 0.3 * float(k));
        float one = px * big;
        float half_ = mix(0.10, 0.22, density) * (k == 0 ? 0.75 : 1.0) * (1.0 + 0.3 * bass + 0.15 * kick);
        float d = abs(w.x) - half_;
        float inside = fillEdge(d, 1.4 * one);
        float s = w.x / half_;
        float height = sqrt(max(1.0 - s * s, 0.0));
        float dim = k == 0 ? 0.3 : 1.0;
        // Soft shadow on what lies below.
        c *= 1.0 - 0.75 * exp(-max(d, 0.0) / 0.11);
        float t = 0.5 * float(k) + m + 0.13 * q.x + 0.05 * q.y + 0.04 * wave(w.y);
        vec3 skin = stopsGlow(stops_, t);
        float pulse = pow(wave01(w.y - 4.0 * m), mix(6.0, 3.0, energy)) * smoothstep(0.3, 1.0, wave01(0.23 * q.x - 0.31 * q.y + m));
        vec3 tube = skin * mix(0.05, 0.6, light) * (0.12 + 0.9 * height * height);
        float gloss = exp(-pow((s + 0.35) / 0.16, 2.0));
        tube += (skin * 0.6 + 0.25) * gloss * mix(0.12, 0.5, light);
        tube += stopsGlow(stops_, t + 0.25) * pulse * (0.3 + 1.0 * height) * (0.6 + 0.7 * energy + 1.2 * snare);
        float strands = max(lineEdge(abs(s) - 0.5, 0.06, one / half_), lineEdge(s, 0.05, one / half_));
        tube += detail * strands * stopsGlow(stops_, t + 0.5) * 0.55 * (0.5 + mid + pulse);
        float dots = fract(w.y * 2.0 - 4.0 * m) - 0.5;
        float bead = exp(-(dots * dots * 30.0 + s * s * 9.0));
        tube += (skin + 0.5) * bead * energy * (0.6 + 1.5 * hat);
        float rim = exp(-pow(d / (0.022 + one), 2.0));
        c = mix(c, tube * dim, inside);
        c += stopsGlow(stops_, t + 0.4) * rim * dim * mix(1.1, 0.35, light) * (0.7 + 0.6 * pulse + high);
        c += skin * exp(-max(d, 0.0) * 9.0) * (1.0 - inside) * mix(0.16, 0.10, light) * dim * (0.5 + 2.0 * pulse);
    }
    c *= 1.25 - 0.5 * smoothstep(0.5, 2.1, r);
    gl_FragColor = finish(c);
}
