/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A knot of polished tubes on a dark mirror",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 4, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 2.6, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 8.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 1, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 48.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

float map(vec3 p) {
    float m = turnNow();
    vec3 q = p - vec3(0.0, 2.5, 0.0);
    q.yz = rotate(q.yz, 1.15);
    q.xy = rotate(q.xy, TAU * m);
    float a = atan(q.y, q.x);
    vec2 c = vec2(length(q.xy) - 1.6, q.z);
    c = rotate(c, -1.5 * a);
    c.x = abs(c.x) - 0.58;
    float d = 1e3;
    part = 0;
    // Three strands that wind about each other in the tube.
    float twist = 9.0 * a;
    for (int i = 0; i < 3; i++) {
        vec2 o = 0.16 * vec2(cos(twist + TAU * float(i) / 3.0), sin(twist + TAU * float(i) / 3.0));
        float strand = length(c - o) - 0.115;
        if (strand < d) { d = strand; part = i; }
    }
    d *= 0.5;
    lamp = 1e3;
    // Lamps: two hoops far out.
    for (int i = 0; i < 2; i++) {
        float r = i == 0 ? 5.2 : 6.4, y = i == 0 ? 0.6 : 4.6;
        float hoop = length(vec2(length(p.xz) - r, p.y - y)) - 0.035;
        lamp = min(lamp, hoop);
        if (hoop < d) { d = hoop; part = 8 + i; }
    }
    return d;
}

// A room of soft boxes, seen in the polish.
vec3 room(vec3 d, Stops s) {
    vec3 c = stopsLight(s, 0.02) * 0.4 + stopsGlow(s, 0.10) * 0.10 * (1.0 + d.y);
    float a = atan(d.x, d.z) / TAU;
    float strips = smoothstep(0.16, 0.02, abs(fract(a * 5.0) - 0.5)) * smoothstep(0.9, 0.2, abs(d.y - 0.25));
    c += stopsGlow(s, 0.30 + 0.5 * floor(a * 5.0) * 0.2) * strips * 0.8 * mix(0.5, 1.3, light);
    c += (stopsGlow(s, 0.72) + 0.15) * smoothstep(0.72, 0.95, d.y) * 1.3;
    return c;
}

vec3 backdrop(vec3 d, Stops s) {
    float veil = flowFbm(d.xz / (0.6 + abs(d.y)) * 1.5 + d.y, turnNow(), 3, 0.5, seed);
    vec3 c = stopsLight(s, 0.02) * 0.5 + stopsGlow(s, 0.10) * (0.28 + 0.22 * veil) * mix(0.4, 1.2, light) * exp(-1.5 * abs(d.y));
    return c;
}

vec3 surface(vec3 p, vec3 d, Stops s) {
    vec3 n = normalAt(p, 0.003);
    map(p);
    int what = part;
    if (what >= 8) return (stopsGlow(s, what == 8 ? 0.12 : 0.6) + 0.15) * (1.5 + 0.7 * energy * wave(2.0 * turnNow()));
    float open_ = openness(p, n, 0.4);
    vec3 metal = mix(stopsGlow(s, 0.15 + 0.27 * float(what)), vec3(1.0), 0.15);
    vec3 r = reflect(d, n);
    float scratch = 1.0 + 0.15 * detail * flowNoise(p.xy * 30.0, 0.0, seed);
    vec3 seen = room(r, s) * 1.15;
    vec3 c = metal * (seen * scratch * (0.25 + 0.75 * open_) + 0.05 * open_);
    c += room(r, s) * fresnel(n, d, 0.0) * 0.6 * open_;
    float low = exp(-0.6 * max(p.y - 0.2, 0.0));
    c += metal * stopsGlow(s, 0.12) * low * max(-n.y, 0.0) * 0.8;
    return c + metal * 0.8 * gleam(n, d, normalize(vec3(0.3, 0.9, 0.4)), 50.0);
}

void main() {
    Stops s = paletteStops(palette);
    vec3 eye = eyePoint(), d = eyeRay();
    float floor_ = meetsPlane(eye, d, 0.0), t = march(eye, d, min(30.0, floor_), 110, 0.9);
    float halo = glow;
    vec3 c = backdrop(d, s);
    if (t < min(floor_, FAR)) c = surface(eye + d * t, d, s);
    else if (floor_ < FAR) {
        t = floor_;
        vec3 q = eye + d * t, n = vec3(0.0, 1.0, 0.0);
        float r = length(q.xz);
        vec2 tile = abs(fract(q.xz * 0.5) - 0.5);
        n.xz += 0.006 * vec2(flowNoise(q.xz * 3.0, 0.0, seed), flowNoise(q.zx * 3.0, 0.0, seed));
        vec3 way = reflect(d, normalize(n));
        float u = march(q + vec3(0.0, 0.01, 0.0), way, 20.0, 60, 0.9);
        vec3 seen = u < FAR ? surface(q + way * u, way, s) : backdrop(way, s);
        seen += stopsGlow(s, 0.3) * glow * 0.4;
        c = seen * (0.22 + 0.7 * fresnel(n, d, 0.04)) + stopsLight(s, 0.02) * 0.2;
        float ring = abs(fract(r * 0.5 - 2.0 * turnNow()) - 0.5);
        c += stopsGlow(s, 0.12) * smoothstep(0.03, 0.0, ring) * exp(-0.3 * r) * (0.4 + energy) * 0.8;
        c *= 0.6 + 0.4 * smoothstep(0.5, 0.485, max(tile.x, tile.y));
        c = fogged(c, backdrop(normalize(vec3(d.x, 0.0, d.z)), s), t, 0.035);
    } else t = FAR;
    c += stopsGlow(s, 0.45) * halo * 0.5 * (1.0 + bass);
    gl_FragColor = finishScene(c * 1.15, t, d);
}
