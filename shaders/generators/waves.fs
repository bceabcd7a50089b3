/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Ranks of swell, each crest lit from behind",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Landscape"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 8, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.55, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "camx", "LABEL": "Camera X", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
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
    int count = int(mix(5.0, 10.99, density));
    float horizon = 0.62;

    // Sky: a glow behind the furthest crest.
    float sunx = p.x + 0.9 * camx - 0.35 * wave(m);
    float up = p.y - horizon + 0.15;
    float glow = exp(-2.2 * sunx * sunx - 5.0 * up * up);
    vec3 c = stopsLight(stops_, 0.02) + stopsGlow(stops_, 0.55 + 0.3 * p.y) * mix(0.05, 0.35, light) * smoothstep(1.5, 0.3, p.y);
    c += stopsGlow(stops_, 0.75) * glow * (0.9 + 0.8 * bass);

    float lines = mix(9.0, 20.0, detail);
    for (int i = 0; i < 11; i++) {
        if (i >= count) break;
        float k = (float(i) + 0.5) / float(count);
        float near = k * k * 0.65 + 0.35 * k;
        float h = hash1(float(i), seed);
        float size = mix(0.5, 1.7, near) * mix(0.7, 1.5, scale);
        float x = (p.x + camx * (0.2 + near)) / size;
        float way = i % 2 == 0 ? 1.0 : -1.0;
        float swell = 0.50 * sin(1.9 * x + TAU * (m * way + h));
        swell += 0.30 * sin(3.3 * x - TAU * (2.0 * m * way - 3.1 * h));
        float bent = x + warp * 0.45 * sin(2.3 * x + TAU * (m + h * 5.0));
        float crest = sin(4.7 * bent + TAU * (3.0 * m * way + 1.7 * h));
        swell += 0.26 * (1.0 - 1.6 * abs(crest * crest - 0.4)) * (0.4 + 0.6 * warp);
        float lift = mix(0.07, 0.34, near) * mix(0.6, 1.35, energy) * (1.0 + 0.9 * bass + 0.5 * kick);
        float base = mix(horizon, -1.05, near) - 0.02 + 0.05 * kick * near + 0.05 * wave(m + 3.0 * k);
        float top = base + lift * swell + 0.07 * beatRing(2.0 * k) ;
        float d = p.y - top;
        float cover = fillEdge(d, 1.5 * px);

        float deep = max(-d, 0.0) / (lift * 2.2 + 0.05);
        float t = 0.62 * k + 0.3 * h + 0.12 * swell + 0.1 * deep;
        float shade = mix(0.02, 0.10, light) + (0.06 + 0.8 * light) * exp(-2.2 * deep);
        shade *= 0.75 + 0.35 * swell;
        vec3 water = stopsGlow(stops_, t) * shade;
        float rows = deep * lines * 0.3 - 2.0 * m;
        float wide = fwidth(rows);
        float thread = smoothstep(0.25 + wide, 0.0, abs(fract(rows) - 0.5)) * smoothstep(0.7, 0.2, wide);
        water += detail * thread * stopsGlow(stops_, t + 0.25) * 0.4 * exp(-1.2 * deep) * (1.0 + 1.5 * mid);
        float foam = exp(-max(-d, 0.0) / (0.012 + 0.022 * near));
        float run = pow(wave01(0.35 * x * way + m + h), 4.0);
        vec3 lamp = stopsGlow(stops_, t + 0.35);
        water += lamp * foam * (0.7 + 1.6 * run * energy + 1.2 * snare + hat * wave01(6.0 * x));
        c = mix(c, water, cover);
        c += lamp * exp(-max(d, 0.0) / (0.02 + 0.05 * near)) * (1.0 - cover) * (0.16 + 0.5 * run) * mix(0.9, 0.5, light);
    }
    gl_FragColor = finish(c * (1.05 + 0.4 * high * wave01(3.0 * p.x + m)));
}
