/*{
  "ISFVSN": "2",
  "DESCRIPTION": "An endless hall of arches over a wet floor",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 13, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.2, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.2, "MIN": 0.0, "MAX": 1.0},
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

const float BAYS = 8.0;

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float lens = mix(0.75, 1.25, scale) * (1.0 - 0.15 * kick);
    s = rotate(s, 0.10 * wave(m) * (0.5 + energy));
    vec3 d = cameraRay(s, camx * 0.28 + 0.06 * wave(m), camy * 0.22 + 0.04 * wave(m + 0.25), lens);
    float bay = mix(2.6, 1.5, density);
    vec3 eye = vec3(0.22 * wave(m + seed) + 0.2 * camx, -0.05 + 0.12 * wave(2.0 * m) + 0.2 * camy, BAYS * bay * m);
    vec2 bend = mix(0.0, 0.020, warp) * vec2(wave(m + 0.6 * seed), 0.35 * wave(m + 0.4));
    float roll = (twist - 0.2) * 0.10;
    // Roof profile: 0 round vault .. 1 pointed.
    float point = 0.55 * fract(seed * 3.7);
    float wall = 1.45;

    vec3 glow = vec3(0.0);
    float t = 0.1, wet = 0.0, kind = 0.0;
    vec3 q = vec3(0.0), local = vec3(0.0);
    bool hit = false;
    for (int i = 0; i < 40; i++) {
        q = eye + d * t;
        float dz = q.z - eye.z;
        q.xy -= bend * dz * dz * 0.5;
        q.xy = rotate(q.xy, roll * dz * wave(m));
        wet = q.y < -1.0 ? 1.0 : 0.0;
        q.y = abs(q.y + 1.0) - 1.0;
        float number = floor(q.z / bay + 0.5);
        float z = q.z - number * bay;
        // Hall: side walls and vault in one profile; arches and columns stand out of it.
        vec2 v = vec2(abs(q.x), max(q.y - 0.35, 0.0));
        float vault = length(v + vec2(point, 0.0)) - point * 0.65;
        float hall = wall - vault;
        float rib = max(hall - 0.22, abs(z) - 0.16);
        vec2 cq = vec2(abs(q.x) - wall + 0.18, z);
        float column = max(length(cq) - 0.15 - 0.07 * smoothstep(0.2, 0.35, q.y) - 0.06 * smoothstep(-0.75, -0.9, q.y), q.y - 0.55);
        float solid = min(hall, min(rib, column));
        // Light tubes run round each arch, and along the foot of the wall.
        float tube = length(vec2(hall - 0.27, z)) - 0.012;
        float strip = length(vec2(abs(q.x) - wall + 0.45, q.y + 0.97)) - 0.01;
        float h = mod(number, BAYS);
        float fade = exp(-0.11 * t) * (wet > 0.5 ? 0.4 : 1.0);
        float beat_ = 0.45 + 0.55 * wave(h / BAYS * 2.0 - 2.0 * m) * (0.4 + 0.6 * energy) + 1.2 * snare * step(0.5, fract(h * 0.5)) + 0.5 * kick;
        float step_ = max(min(solid, min(tube, strip) + 0.04) * 0.85, 0.012 + 0.004 * t);
        vec3 lamp = stopsGlow(stops_, h / BAYS + 0.15 * seed);
        glow += lamp * max(beat_, 0.05) * fade * step_ * 0.020 / (tube * tube + 0.0025 + 0.00002 * t * t);
        glow += stopsGlow(stops_, 0.5 + h / BAYS) * fade * step_ * (0.004 + 0.008 * bass) / (strip * strip + 0.002);
        if (solid < 0.004 * t + 0.002) { hit = true; kind = solid == hall ? 0.0 : (solid == rib ? 1.0 : 2.0); local = vec3(cq, z); break; }
        t += step_;
        if (t > 24.0) break;
    }
    float number = floor(q.z / bay + 0.5);
    float h = mod(number, BAYS);
    float fog = exp(-0.12 * t);
    vec3 c = vec3(0.0);
    if (hit) {
        float z = q.z / bay - number;
        float px = screenPixel() * t / lens;
        vec3 lamp = stopsGlow(stops_, h / BAYS + 0.15 * seed);
        vec3 stone = stopsGlow(stops_, 0.5 + 0.2 * q.y + h / BAYS);
        float near = exp(-5.0 * abs(z)) * (kind > 1.5 ? 0.8 : 0.9) + 0.12;
        float relief = kind > 1.5 ? 0.2 + 0.95 * clamp(0.55 - 2.6 * local.x, 0.0, 1.0) : (kind > 0.5 ? 0.8 : 0.55);
        c = stone * mix(0.015, 0.26, light) * (0.3 + relief) + lamp * near * near * relief * mix(0.5, 1.3, light);
        // Courses of masonry on the wall; flutes on the columns.
        vec2 g = vec2(z * 4.0, (q.y + 1.0) * 2.5);
        g.x += kind < 0.5 ? 0.5 * floor(mod(g.y, 2.0)) : 0.0;
        vec2 e = abs(fract(g) - 0.5);
        float joint = smoothstep(0.5, 0.38 - min(6.0 * px, 0.2), max(e.x, e.y));
        if (kind > 1.5) joint = 0.7 + 0.3 * wave(12.0 * atan(local.y, -local.x) / TAU + 0.25);
        c *= mix(1.0, 0.25 + 0.9 * joint, detail * smoothstep(0.15, 0.03, px));
        float panel = hash1(vec2(floor(g.x) + 8.0 * floor(g.y), h), seed);
        float on = smoothstep(0.78, 0.97, wave01(panel + 2.0 * m)) * step(kind, 0.5) * step(0.55, panel);
        c += stopsGlow(stops_, panel + 0.3) * on * joint * (0.35 + high) * mix(0.4, 1.0, light);
        c *= wet > 0.5 ? 0.38 : 1.0;
    }
    // The floor's own tiles, where the ray went through it.
    float toFloor = (-1.0 - eye.y) / min(d.y, -1e-3);
    if (wet > 0.5 && d.y < 0.0) {
        vec3 f = eye + d * toFloor;
        vec2 e = abs(fract(vec2(f.x * 1.2, f.z / bay * 2.0)) - 0.5);
        float wide = screenPixel() * toFloor * toFloor * 1.2;
        float seam = smoothstep(0.44 - wide, 0.5, max(e.x, e.y)) * smoothstep(0.5, 0.1, wide);
        c += stopsGlow(stops_, 0.6 + 0.1 * f.x) * seam * exp(-0.15 * toFloor) * (0.10 + 0.35 * detail) * (1.0 + mid);
    }
    c *= fog;
    float far = 1.0 - exp(-0.012 * t * t);
    c += stopsGlow(stops_, m + 0.2) * far * mix(0.2, 0.5, light) * (wet > 0.5 ? 0.45 : 1.0) * (1.0 + bass);
    glow = glow / (1.0 + 0.35 * luma(glow));
    c += glow * mix(1.1, 0.8, light) * (1.0 + 0.5 * hat) + pow(min(glow, 2.0), vec3(2.0)) * 0.12;
    c *= 1.0 + 0.9 * beatRing(1.4 / (0.3 * t + 0.4));
    gl_FragColor = finishNear(c, fog);
}
