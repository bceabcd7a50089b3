/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Moving heads sweeping a hazy room",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Stage"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 7, "VALUES": [4, 5, 6, 7, 8, 9, 10], "LABELS": ["4", "5", "6", "7", "8", "9", "10"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
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
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    float px = screenPixel();

    // The stage floor is wet: below it the room is seen upside down.
    float stage = -0.72;
    float under = fillEdge(p.y - stage, 2.0 * px);
    float ripple = 0.05 * sin(40.0 / (stage - p.y + 0.16) + TAU * 2.0 * m) * under;
    float depth = max(stage - p.y, 0.0);
    if (under > 0.5) p = vec2(p.x * (1.0 - 0.25 * depth) + ripple, 2.0 * stage - p.y);
    float mirror = mix(1.0, 0.42 * exp(-1.5 * depth), under);

    vec2 s = p * mix(1.2, 2.4, scale);
    float smoke = flowNoise(s + vec2(0.0, 3.0 * seed) + 0.4 * onCircle(m), m, seed);
    float curl = flowNoise(s * 2.3 + 1.5 * warp * smoke, -m, seed + 0.3);
    float haze = clamp(0.62 + 0.45 * smoke + mix(0.08, 0.5, detail) * curl, 0.05, 1.6);

    vec3 c = stopsLight(stops_, 0.05) * 0.25 + stopsGlow(stops_, 0.3 + 0.2 * smoke + m) * haze * mix(0.01, 0.14, light) * (1.0 + bass);
    int count = int(symmetry);
    float n = float(count);
    float wide = mix(0.035, 0.10, density) * (1.0 + 0.35 * bass + 0.3 * kick);
    for (int bank = 0; bank < 2; bank++) {
        float up = bank == 0 ? 1.0 : -1.0;
        for (int i = 0; i < 10; i++) {
            if (i >= count) break;
            float k = (float(i) + 0.5) / n;
            float x = (2.0 * k - 1.0);
            float h = hash1(vec2(i, bank), seed);
            vec2 lamp = vec2(x * aspect * 0.92, bank == 0 ? stage + 0.03 : 1.02);
            float side = x < 0.0 ? -1.0 : 1.0;
            float swing = wave(m * (bank == 0 ? 1.0 : -2.0) + twist * k * 1.2 + 0.3 * float(bank));
            float nod = side * wave(m * 2.0 + h * warp);
            float angle = x * mix(-0.35, 0.55, wave01(m + 0.25 * float(bank))) + mix(0.25, 0.75, energy) * (0.75 * swing + 0.25 * nod);
            vec2 dir = vec2(sin(angle), up * cos(angle));
            vec2 d = p - lamp;
            float along = dot(d, dir), across = dot(d, vec2(dir.y, -dir.x)) ;
            float ahead = smoothstep(-0.02, 0.06, along);
            float w = 0.010 + wide * max(along, 0.0) + px;
            float q = across / w;
            float cone = exp(-q * q) * ahead * (0.022 / (0.022 + 0.16 * wide * 10.0 * max(along, 0.0) * 0.3));
            float rays = 1.0 + detail * 0.5 * cos(q * 7.0) * smoothstep(0.25, 0.9, along);
            float core = exp(-q * q * 7.0) * ahead * 0.6 / (0.35 + along);
            float strobe = 0.55 + 0.45 * wave(2.0 * m + h + 0.5 * k) + 0.6 * kick * step(0.5, h) + 0.8 * snare * step(h, 0.5);
            vec3 gel = stopsGlow(stops_, (k * 0.75 + 0.5 * float(bank) + m + 0.2 * h));
            c += gel * (cone * rays * mix(1.1, 1.9, light) + core * 0.5) * haze * max(strobe, 0.1);
            float lens = length(d);
            c += (gel + 0.25) * max(strobe, 0.15) * (0.0011 + 0.0015 * hat) / (lens * lens + 0.0009) * 0.9;
            c += gel * 0.012 / (lens + 0.05) * exp(-abs(d.y) * 26.0) * (1.0 + 2.0 * high);
        }
    }
    c *= mirror * (1.0 + 0.8 * beatRing(length(p - vec2(0.0, stage))));
    c += stopsGlow(stops_, 0.5 + 0.3 * p.x) * glowFall(depth + (1.0 - under) * abs(p.y - stage), 0.012) * 0.25;
    gl_FragColor = finish(c);
}
