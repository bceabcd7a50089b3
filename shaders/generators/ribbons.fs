/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Silk ribbons turning in a slow wind",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Abstract"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 11, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 1, "VALUES": [1, 2, 3, 4, 6], "LABELS": ["1", "2", "3", "4", "6"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
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
    float px = screenPixel();
    float r0 = length(p);
    float n = float(symmetry);
    float zoom = mix(1.3, 0.72, scale) * (1.0 - 0.16 * kick) * (1.0 - 0.05 * beatRing(r0));
    p = rotate(p * zoom, 0.35 + TAU * 0.5 * seed + 0.22 * wave(m));
    px *= zoom;
    if (n > 1.0) p = foldWedge(p, n) - vec2(0.0, 0.25);
    int count = int(mix(4.0, 8.99, density));

    vec3 c = stopsLight(stops_, 0.03) * 0.5 + stopsGlow(stops_, 0.2 + 0.2 * p.y + m) * mix(0.01, 0.12, light) * (0.5 + 0.5 * wave(0.3 * p.x + m));
    for (int i = 0; i < 9; i++) {
        if (i >= count) break;
        float k = (float(i) + 0.5) / float(count);
        vec4 h = hash4(float(i), seed);
        float way = i % 2 == 0 ? 1.0 : -1.0;
        float x = p.x + 0.25 * warp * quickSin(1.7 * p.y + TAU * (m + h.w));
        float a1 = 1.15 * x + TAU * (way * m + h.x), a2 = 2.3 * x - TAU * (way * m - h.y);
        float tall = mix(0.22, 0.5, energy) * (1.0 + 0.35 * bass);
        float y = 1.5 * (k - 0.5) + tall * (quickSin(a1) + 0.38 * quickSin(a2));
        float slope = tall * (1.15 * quickCos(a1) + 0.38 * 2.3 * quickCos(a2));
        float steep = inversesqrt(1.0 + slope * slope);

        // The ribbon turns about its length: narrow where it shows its edge, other side beyond.
        float turn_ = mix(0.4, 1.4, twist) * x + TAU * (way * m + h.z) + 0.8 * quickSin(a1);
        float face = quickCos(turn_);
        float half_ = mix(0.14, 0.30, h.w) * (0.10 + 0.90 * abs(face)) * (1.0 + 0.2 * mid);
        float s = (p.y - y) * steep / half_;
        float d = (abs(s) - 1.0) * half_;
        float cover = fillEdge(d, 1.4 * px);
        c *= 1.0 - 0.6 * exp(-max(d, 0.0) / 0.07);

        float t = k * 0.8 + (face > 0.0 ? 0.0 : 0.3) + 0.08 * quickSin(a2) + m;
        vec3 silk = stopsGlow(stops_, t);
        float fold = turn_ * 2.0 + s * mix(0.9, 1.9, h.x) + 0.9 * quickSin(a2 + s);
        float sheen = 0.5 + 0.5 * quickCos(fold);
        float shade = mix(0.03, 0.22, light) + mix(0.35, 0.85, light) * sheen * sheen;
        vec3 cloth = silk * shade * mix(0.7, 1.0, abs(face));
        cloth += (stopsGlow(stops_, t + 0.2) * 0.8 + 0.2) * (sheen * sheen * sheen * sheen) * (sheen * sheen * sheen * sheen) * (0.55 + 0.5 * snare);
        float rows = s * mix(3.0, 7.0, detail) + 0.5 * quickSin(a1);
        float wide = mix(3.0, 7.0, detail) * px / half_;
        float thread = smoothstep(0.18 + wide, 0.02, abs(fract(rows) - 0.5)) * smoothstep(0.5, 0.15, wide);
        cloth += detail * thread * stopsGlow(stops_, t + 0.35) * (0.12 + 0.5 * sheen) * (0.6 + 1.6 * high);
        float hem = exp(-pow((1.0 - abs(s)) * half_ / (0.012 + 0.7 * px), 2.0));
        float run = pow(wave01(0.25 * x * way + 2.0 * m + h.y), 6.0);
        cloth += stopsGlow(stops_, t + 0.5) * hem * (mix(0.9, 0.4, light) + 1.4 * run * energy + hat + 0.8 * high);
        c = mix(c, cloth, cover * 0.97);
        c += silk * exp(-max(d, 0.0) * 16.0) * (1.0 - cover) * mix(0.22, 0.08, light) * (0.6 + run);
    }
    c *= 1.1 - 0.3 * smoothstep(0.8, 2.1, r0);
    gl_FragColor = finish(c);
}
