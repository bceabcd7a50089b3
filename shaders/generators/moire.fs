/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Fine lines over fine lines",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Geometric"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 6, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 3, 4, 5, 6, 8], "LABELS": ["0", "3", "4", "5", "6", "8"]},
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

// A family of lines by the phase t (in lines): coverage with an edge of one pixel, grey where it is too fine.
float lines(float t, float fat, float px) {
    float x = abs(fract(t) - 0.5) * 2.0;
    return mix(clamp((fat - x) / (2.0 * px) + 0.5, 0.0, 1.0), fat, smoothstep(0.35, 0.9, px));
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint() - vec2(camx, camy) * 0.3;
    float r0 = length(s);
    s *= 1.0 - 0.16 * kick + 0.06 * beatRing(r0);
    s = rotate(s, (twist - 0.3) * 1.5);
    float fine = mix(15.0, 5.0, scale);
    float px = screenPixel() * fine * 1.2;
    float n = float(symmetry);
    float far = mix(0.10, 0.55, density);
    float fat = mix(0.34, 0.62, light);
    vec3 c = stopsLight(stops_, 0.02) * 0.4;
    float all = 1.0, some = 0.0;
    vec2 wob = warp * 0.10 * vec2(quickSin(3.0 * s.y + TAU * m), quickSin(2.6 * s.x + TAU * m + 2.0));
    for (int i = 0; i < 3; i++) {
        float k = float(i);
        vec4 h = hash4(k, seed);
        vec2 at = far * onCircle((i == 1 ? -m : m) + h.x + k / 3.0);
        vec2 q = s + wob * (k + 0.4) - at;
        float t;
        if (n < 3.0) {
            // Rings, or lines that turn: by the seed.
            vec2 dir = onCircle(h.y + 0.04 * wave(m + h.z) + 0.02 * k);
            t = fract(seed * 7.0) < 0.6 ? length(q) * fine - 2.0 * m : dot(q, dir) * fine + (k + 1.0) * m;
        } else {
            float ang = atan(q.y, q.x);
            t = length(q) * fine * (1.0 + 0.22 * quickCos(n * ang)) - 2.0 * m;
            px = screenPixel() * fine * 1.6;
        }
        float l = lines(t, fat * (1.0 + 0.25 * bass), px);
        some += l;
        all *= 1.0 - l;
        vec3 tint = stopsGlow(stops_, k / 3.0 + seed + 0.25 * r0 + 0.12 * wave(m));
        c += tint * l * (0.30 + 0.25 * light) * (1.0 + (i == 0 ? snare : (i == 1 ? high : mid)));
    }
    // Where all meet, or none: the beats of the pattern.
    float meet = smoothstep(1.7, 3.0, some);
    c += stopsGlow(stops_, 0.7 + 0.3 * r0 - m) * meet * (0.6 + 1.2 * energy * wave01(r0 - 2.0 * m) + hat);
    c += stopsGlow(stops_, 0.2 + seed) * all * detail * 0.45 * wave01(2.0 * r0 + m);
    c *= 1.2 * (1.0 - 0.4 * smoothstep(0.7, 2.2, r0)) * (1.0 + 0.8 * beatRing(r0));
    gl_FragColor = finish(c);
}
