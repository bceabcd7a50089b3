/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Lanterns that rise from a dark lake between hills",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 1, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 1.4, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 8.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 1, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 55.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

const float CELL = 2.4;

float hills(vec2 p) {
    float r = length(p);
    float ridge = 1.0 - abs(flowNoise(p * 0.10 + 5.0, 0.0, seed));
    return smoothstep(13.0, 30.0, r) * (2.0 + 8.0 * ridge * ridge + 0.8 * flowNoise(p * 0.45, 0.0, seed + 0.2)) - 0.5;
}

float lantern(vec3 p, vec3 id, vec4 h) {
    vec3 q = p - 0.42 * (h.xyz - 0.5) * CELL;
    float r = length(q.xz), y = q.y;
    float wide = 0.17 + 0.06 * h.w + 0.10 * y;
    float d = max(r - wide, abs(y) - 0.26);
    return (d + 0.03 > 0.0 ? d : max(d, -(r - wide + 0.02))) * 0.85 - 0.02;
}

float map(vec3 p) {
    float m = turnNow();
    float d = (p.y - hills(p.xz)) * 0.55;
    part = 0;
    lamp = 1e3;
    // They rise one cell in a turn; those that leave above come in below.
    vec3 q = p;
    q.y -= CELL * m;
    vec3 id = floor(q / CELL + 0.5);
    vec3 o = q - CELL * id;
    id.y = mod(id.y, 1.0);
    vec4 h = hash4(vec2(id.x + 13.0 * id.y, id.z), seed);
    vec2 xz = CELL * vec2(floor(p.x / CELL + 0.5), floor(p.z / CELL + 0.5));
    float edge = 0.5 * CELL - max(abs(o.x), max(abs(o.y), abs(o.z)));
    float got = max(edge, 0.0) + 0.25;
    float height = p.y - o.y;
    if (h.w < 0.62 && length(xz) < 12.0 && length(xz) > 1.0 && height > 0.5 && height < 8.0) {
        float one = lantern(o + vec3(0.12 * wave(m + h.x), 0.0, 0.12 * wave(m + h.z)), id, h);
        got = min(got, one);
        lamp = one;
        if (one < d) part = 1;
    }
    return min(d, got);
}

vec3 sky(vec3 d, Stops s) {
    float up = max(d.y, 0.0);
    vec3 c = stopsLight(s, 0.02) * 0.45 + stopsGlow(s, 0.05) * exp(-5.0 * up) * mix(0.10, 0.5, light);
    float veil = flowFbm(d.xz / (up + 0.35) * 1.4, turnNow(), 3, 0.5, seed);
    c += stopsGlow(s, 0.2) * smoothstep(0.0, 1.0, veil) * 0.12;
    return c + stars(d, 0.55) * smoothstep(0.03, 0.3, up) * 0.9;
}

vec3 surface(vec3 p, vec3 d, Stops s, float t) {
    vec3 n = normalAt(p, 0.004 + 0.001 * t);
    float m = turnNow();
    map(p);
    if (part == 1) {
        vec3 q = p;
        q.y -= CELL * m;
        vec3 id = floor(q / CELL + 0.5), o = q - CELL * id;
        vec4 h = hash4(vec2(id.x, id.z), seed);
        float y = o.y - 0.42 * (h.y - 0.5) * CELL;
        float flame = exp(-9.0 * (y + 0.26) * (y + 0.26)), flicker = 0.85 + 0.15 * wave(6.0 * m + h.x) + 0.5 * bass;
        float seams = 0.7 + 0.3 * smoothstep(0.05, 0.15, abs(fract(atan(o.z, o.x) * 6.0 / TAU) - 0.5));
        vec3 paper = stopsGlow(s, 0.30 + 0.35 * h.x);
        return (paper * (0.35 + 1.7 * flame) + 0.7 * flame * flame) * flicker * seams * mix(0.7, 1.2, energy) * (n.y < -0.7 ? 1.6 : 1.0);
    }
    float open_ = openness(p, n, 1.0);
    vec3 rock = (stopsGlow(s, 0.05) * 0.10 + 0.012) * (0.8 + 0.4 * flowFbm(p.xz * 1.6, 0.0, 3, 0.6, seed) * (0.3 + detail));
    vec3 warm = stopsGlow(s, 0.42) * 0.5 * max(dot(n, normalize(vec3(-p.x, 3.0 - p.y, -p.z))), 0.0) * exp(-0.05 * length(p));
    return rock * open_ * (0.7 + 0.6 * n.y + 3.5 * warm) + warm * 0.10;
}

void main() {
    Stops s = paletteStops(palette);
    float m = turnNow();
    vec3 eye = eyePoint(), d = eyeRay();
    vec3 air = stopsLight(s, 0.02) * 0.45 + stopsGlow(s, 0.05) * mix(0.08, 0.35, light);
    float lake = meetsPlane(eye, d, 0.0), t = march(eye, d, min(60.0, lake), 110, 1.0);
    float halo = glow;
    vec3 c = sky(d, s);
    if (t < min(lake, FAR)) c = fogged(surface(eye + d * t, d, s, t), air, t, 0.026);
    else if (lake < FAR) {
        t = lake;
        vec3 q = eye + d * t;
        vec2 slope = 0.05 * exp(-0.05 * t) * vec2(flowFbm(q.xz * vec2(1.2, 2.2), 2.0 * m, 2, 0.5, seed), flowFbm(q.zx * vec2(2.2, 1.2) + 7.0, 2.0 * m, 2, 0.5, seed));
        vec3 n = normalize(vec3(slope.x, 1.0, slope.y)), r = reflect(d, n);
        float u = march(q + vec3(0.0, 0.02, 0.0), r, 40.0, 60, 1.0);
        vec3 seen = u < FAR ? surface(q + r * u, r, s, t + u) : sky(r, s);
        seen += stopsGlow(s, 0.42) * glow * 0.28;
        c = seen * (0.20 + 0.8 * fresnel(n, d, 0.04)) + stopsLight(s, 0.02) * 0.15;
        c = fogged(c, air, t, 0.022);
    } else t = FAR;
    c += stopsGlow(s, 0.42) * halo * 0.42;
    gl_FragColor = finishScene(c * 1.2, t, d);
}
