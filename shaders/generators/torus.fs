/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Linked rings that turn in each other",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 2, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
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

mat3 turned(vec4 h, float m) {
    float a = TAU * (h.x + m), b = TAU * (h.y - m * (h.z > 0.5 ? 1.0 : 0.0)) + 0.5 * wave(m + h.w);
    float ca = cos(a), sa = sin(a), cb = cos(b), sb = sin(b);
    return mat3(ca, 0.0, sa, 0.0, 1.0, 0.0, -sa, 0.0, ca) * mat3(1.0, 0.0, 0.0, 0.0, cb, sb, 0.0, -sb, cb);
}

// Distance to ring i: its tube is twisted and knobbed.
float ringOf(vec3 p, float thick, float knobs, float m, float shift) {
    float a = atan(p.z, p.x) / TAU;
    vec2 q = vec2(length(p.xz) - 1.0, p.y);
    float b = atan(q.y, q.x) / TAU;
    float bump = warp * 0.22 * thick * wave(knobs * a + floor(twist * 3.99) * b + shift + 2.0 * m);
    return length(q) - thick - bump;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float r0 = length(s);
    float lens = mix(1.35, 2.5, scale) * (1.0 + 0.10 * kick);
    vec3 d = normalize(vec3(s - 0.4 * vec2(camx, camy), lens));
    vec3 eye = vec3(0.0, 0.0, -4.0);
    int count = 1 + int(density * 2.99);
    float thick = mix(0.13, 0.34, fract(seed * 3.7)) * (1.0 + 0.18 * bass);
    float knobs = 3.0 + floor(fract(seed * 9.1) * 6.0);
    mat3 turn[3];
    vec3 at[3];
    for (int i = 0; i < 3; i++) {
        vec4 h = hash4(float(i), seed);
        turn[i] = turned(h, i == 1 ? -m : m);
        at[i] = count == 1 ? vec3(0.0) : 0.62 * vec3(onCircle(float(i) / float(count) + 0.1 * h.z + 0.05 * wave(m)), 0.3 * (h.w - 0.5));
    }
    float size = count == 1 ? 1.25 : 0.9;

    float t = 2.0, near_ = 9.0;
    int who = -1, nearest = 0;
    for (int i = 0; i < 44; i++) {
        vec3 p = eye + d * t;
        float far = 9.0;
        int k = 0;
        for (int j = 0; j < 3; j++) {
            if (j >= count) break;
            float one = ringOf(turn[j] * (p - at[j]) / size, thick, knobs, m, 0.3 * float(j)) * size;
            if (one < far) { far = one; k = j; }
        }
        if (far < near_) { near_ = far; nearest = k; }
        if (far < 0.0025 * t) { who = k; break; }
        t += far * 0.8;
        if (t > 6.5) break;
    }
    vec3 c = stopsLight(stops_, 0.02) * 0.5;
    c += stopsGlow(stops_, 0.25 * r0 + seed + 0.1 * s.y) * mix(0.05, 0.34, light) * exp(-0.8 * r0) * (1.0 + bass);
    float rays = pow(wave01(atan(s.y, s.x) / TAU * (4.0 + floor(seed * 5.0)) + m), 4.0);
    c += stopsGlow(stops_, 0.6 + seed) * rays * 0.14 * mix(0.4, 1.5, light) * smoothstep(0.2, 1.2, r0) * (1.0 + 2.0 * high);
    float depth_ = 0.0;
    vec3 tintNear = stopsGlow(stops_, 0.33 * float(nearest) + seed);
    if (who >= 0) {
        vec3 p = eye + d * t;
        mat3 r = turn[who];
        vec3 q = r * (p - at[who]) / size;
        vec2 e = vec2(0.006, 0.0);
        float shift = 0.3 * float(who), base = ringOf(q, thick, knobs, m, shift);
        vec3 nrm = normalize(vec3(ringOf(q + e.xyy, thick, knobs, m, shift), ringOf(q + e.yxy, thick, knobs, m, shift), ringOf(q + e.yyx, thick, knobs, m, shift)) - base);
        nrm = nrm * r;
        float a = atan(q.z, q.x) / TAU, b = atan(q.y, length(q.xz) - 1.0) / TAU;
        vec3 tint = stopsGlow(stops_, 0.33 * float(who) + 0.5 * abs(fract(a) - 0.5) + seed);
        float sun = max(dot(nrm, normalize(vec3(-0.5, 0.8, -0.6))), 0.0);
        float rim = pow(1.0 - clamp(-dot(nrm, d), 0.0, 1.0), 2.5);
        vec3 refl = reflect(d, nrm);
        float sky = smoothstep(-0.2, 0.9, refl.y), strip = smoothstep(0.12, 0.0, abs(fract(1.5 * refl.x + m) - 0.5)) * sky;
        c = tint * (mix(0.06, 0.24, light) + mix(0.4, 1.1, light) * sun);
        c += stopsGlow(stops_, 0.6 + 0.3 * refl.y) * (0.3 * sky + 0.9 * strip) * mix(0.5, 1.0, light);
        c += pow(sun, 26.0) * (0.8 + hat);
        // Bands round the tube, and a light that runs along it.
        float w = abs(fract(knobs * 2.0 * a + floor(twist * 4.99) * b - 2.0 * m) - 0.5);
        c = mix(c, stopsGlow(stops_, 0.33 * float(who) + 0.5 + seed) * (0.25 + sun), detail * smoothstep(0.28, 0.22, w) * 0.8);
        float run = pow(wave01(a - 2.0 * m + shift), 10.0);
        c += (tint + 0.3) * run * (0.3 + 1.5 * energy + 1.5 * snare);
        c += stopsGlow(stops_, 0.8) * rim * (0.35 + 0.9 * mid + high);
        depth_ = clamp((6.0 - t) / 4.0, 0.1, 1.0);
    } else c += tintNear * exp(-max(near_, 0.0) * 9.0) * (0.35 + 0.7 * energy * wave01(2.0 * m) + 0.8 * snare);
    c *= 1.1 * (1.0 + 0.9 * beatRing(r0));
    gl_FragColor = finishNear(c, depth_);
}
