/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Liquid colour folding into itself",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Abstract"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.55, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.35, "MIN": 0.0, "MAX": 1.0},
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
    p *= mix(1.0, 2.2, scale) * (1.0 - 0.16 * kick - 0.08 * bass) * (1.0 - 0.12 * beatRing(r));
    p = rotate(p, twist * (1.4 * r - 0.9) + 6.0 * seed);
    p += 17.0 * vec2(seed, fract(seed * 7.3)) + mix(0.15, 0.5, energy) * onCircle(m);

    float amp = mix(0.35, 1.0, warp);
    p += amp * quickSin(1.3 * p.yx + TAU * vec2(m, -m) + vec2(0.0, 1.7));
    p += amp * 0.62 * quickSin(2.1 * p.yx + TAU * vec2(-m, m) + vec2(2.1, 0.4));
    p += amp * 0.40 * quickSin(3.0 * p.yx + TAU * vec2(m, 2.0 * m) + vec2(0.9, 3.1));
    vec2 fine = quickSin(5.1 * p.yx + TAU * vec2(-2.0 * m, m)) * (0.10 + 0.1 * mid);
    p += detail * fine;

    float f = quickSin(p.x + TAU * m) + quickSin(p.y) + 0.7 * quickSin(p.x + p.y);
    float slope = quickCos(1.1 * p.x - 0.6 * p.y + 2.0 * f);
    float t = f * mix(0.22, 0.42, density) + m;

    // Folds are lit from one side; the valleys stay black when light is low.
    float fold = 0.5 + 0.5 * quickSin(3.5 * f + slope);
    float shade = mix(fold * fold * fold, 0.10 + 1.0 * fold, light);
    vec3 c = stopsGlow(stops_, t) * shade;
    c += stopsLight(stops_, t + 0.45) * 0.5 * light * (1.0 - fold);
    float sheen = pow(0.5 + 0.5 * slope, 6.0) * fold;
    c += stopsGlow(stops_, t + 0.3) * sheen * mix(0.9, 0.45, light) + 0.35 * pow(sheen, 4.0) * (1.0 + 2.0 * hat);

    float rows = 5.0 * f;
    float wide = fwidth(rows);
    float lines = lineEdge(abs(fract(rows) - 0.5) - 0.5, 0.035, wide) * smoothstep(0.6, 0.15, wide);
    c += detail * lines * stopsGlow(stops_, t + 0.55) * (0.45 + 0.8 * high + 0.5 * snare) * (0.3 + fold);
    gl_FragColor = finish(c * (1.0 + 0.25 * bass));
}
