/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Molten drops that meet, merge and part",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Abstract"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 3, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
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
    vec2 p = screenPoint() * mix(1.35, 0.85, scale) * (1.0 - 0.12 * kick);
    p += mix(0.0, 0.14, warp) * quickSin(2.6 * p.yx + TAU * vec2(m, -m));
    float px = screenPixel() * mix(1.35, 0.85, scale);
    int count = int(mix(5.0, 11.99, density));

    float f = 0.0, tint = 0.0, sum = 0.0;
    vec2 g = vec2(0.0);
    for (int i = 0; i < 12; i++) {
        if (i >= count) break;
        vec4 h = hash4(float(i), seed);
        float kx = h.x > 0.5 ? 1.0 : -1.0, ky = h.y > 0.6 ? 2.0 : 1.0;
        vec2 at = vec2(1.25, 0.72) * vec2(wave(kx * m + h.z), wave(ky * m + h.w)) * mix(0.75, 1.05, energy);
        at += (hash2(vec2(i, 9.0), seed) - 0.5) * vec2(1.1, 0.5);
        float size = mix(0.20, 0.42, h.y * h.y) * mix(1.15, 0.85, density) * (1.0 + 0.35 * bass * h.x + 0.28 * kick);
        vec2 d = p - at;
        float w = size * size / (dot(d, d) + 0.003);
        f += w;
        g += w * w / (size * size) * d;
        float w2 = w * w;
        tint += w2 * float(i) / float(count);
        sum += w2;
    }
    tint = tint / (sum + 1e-5) * 0.8 + m;
    float slope = length(g) * 2.0 + 1e-4;
    float d = (1.0 - f) / slope;
    float inside = fillEdge(d, 1.5 * px);

    // A drop of liquid: a sphere where it is alone, smooth where drops meet, a studio reflected in it.
    float inv = inversesqrt(max(f, 1.0));
    vec3 nrm = normalize(vec3(normalize(g + 1e-6) * inv, sqrt(1.0 - inv * inv) + 0.02));
    float rim = 1.0 - nrm.z;
    rim *= rim;
    float shadow = exp(-max(d, 0.0) * 9.0) * light;
    vec3 base = stopsGlow(stops_, tint + 0.12 * nrm.y);
    float key = clamp(0.3 + 0.7 * dot(nrm, normalize(vec3(-0.45, 0.7, 0.55))), 0.0, 1.0);
    vec3 c1 = base * mix(mix(0.02, 0.12, light), mix(0.45, 1.15, light), key * key);
    // What the skin mirrors: a window above, a coloured floor, thin lamps that wander with the turn.
    vec2 see = nrm.xy * (0.6 + 0.8 * nrm.z) * 2.0;
    float lampLine = quickSin(2.2 * see.y + 1.3 * quickSin(1.6 * see.x + TAU * m) + TAU * m);
    float strip = smoothstep(0.80, 0.97, lampLine);
    c1 += stopsGlow(stops_, tint + 0.25) * strip * mix(0.25, 1.0, detail) * (0.6 + 1.4 * mid);
    c1 += stopsGlow(stops_, tint + 0.55) * smoothstep(0.1, -0.9, nrm.y) * (0.25 + 0.5 * light);
    c1 += stopsGlow(stops_, tint + 0.5) * rim * (1.0 + 0.7 * energy + 1.2 * snare);
    float spark = max(dot(nrm, normalize(vec3(-0.42, 0.58, 0.70))), 0.0);
    spark *= spark; spark *= spark; spark *= spark;
    c1 += base * spark * 0.4 + spark * spark * spark * spark * (1.3 + hat);

    // Around the drops: heat, and level lines drifting outwards.
    float t0 = 0.55 + 0.25 * log(f + 0.02) ;
    vec3 c0 = stopsGlow(stops_, tint + 0.3) * pow(clamp(f, 0.0, 1.0), 2.5) * mix(0.75, 0.45, light) * (0.8 + bass);
    vec2 w = p + 0.3 * quickSin(1.7 * p.yx + TAU * vec2(m, -m));
    float drift = 0.5 + 0.5 * quickSin(1.3 * w.x - 1.9 * w.y + TAU * m);
    c0 += stopsGlow(stops_, tint + 0.4 + 0.2 * drift) * drift * drift * mix(0.02, 0.42, light) * smoothstep(1.5, -0.7, p.y);
    c0 += stopsLight(stops_, 0.05 + 0.2 * t0) * mix(0.12, 0.5, light);
    float rows = log(f + 0.02) * 3.0 - 4.0 * m;
    float wide = fwidth(rows);
    float ring = smoothstep(0.16 + wide, 0.0, abs(fract(rows) - 0.5)) * smoothstep(0.6, 0.15, wide);
    c0 += stopsGlow(stops_, tint) * ring * detail * (0.22 + 0.5 * high + 0.6 * beatRing(length(p)));
    c0 *= 1.0 - 0.6 * shadow;
    gl_FragColor = finish(mix(c0, c1, inside));
}
