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
    float stage = -0.70;
    float under = fillEdge(p.y - stage, 2.0 * px);
    float depth = max(stage - p.y, 0.0);
    float ripple = 0.035 * quickSin(9.0 / (depth + 0.12) + TAU * 2.0 * m) * under;
    if (under > 0.5) p = vec2(p.x * (1.0 - 0.25 * depth) + ripple, 2.0 * stage - p.y);
    float mirror = mix(1.0, 0.5 * exp(-1.8 * depth), under);

    vec2 s = p * mix(2.2, 1.1, scale);
    float smoke = flowNoise(s + vec2(0.0, 3.0 * seed) + 0.4 * onCircle(m), m, seed);
    float curl = flowNoise(s * 2.3 + 1.5 * warp * smoke, -m, seed + 0.3);
    float haze = clamp(0.75 + 0.4 * smoke + mix(0.08, 0.5, detail) * curl, 0.12, 1.7);

    // Back wall: a wash of colour that breathes between two gels.
    float wash = exp(-1.1 * (p.y - stage)) + 0.35 * exp(-2.0 * (1.1 - p.y));
    vec3 c = stopsGlow(stops_, 0.25 + 0.12 * p.x + m) * haze * wash * mix(0.05, 0.42, light) * (1.0 + 0.8 * bass);

    int count = int(symmetry);
    float n = float(count);
    float wide = mix(0.05, 0.15, density) * (1.0 + 0.35 * bass + 0.3 * kick);
    float fan = mix(-0.5, 0.9, wave01(m + seed));
    for (int i = 0; i < 20; i++) {
        if (i >= 2 * count - 1) break;
        // Even: from the floor up. Odd: from the truss down, between them.
        float top = float(i & 1);
        float k = (0.5 * float(i) + 0.5) / n;
        float x = 2.0 * k - 1.0;
        float h = hash1(float(i), seed);
        vec2 lamp = vec2(x * aspect * 0.9, mix(stage + 0.02, 1.03, top));
        float swing = wave(m * (1.0 - 3.0 * top) + twist * k * 1.5 + h * warp * 0.5);
        float lean = x * mix(fan, 0.4 - fan, top) + mix(0.25, 0.85, energy) * swing;
        vec2 dir = normalize(vec2(lean, 1.0 - 2.0 * top));
        vec2 d = p - lamp;
        float along = dot(d, dir), across = abs(dot(d, vec2(dir.y, -dir.x)));
        float far = max(along, 0.0);
        float q = across / (0.012 + wide * far + px);
        float cone = max(1.0 - 0.36 * q * q, 0.0);
        float ahead = smoothstep(-0.02, 0.05, along);
        float rays = 1.0 + min(detail * 0.6 + 0.5 * mid, 1.0) * quickCos(q * 8.0) * min(far, 1.0);
        float body = cone * cone * rays * (0.30 + 0.9 / (1.0 + 5.0 * far)) + 0.5 / ((1.0 + 9.0 * q * q) * (0.35 + far));
        float power = 0.62 + 0.38 * wave(2.0 * m + h + k) + 0.7 * kick * step(0.5, h) + 0.9 * snare * step(h, 0.5);
        vec3 gel = stopsGlow(stops_, k * 0.8 + 0.45 * top + m);
        float lens = dot(d, d);
        c += gel * body * ahead * haze * power * mix(0.75, 1.35, light) * mix(1.0, 0.7, top);
        c += (gel + 0.3) * power * (0.0016 + 0.002 * hat + 0.001 * high) / (lens + 0.0012);
    }
    c *= mirror * (1.0 + 0.8 * beatRing(length(p - vec2(0.0, stage))));
    c += stopsGlow(stops_, 0.5 + 0.3 * p.x + m) * glowFall(depth + (1.0 - under) * abs(p.y - stage), 0.012) * 0.3;
    gl_FragColor = finish(c);
}
