/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Two strands wound about each other, with rungs between",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 13, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 2, "VALUES": [1, 2, 3, 4], "LABELS": ["1", "2", "3", "4"]},
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
    vec2 s = screenPoint();
    float r0 = length(s);
    s *= 1.0 - 0.14 * kick;
    float lean = (fract(seed * 5.0) - 0.5) * 3.0 + 0.12 * wave(m);
    s = rotate(s - 0.4 * vec2(camx, camy), lean);
    float px = screenPixel();
    vec3 c = stopsLight(stops_, 0.03) * 0.5;
    float cloud = 0.5 + 0.5 * flowFbm(s * 1.2 + 3.0 * seed, m, 3, 0.5, seed);
    c += stopsGlow(stops_, 0.4 * cloud + seed + 0.3) * cloud * cloud * mix(0.05, 0.36, light) * (1.0 + bass);
    float best = 0.0;
    int strands = symmetry;
    // Far helices first: each is two waves seen from the side, the nearer strand over the other.
    for (int layer = 0; layer < 3; layer++) {
        float k = float(layer);
        if (layer < 2 - int(density * 2.99)) continue;
        vec4 h = hash4(k, seed);
        float zoom = mix(0.55, 1.0, k * 0.5) * mix(0.7, 1.35, scale);
        vec2 q = rotate(s - (layer == 2 ? vec2(0.0) : vec2(0.0, (h.x > 0.5 ? 0.8 : -0.8) * (0.7 + 0.5 * h.y))), layer == 2 ? 0.0 : (h.z - 0.5) * 1.2) / zoom;
        q.y += warp * 0.16 * wave(q.x * 0.45 + m + h.w);
        float one = px / zoom;
        float pitch = mix(0.55, 1.5, twist);
        float wide = 0.42 * (1.0 + 0.12 * bass + 0.10 * kick);
        float thick = mix(0.045, 0.10, fract(seed * 7.0)) * (1.0 + 0.2 * mid);
        float fog = mix(0.3, 1.0, k * 0.5);
        float turn = q.x * pitch * 0.8 + (h.w > 0.5 || layer == 2 ? 1.0 : -1.0) * m;

        // Rungs: every so often along the axis, between the strands.
        float rungs = 6.0;
        float number = floor(turn * rungs + 0.5);
        float at = number / rungs;
        float rx = (turn - at) / (pitch * 0.8);
        float a = wave(at + 0.25), za = wave(at);
        vec4 hr = hash4(mod(number, rungs), seed + 0.2);
        float inside = fillEdge(abs(q.y) - abs(a) * wide, 1.5 * one);
        float bar = fillEdge(abs(rx) - thick * 0.42, 1.5 * one) * inside * step(0.15, detail + 0.15);
        float half_ = q.y * a > 0.0 ? hr.x : hr.y;
        vec3 rung = stopsGlow(stops_, half_ * 0.8 + seed) * (0.35 + 0.65 * sqrt(max(1.0 - pow(rx / (thick * 0.42), 2.0), 0.0)));
        rung *= mix(0.45, 1.15, light) * (0.8 + 0.2 * za) + hat * hr.z + 1.2 * energy * pow(wave01(at - m + hr.w), 6.0);
        c = mix(c, rung * fog, bar);
        best = max(best, bar * fog * 0.6);

        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < 4; i++) {
                if (i >= strands) break;
                float w = turn + float(i) / float(strands);
                float y = wave(w + 0.25) * wide, z = wave(w);
                if ((z > 0.0) != (pass == 1)) continue;
                // The slope of the strand makes it look thinner across: correct for it.
                float slope = -wave(w) * TAU * wide * pitch * 0.8;
                float near_ = abs(q.y - y) * inversesqrt(1.0 + slope * slope);
                float fat = thick * (1.0 + 0.35 * z);
                float cover = fillEdge(near_ - fat, 1.5 * one);
                float dome = sqrt(max(1.0 - near_ * near_ / (fat * fat), 0.0));
                vec3 tint = stopsGlow(stops_, float(i) / float(strands) * 0.7 + seed + 0.08 * z);
                float beads = 0.75 + 0.25 * wave(w * 12.0 + 0.3 * q.y);
                float upper = smoothstep(-0.4, 1.0, (q.y - y) / fat);
                vec3 skin = tint * (0.14 + 0.95 * dome * (0.45 + 0.55 * upper)) * mix(0.45, 1.3, light) * mix(1.0, beads, detail);
                skin += (tint + 0.4) * pow(dome * (0.4 + 0.6 * upper), 8.0) * 0.7;
                skin += (tint + 0.25) * pow(wave01(w - 2.0 * m + h.x), 9.0) * (0.3 + 1.5 * energy + 1.5 * snare);
                skin *= mix(0.42, 1.0, 0.5 + 0.5 * z);
                c += tint * glowFall(near_, fat * 1.8) * 0.13 * fog * (0.6 + energy + 1.5 * high) * (0.6 + 0.4 * z);
                c *= 1.0 - 0.35 * exp(-max(near_ - fat, 0.0) * 22.0) * (1.0 - cover) * fog;
                c = mix(c, skin * fog, cover);
                best = max(best * (1.0 - cover), cover * fog * (0.7 + 0.3 * z));
            }
        }
    }
    c *= 1.2 * (1.0 + 0.9 * beatRing(r0));
    gl_FragColor = finishNear(c, best);
}
