/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Cut gems that drift and catch the light",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Geometry"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 14, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
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
    float zoom = mix(3.0, 1.35, scale) * (1.0 - 0.15 * kick) * (1.0 - 0.06 * beatRing(r));
    p *= zoom;
    p += mix(0.0, 0.45, warp) * quickSin(1.4 * p.yx + TAU * vec2(m, -m) + vec2(0.3, 4.0 * seed));
    float px = screenPixel() * zoom;
    vec2 i = floor(p), f = p - i;

    float d1 = 9.0, d2 = 9.0;
    vec2 v1 = vec2(0.0), v2 = vec2(1.0), cell = i;
    for (int y = -1; y <= 1; y++) {
        for (int x = -1; x <= 1; x++) {
            vec2 g = vec2(x, y);
            vec4 h = hash4(i + g, seed);
            float way = h.z > 0.5 ? 1.0 : -1.0;
            float reach = mix(0.16, 0.38, energy) * (0.6 + 0.4 * h.w) * (1.0 + 0.2 * bass);
            vec2 v = g + 0.5 + (h.xy - 0.5) * 0.35 + reach * onCircle(way * m + h.w) - f;
            float d = dot(v, v);
            if (d < d1) { d2 = d1; v2 = v1; d1 = d; v1 = v; cell = i + g; }
            else if (d < d2) { d2 = d; v2 = v; }
        }
    }
    float edge = dot(0.5 * (v1 + v2), normalize(v2 - v1));
    vec4 h = hash4(cell, seed + 0.37);

    // A cut gem: flat table in the middle, facets round it, each with its own tilt.
    float facets = 5.0 + floor(h.z * 4.0);
    vec2 q = rotate(-v1, TAU * h.y + 0.8 * wave(m + h.x));
    float a = atan(q.y, q.x) / TAU * facets;
    float side = floor(a + 0.5);
    float table = mix(0.34, 0.2, h.w);
    float cut = length(q) * quickCos((a - side) * TAU / facets);
    float outer = smoothstep(table - px, table + px, cut);
    vec2 tilt = onCircle(side / facets - h.y) * outer;
    float second = smoothstep(0.0, 1.0, abs(fract(a) - 0.5) * 2.0);
    vec2 lamp = onCircle(m + 0.12);
    float lit = 0.5 + 0.5 * dot(tilt, lamp) + 0.14 * (second - 0.5) * outer * detail;
    float glint = pow(clamp(lit, 0.0, 1.0), 7.0) * outer;

    float t = h.x * mix(0.5, 1.0, density) + 0.22 * lit + m;
    vec3 gem = stopsGlow(stops_, t);
    float on = mix(smoothstep(0.55, 0.95, wave01(h.w + m * (h.z > 0.4 ? 1.0 : 2.0))), 1.0, smoothstep(0.0, 0.8, light));
    float depth = smoothstep(0.0, 0.35, edge);
    vec3 c = gem * mix(0.10, 0.95, lit * lit) * on * mix(0.55, 1.0, depth) * mix(0.8, 1.05, light);
    c += stopsGlow(stops_, t + 0.3) * glint * (0.35 + 0.5 * on) + 0.45 * pow(glint, 3.0) * (on + hat);
    float seam = lineEdge(cut - table, 0.012, px) + lineEdge((fract(a) - 0.5) / facets * TAU * length(q), 0.008, px) * outer;
    c += detail * seam * gem * 0.5 * (0.4 + on);
    c += gem * exp(-7.0 * d1) * (0.5 * mid + 0.9 * snare * h.w);

    float gap = mix(0.035, 0.015, density) + 0.02 * bass;
    c *= smoothstep(gap - px, gap + px, edge);
    float line = glowFall(edge, 0.02 + 0.4 * px);
    vec3 wire = stopsGlow(stops_, 0.4 * r - m + 0.5);
    c += wire * (line * mix(1.5, 0.25, light) + mix(0.28, 0.03, light) * exp(-7.0 * edge)) * (0.6 + energy + high);
    c *= 1.0 - 0.4 * smoothstep(0.8, 2.1, r);
    gl_FragColor = finish(c);
}
