/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A flower that opens without an end",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Organic"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 10, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 6, "VALUES": [3, 4, 5, 6, 8, 10, 12], "LABELS": ["3", "4", "5", "6", "8", "10", "12"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
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

const float LAYERS = 7.0;

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    float n = float(symmetry);
    float px = screenPixel();
    vec2 s = screenPoint() - vec2(camx, camy) * 0.5;
    s *= 1.0 - 0.17 * kick - 0.05 * bass;
    float r = length(s);
    float turned = (twist - 0.3) * 1.3 * log(r + 0.15) + 0.12 * wave(m);
    float a0 = atan(s.y, s.x) + turned;
    float w = TAU / n;
    float grown = fract(m * LAYERS), first = floor(m * LAYERS);
    float far = mix(1.5, 2.6, scale);

    vec3 c = stopsLight(stops_, 0.04 + 0.1 * r) * 0.5 + stopsGlow(stops_, 0.4) * 0.05 * light;
    // The painter's order: the widest ring of petals first, the bud last.
    for (float j = LAYERS - 1.0; j >= 0.0; j--) {
        float u = (j + grown) / LAYERS;
        float id = mod(j - first, LAYERS);
        vec4 h = hash4(id, seed);
        float reach_ = far * pow(u, mix(1.15, 1.7, density));
        float a = a0 + (id * 0.5 + 0.12 * h.x) * w + 0.25 * (h.y - 0.5) * wave(m + h.z);
        a -= w * floor(a / w + 0.5);
        float x = a / w * 2.0;
        float curl = warp * 0.16 * quickSin(x * 9.0 + 12.0 * h.x + TAU * m);
        float tip = mix(0.5, 2.6, fract(seed * 5.3 + 0.15 * h.w));
        float outline = reach_ * (0.50 + 0.50 * pow(max(cos(0.5 * PI * x), 0.0), tip) + 0.35 * curl);
        float d = r - outline;
        float cover = fillEdge(d, (1.6 + 3.0 * abs(x)) * px);
        float up = clamp(r / outline, 0.0, 1.0);
        float shade = mix(0.18, 1.0, smoothstep(0.25, 1.0, up)) * (0.55 + 0.45 * cos(1.4 * x)) + 0.25 * curl;
        float veins = smoothstep(0.7, 1.0, abs(cos(PI * x * mix(2.0, 5.0, detail) * (0.6 + 0.4 * up))));
        vec3 tint = stopsGlow(stops_, id / LAYERS * 1.3 + 0.22 * up + seed);
        vec3 leaf = tint * shade * mix(0.35, 1.1, light) * (1.0 - 0.35 * detail * veins * (1.0 + mid));
        float rim = glowFall(d, 0.018 + 0.6 * px);
        leaf += (tint + 0.25) * rim * (0.35 + 0.8 * energy * wave01(2.0 * m + h.z) + 1.2 * snare + 0.8 * high);
        // What lies below is darkened just outside the petal.
        c *= 1.0 - 0.55 * exp(-max(d, 0.0) * 14.0 / (0.3 + u)) * (1.0 - cover) * smoothstep(1.0, 0.86, u);
        c = mix(c, leaf, cover * smoothstep(0.0, 0.05, u) * smoothstep(1.0, 0.86, u));
    }
    float heart = exp(-r * r * 38.0);
    vec2 g = rotate(s, turned) * 46.0;
    c = mix(c, stopsGlow(stops_, 0.72) * (0.5 + 0.9 * wave01(g.x) * wave01(g.y)) * (1.2 + hat), 0.85 * heart);
    c += stopsGlow(stops_, m) * 0.02 * (1.0 + 2.0 * bass) / (r * r + 0.06);
    c *= 1.25 * (1.0 + beatRing(r));
    gl_FragColor = finish(c);
}
