/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Bolts that strike across a storm",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Lines"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 14, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint() - vec2(camx, camy) * 0.35;
    float r0 = length(s);
    s *= 1.0 - 0.14 * kick;
    s = rotate(s, (twist - 0.3) * 1.7);
    float n = float(symmetry);
    vec2 q = n < 3.0 ? s : foldWedge(s, n).yx;
    float zoom = mix(1.35, 0.75, scale);
    q *= zoom;
    float px = screenPixel() * zoom;

    // The storm behind.
    float cloud = 0.5 + 0.5 * flowFbm(q * 1.3 + 5.0 * seed, m, 3, 0.5, seed);
    vec3 c = stopsLight(stops_, 0.02) * 0.4;
    c += stopsGlow(stops_, 0.15 + 0.35 * cloud + seed) * cloud * cloud * mix(0.06, 0.42, light) * (1.0 + bass);
    float jag = mix(0.22, 0.75, warp), fine = mix(0.25, 0.6, detail);
    float bolts = 2.0 + floor(density * 3.99);
    for (int i = 0; i < 6; i++) {
        if (float(i) >= bolts) break;
        vec4 h = hash4(float(i), seed);
        float k = float(i);
        // Each bolt flares at its own moments of the loop, and never goes out altogether.
        float life = m * (2.0 + floor(h.x * 3.0)) + h.y;
        float flare = 0.22 + pow(wave01(life), 3.0) * (0.9 + 0.5 * energy) + 1.3 * snare * h.z + 0.5 * kick;
        float salt = seed + 0.11 * k;
        float base = n < 3.0 ? (h.w - 0.5) * 2.6 + (k - 0.5 * bolts + 0.5) * 0.35 : (k - 0.5 * bolts) * 0.16;
        float tilt = (h.z - 0.5) * 0.7;
        float wobble = jag * (flowNoise(vec2(q.y * 1.7 + 9.0 * h.x, 3.0 * k), life, salt)
            + fine * flowNoise(vec2(q.y * 4.9 + 5.0, 3.0 * k + 1.0), 2.0 * life, salt)
            + fine * 0.45 * flowNoise(vec2(q.y * 13.0, 3.0 * k + 2.0), 3.0 * life, salt));
        float x = q.x - base - tilt * q.y - 0.55 * wobble;
        float d = abs(x);
        vec3 tint = stopsGlow(stops_, h.x * 0.5 + seed + 0.12 * q.y);
        float wide = mix(0.006, 0.018, light) * (1.0 + 0.7 * mid);
        c += tint * flare * (0.040 / (d + 0.05) + 0.35 * glowFall(d, wide * 3.0 + px));
        c += (tint * 0.6 + 0.7) * flare * fillEdge(d - wide, 2.0 * px) * 1.2;
        // A branch leaves the bolt and thins out.
        float from = (h.y - 0.5) * 0.9;
        float down = (from - q.y) * (h.w > 0.5 ? 1.0 : -1.0);
        float bx = x - (h.z > 0.5 ? 1.0 : -1.0) * down * (0.45 + 0.4 * h.x) - 0.25 * jag * flowNoise(vec2(q.y * 6.0, 7.0 + k), life, salt) * smoothstep(0.0, 0.2, down);
        float branch = smoothstep(0.0, 0.03, down) * smoothstep(0.75, 0.1, down);
        c += (tint + 0.2) * flare * branch * (glowFall(bx, wide * 1.3 + 0.7 * px) + 0.012 / (abs(bx) + 0.03)) * (0.6 + high);
    }
    // Motes in the air.
    vec2 g = s * 6.0;
    vec4 h = hash4(floor(g), seed);
    vec2 o = fract(g) - 0.5 - (h.xy - 0.5) * 0.7;
    c += stopsGlow(stops_, h.z) * exp(-dot(o, o) * 160.0) * step(0.6, h.w) * (0.3 + 1.8 * hat);
    c *= 1.1 * (1.0 + 0.8 * beatRing(r0));
    gl_FragColor = finish(c);
}
