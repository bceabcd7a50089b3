/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A pearl within turning rings over still water",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 13, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 2.2, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 8.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 1, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 50.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

const vec3 PEARL = vec3(0.0, 2.2, 0.0);

float map(vec3 p) {
    vec3 q = p - PEARL;
    float d = length(q) - 1.5, m = turnNow();
    part = 0;
    lamp = 1e3;
    for (int i = 0; i < 3; i++) {
        float k = float(i);
        vec3 r = q;
        r.yz = rotate(r.yz, TAU * ((i == 1 ? -m : m) + 0.11 + 0.17 * k));
        r.xy = rotate(r.xy, TAU * (0.21 * k + 0.03));
        float ring = 1.95 + 0.42 * k;
        float out_ = length(vec2(length(r.xz) - ring, r.y)) - 0.035;
        float bead = length(vec2(length(r.xz) - ring, r.y)) - 0.10;
        float a = atan(r.z, r.x) * 12.0 / TAU;
        bead = max(bead, abs(fract(a) - 0.5) - 0.13);
        float got = min(out_, bead * 0.8);
        if (got < d) { d = got; part = 1 + i; }
        lamp = min(lamp, out_);
    }
    return d;
}

vec3 sky(vec3 d, Stops s) {
    float up = max(d.y, 0.0);
    vec3 c = stopsLight(s, 0.02) * 0.5 + stopsGlow(s, 0.10) * exp(-9.0 * up) * mix(0.12, 0.5, light);
    float veil = flowFbm(d.xz / (up + 0.3) * 1.3, turnNow(), 3, 0.5, seed);
    c += stopsGlow(s, 0.35 + 0.15 * veil) * smoothstep(-0.1, 0.9, veil) * exp(-3.2 * abs(up - 0.32)) * 0.40;
    return c + stars(d, 0.5) * smoothstep(0.02, 0.3, up);
}

vec3 surface(vec3 p, vec3 d, Stops s, float shine) {
    vec3 n = normalAt(p, 0.004);
    map(p);
    int what = part;
    vec3 to = normalize(vec3(0.4, 0.8, 0.5));
    float open_ = openness(p, n, 0.6);
    if (what == 0) {
        float f = fresnel(n, d, 0.05), lie = 0.5 + 0.5 * dot(n, d);
        float band = flowFbm(n.xy * 2.2 + n.z, turnNow(), 3, 0.6, seed);
        vec3 skin = stopsGlow(s, 0.15 + 0.5 * lie + 0.18 * band * (0.4 + detail));
        float day = max(dot(n, to), 0.0);
        vec3 c = skin * (0.10 + 0.75 * day * mix(0.5, 1.1, light)) * open_;
        c += skin * pow(lie, 1.5) * 1.1 + 0.55 * gleam(n, d, to, 60.0);
        return c + sky(reflect(d, n), s) * (f + 0.20) * shine;
    }
    vec3 tint = stopsGlow(s, 0.3 * float(what));
    return tint * (1.3 + 1.2 * energy * wave01(turnNow() * 2.0 + 0.3 * float(what))) + 0.3;
}

void main() {
    Stops s = paletteStops(palette);
    vec3 eye = eyePoint(), d = eyeRay();
    float t = march(eye, d, 40.0, 72, 0.9), water = meetsPlane(eye, d, 0.0);
    float halo = glow;
    vec3 c = sky(d, s);
    if (t < min(water, FAR)) c = surface(eye + d * t, d, s, 1.0);
    else if (water < FAR && d.y < 0.0) {
        t = water;
        vec3 q = eye + d * t;
        float calm = 0.045 * exp(-0.05 * t);
        float ringy = length(q.xz) - 9.0 * fract(turnNow() * 4.0);
        vec2 slope = calm * vec2(flowNoise(q.xz * 2.1, 2.0 * turnNow(), seed), flowNoise(q.zx * 2.1 + 7.0, 2.0 * turnNow(), seed));
        slope += normalize(q.xz + 1e-3) * 0.06 * sin(ringy * 9.0) * exp(-ringy * ringy * 0.6);
        vec3 n = normalize(vec3(slope.x, 1.0, slope.y)), r = reflect(d, n);
        float u = march(q + n * 0.02, r, 25.0, 44, 0.95);
        vec3 seen = u < FAR ? surface(q + r * u, r, s, 0.4) : sky(r, s);
        seen += stopsGlow(s, 0.55) * glow * 0.22;
        c = seen * (0.25 + 0.75 * fresnel(n, d, 0.04)) + stopsLight(s, 0.04) * 0.25;
        c = fogged(c, stopsLight(s, 0.02) * 0.5 + stopsGlow(s, 0.10) * mix(0.12, 0.5, light), t, 0.035);
    } else t = FAR;
    c += stopsGlow(s, 0.55) * halo * 0.38 * (1.0 + bass);
    gl_FragColor = finishScene(c, t, d);
}
