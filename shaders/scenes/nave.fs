/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A nave of arches with lit windows over a wet floor",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 7, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 1.7, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 1, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 62.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

const float BAY = 4.0;

// One half of the cross-section, x >= 0; z within a bay.
float map(vec3 p) {
    float cell;
    float z = repeatCell(p.z, BAY, cell);
    vec2 q = vec2(abs(p.x), p.y);
    lamp = 1e3;
    part = 0;
    // The vault is a pointed arch: two circles.
    float high_ = q.y - 4.2;
    float vault = high_ > 0.0 ? 4.6 - length(vec2(q.x + 1.4, high_)) : 3.2 - q.x;
    float ribs = vault - 0.16 * smoothstep(0.34, 0.22, abs(z));
    float away = BAY * 0.5 - abs(z);
    vec2 o = vec2(away, q.y - 3.2);
    float window_ = o.y > 0.0 ? length(o) - 0.85 : max(abs(o.x) - 0.85, -o.y - 2.2);
    float wall = max(ribs, -max(window_, q.x - 3.75));
    float d = wall;
    // Columns with a foot and a head.
    float r = length(vec2(q.x - 2.25, z));
    float turnA = atan(z, q.x - 2.25);
    float flute = 0.018 * cos(turnA * 14.0);
    float column = r - 0.26 - flute - 0.16 * smoothstep(0.35, 0.0, p.y) - 0.22 * smoothstep(3.5, 4.1, p.y);
    column = max(column, p.y - 4.2);
    if (column * 0.8 < d) { d = column * 0.8; part = 1; }
    float arch = max(length(vec2(length(vec2(q.x, q.y - 4.0)) - 2.25, z)) - 0.17, 3.8 - q.y);
    if (arch < d) { d = arch; part = 1; }
    // A lantern in each bay.
    vec3 l = vec3(p.x, p.y - 3.5, abs(z) - BAY * 0.5);
    float lantern = sdBox(l, vec3(0.10, 0.18, 0.10)) - 0.03;
    if (lantern < d) { d = lantern; part = 2; }
    lamp = lantern;
    float glass = max(window_, abs(q.x - 3.7) - 0.05);
    if (glass < d) { d = glass; part = 3; }
    return d;
}

vec3 surface(vec3 p, vec3 d, Stops s) {
    vec3 n = normalAt(p, 0.004);
    map(p);
    int what = part;
    float m = turnNow(), cell;
    float z = repeatCell(p.z, BAY, cell);
    vec4 h = hash4(vec2(floor(p.z / BAY), p.x > 0.0 ? 1.0 : 0.0), seed);
    if (what == 2) return (stopsGlow(s, 0.6) + 0.3) * (1.6 + energy * wave(2.0 * m + 0.37 * floor(p.z / BAY)));
    if (what == 3) {
        vec2 g = vec2(p.z, p.y) * 3.0;
        vec2 lead = abs(fract(g) - 0.5);
        vec3 glass = stopsGlow(s, h.x + 0.35 * hash1(floor(g), seed)) * (0.6 + 0.9 * hash1(floor(g) + 5.0, seed));
        return glass * mix(0.9, 1.9, light) * smoothstep(0.49, 0.42, max(lead.x, lead.y)) * (0.8 + 0.3 * wave(m + h.y));
    }
    float open_ = openness(p, n, 0.7);
    float grain = 0.75 + 0.35 * flowFbm(p.zy * 2.6 + p.x, 0.0, 3, 0.6, seed) * (0.4 + detail);
    vec3 joints = abs(fract(p * vec3(0.0, 1.6, 1.1)) - 0.5);
    grain *= what == 0 ? 0.7 + 0.3 * smoothstep(0.49, 0.46, max(joints.y, joints.z)) : 1.0;
    vec3 stone = mix(stopsLight(s, 0.0) * 2.0 + 0.30, stopsGlow(s, 0.95), 0.35) * grain;
    // Each window lights the nave from the side, each lantern from the middle of its bay.
    float nearBay = (floor(p.z / BAY) + 0.5) * BAY;
    vec3 lampAt = vec3(0.0, 3.5, nearBay) - p;
    float far2 = dot(lampAt, lampAt);
    vec3 c = stone * stopsGlow(s, 0.6) * (max(dot(n, lampAt) * inversesqrt(far2), 0.0) + 0.12) * 9.0 / (1.0 + far2);
    float side = p.x > 0.0 ? 1.0 : -1.0;
    c += stone * stopsGlow(s, h.x + 0.15) * max(dot(n, normalize(vec3(side, 0.6, 0.3 * wave(z / BAY)))), 0.0) * mix(0.3, 1.0, light);
    c += stone * stopsGlow(s, 0.3) * 0.35 * (0.7 + 0.5 * n.y);
    c += stopsGlow(s, 0.6) * gleam(n, d, normalize(lampAt), 24.0) * 0.35;
    return c * open_;
}

void main() {
    Stops s = paletteStops(palette);
    vec3 eye = eyePoint(), d = eyeRay();
    vec3 air = mix(stopsGlow(s, 0.12), stopsGlow(s, 0.5), 0.4) * mix(0.2, 0.6, light);
    float floor_ = meetsPlane(eye, d, 0.0), t = march(eye, d, min(60.0, floor_), 80, 0.85);
    float halo = glow;
    vec3 c = air;
    if (t < min(floor_, FAR)) c = surface(eye + d * t, d, s);
    else if (floor_ < FAR) {
        t = floor_;
        vec3 q = eye + d * t;
        vec2 tile = abs(fract(q.xz * 0.8) - 0.5), id = floor(q.xz * 0.8);
        float seam = smoothstep(0.485, 0.47, max(tile.x, tile.y));
        float dark_ = mod(id.x + id.y, 2.0);
        float wet = smoothstep(-0.35, 0.45, flowFbm(q.xz * 0.7, 0.0, 3, 0.5, seed + 0.3));
        vec2 slope = 0.012 * vec2(flowNoise(q.xz * 5.0, 2.0 * turnNow(), seed), flowNoise(q.zx * 5.0, 2.0 * turnNow(), seed));
        vec3 n = normalize(vec3(slope.x, 1.0, slope.y)), r = reflect(d, n);
        float u = march(q + vec3(0.0, 0.02, 0.0), r, 30.0, 48, 0.9);
        vec3 seen = u < FAR ? fogged(surface(q + r * u, r, s), air, u, 0.05) : air;
        seen += stopsGlow(s, 0.6) * glow * 0.25;
        c = (stopsGlow(s, 0.3) * 0.05 + 0.02) * (0.5 + 0.6 * dark_) * seam * openness(q, vec3(0.0, 1.0, 0.0), 0.8);
        c += seen * mix(0.18, 0.80, wet) * (0.45 + 0.55 * fresnel(n, d, 0.05)) * seam;
    } else t = FAR;
    c = fogged(c, air, t, 0.045);
    c += stopsGlow(s, 0.6) * halo * 0.45 * (1.0 + bass);
    gl_FragColor = finishScene(c * 1.25, t, d);
}
