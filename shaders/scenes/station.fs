/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A corridor of a station among the stars",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 1, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 68.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

const float BAY = 3.0;

// The tube is an octagon with ribs, panels, pipes and windows to the stars.
float map(vec3 p) {
    float cell;
    float z = repeatCell(p.z, BAY, cell), m = turnNow();
    vec2 a = abs(p.xy);
    float oct = max(max(a.x, a.y), (a.x + a.y) * 0.7071);
    float wall = 1.6 - oct;
    float rib = 1.34 - oct;
    float d = wall;
    part = 0;
    // Panels stand out of the walls.
    vec2 side = a.x > a.y ? vec2(a.y, a.x) : a;
    float panel = max(wall - 0.07, max(abs(abs(z) - 0.62) - 0.48, side.x - 0.52));
    d = min(d, panel * 0.95);
    rib = max(rib, abs(abs(z) - 1.5) - 0.13);
    if (rib < d) { d = rib; part = 1; }
    float frame = max(1.44 - oct, abs(abs(z) - 1.22) - 0.035);
    if (frame < d) { d = frame; part = 1; }
    // Pipes in the upper corners.
    vec2 c = vec2(a.x - 1.0, p.y - 1.0);
    float pipe = min(length(c) - 0.09, length(c - vec2(0.17, -0.17)) - 0.05);
    pipe = min(pipe, max(length(c) - 0.125, abs(abs(z) - 0.6) - 0.05));
    if (pipe < d) { d = pipe; part = 2; }
    // Windows at every second bay.
    if (mod(cell, 2.0) < 0.5) {
        float hole = max(length(vec2(z, p.y)) - 0.62, 1.2 - a.x);
        float border = max(abs(length(vec2(z, p.y)) - 0.64) - 0.06, abs(a.x - 1.55) - 0.09);
        d = max(d, -hole);
        if (border < d) { d = border; part = 1; }
    }
    // Rings of light in the ribs; a strip along the floor.
    float ring = max(abs(oct - 1.33) - 0.018, abs(abs(z) - 1.5) - 0.035);
    float strip = max(abs(p.y + 1.57) - 0.05, abs(a.x - 0.50) - 0.025);
    lamp = min(ring, strip);
    if (lamp < d) { d = lamp; part = 3; }
    return d;
}

vec3 space(vec3 d, Stops s) {
    vec3 c = stopsLight(s, 0.02) * 0.3 + stars(d, 0.8) * 1.2;
    float veil = flowFbm(d.yz * 2.4 + 3.0 * sign(d.x), turnNow(), 4, 0.55, seed);
    c += stopsGlow(s, 0.55 + 0.3 * veil) * smoothstep(-0.2, 0.9, veil) * 0.8;
    vec3 world = normalize(vec3(sign(d.x) * 1.0, -0.25, -0.35));
    float w = dot(d, world);
    float disc = smoothstep(0.93, 0.934, w);
    return mix(c, (stopsGlow(s, 0.10) * 0.5 + stopsGlow(s, 0.36) * flowNoise(d.yz * 9.0, 0.0, seed) * 0.3) * smoothstep(0.92, 1.0, w), disc) + stopsGlow(s, 0.36) * pow(max(w, 0.0), 30.0) * 0.5;
}

vec3 surface(vec3 p, vec3 d, Stops s) {
    float m = turnNow(), cell;
    vec3 n = normalAt(p, 0.002);
    map(p);
    int what = part;
    float z = repeatCell(p.z, BAY, cell);
    float bay = floor(p.z / BAY + 0.5);
    float pulse = 0.55 + energy * pow(wave01(bay * 0.125 + 3.0 * m), 4.0) * 1.6 + 0.8 * bass;
    vec3 lampTint = stopsGlow(s, 0.30) + 0.10;
    if (what == 3) return lampTint * (1.2 + 1.2 * pulse);
    float open_ = openness(p, n, 0.35);
    vec2 g = vec2(p.z * 2.0, atan(p.y, p.x) * 4.0);
    float wear = 0.85 + 0.25 * detail * flowFbm(g * 1.5, 0.0, 3, 0.6, seed) + 0.2 * (hash1(floor(g), seed) - 0.5);
    vec3 paint = (what == 2 ? stopsGlow(s, 0.72) * 0.6 : mix(vec3(0.30), stopsGlow(s, 0.10), 0.30)) * wear;
    if (what == 1) paint *= 0.55;
    // Two ring lamps, before and behind.
    vec3 c = vec3(0.0);
    for (int i = 0; i < 2; i++) {
        float at = (i == 0 ? 1.5 : -1.5) - z;
        vec3 to = vec3(-p.xy * 0.35, at);
        float far2 = dot(to, to);
        c += paint * lampTint * pulse * (max(dot(n, to) * inversesqrt(far2 + 1e-3), 0.0) + 0.12) * 2.3 / (0.5 + far2);
    }
    vec3 up = vec3(0.0, -1.2, 0.0) - vec3(p.x * 0.4, p.y, 0.0);
    c += paint * stopsGlow(s, 0.55) * max(dot(n, normalize(up)), 0.0) * 0.9 / (0.4 + dot(up, up));
    c += paint * stopsGlow(s, 0.1) * 0.22 * mix(0.6, 1.4, light);
    c += lampTint * gleam(n, d, normalize(vec3(0.0, 0.25, z > 0.0 ? 1.0 : -1.0)), 18.0) * 0.25 * pulse;
    // Small lamps of the panels.
    vec4 h = hash4(floor(g * 3.0), seed + 0.2);
    vec2 o = fract(g * 3.0) - 0.5;
    if (what == 0 && abs(n.z) < 0.3)
        c += stopsGlow(s, h.x) * step(0.90, h.y) * smoothstep(0.02, 0.005, dot(o, o)) * (0.5 + 0.9 * wave01(2.0 * m + h.z));
    return c * (0.25 + 0.75 * open_);
}

void main() {
    Stops s = paletteStops(palette);
    vec3 eye = eyePoint(), d = eyeRay();
    float t = march(eye, d, 50.0, 90, 0.95);
    float halo = glow;
    vec3 air = stopsGlow(s, 0.30) * mix(0.08, 0.30, light), c = space(d, s);
    vec3 p = eye + d * t;
    vec2 a = abs(p.xy);
    if (t < FAR && max(max(a.x, a.y), (a.x + a.y) * 0.7071) < 3.0) {
        c = surface(p, d, s);
        if (p.y < -1.4) {
            vec3 r = reflect(d, normalAt(p, 0.004));
            vec3 o = p + r * 0.03;
            float u = march(o, r, 8.0, 32, 1.0);
            if (u < FAR) c += surface(o + r * u, r, s) * (0.12 + 0.5 * fresnel(vec3(0.0, 1.0, 0.0), d, 0.04));
        }
        c = fogged(c, air, t, 0.045);
    } else t = FAR;
    c += stopsGlow(s, 0.30) * halo * 0.30 * (1.0 + bass);
    gl_FragColor = finishScene(c * 1.3, t, d);
}
