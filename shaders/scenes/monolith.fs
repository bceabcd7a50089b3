/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A monolith over dunes under a great sun",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 12, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 1.8, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 9.0, "MIN": -200.0, "MAX": 200.0},
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

float dunes(vec2 p) {
    float a = flowNoise(p * 0.11 + 3.0, 0.0, seed), b = flowNoise(p * 0.27, 0.0, seed + 0.2);
    float crest = 1.0 - abs(flowNoise(p * vec2(0.16, 0.30) + 0.6 * b, 0.0, seed + 0.1));
    float flat_ = smoothstep(1.0, 7.0, length(p));
    return (1.1 * a + 1.1 * crest * crest + 0.35 * b - 0.8) * flat_;
}

float map(vec3 p) {
    float m = turnNow();
    float d = (p.y - dunes(p.xz)) * 0.62;
    part = 0;
    vec3 q = p - vec3(0.0, 2.35 + 0.12 * wave(m), 0.0);
    q.xz = rotate(q.xz, 0.45);
    float box = sdBox(q, vec3(0.62, 1.65, 0.14)) - 0.02;
    // Grooves with light in them.
    float groove = abs(abs(q.y) - 0.62 - 0.2 * wave01(m)) - 0.02;
    box = max(box, -max(groove, 0.10 - abs(q.z)));
    if (box < d) { d = box; part = 1; }
    lamp = max(abs(groove), sdBox(q, vec3(0.62, 1.65, 0.14)));
    for (int i = 0; i < 4; i++) {
        float k = float(i);
        vec2 c = onCircle(m + 0.25 * k) * (1.5 + 0.25 * k);
        vec3 r = p - vec3(c.x, 1.7 + 0.55 * k + 0.15 * wave(2.0 * m + 0.3 * k), c.y);
        r.xy = rotate(r.xy, TAU * m + k);
        r.yz = rotate(r.yz, TAU * m + 2.0 * k);
        float shard = (abs(r.x) + 0.6 * abs(r.y) + abs(r.z) - 0.24) * 0.6;
        if (shard < d) { d = shard; part = 2; }
    }
    return d;
}

vec3 sunWay() { return normalize(vec3(-0.25, 0.16, -1.0)); }

vec3 sky(vec3 d, Stops s) {
    float up = max(d.y, 0.0), sun = dot(d, sunWay());
    vec3 c = mix(stopsGlow(s, 0.25) * 0.75, stopsLight(s, 0.03) * 1.2, smoothstep(0.0, 0.55, up)) * mix(0.5, 1.1, light);
    c = mix(c, stopsGlow(s, 0.5) * 0.8, 0.6 * pow(max(sun, 0.0), 6.0));
    float disc = smoothstep(0.9760, 0.9775, sun);
    float bars = smoothstep(0.35, 0.65, abs(fract(d.y * 34.0) - 0.5) * 2.0 + 5.0 * (d.y - 0.10));
    c += (stopsGlow(s, 0.45) * 0.9 + 0.10) * disc * mix(1.0, bars, smoothstep(0.3, 0.0, d.y));
    return c + stars(d, 0.35) * smoothstep(0.15, 0.6, up) * 0.8;
}

void main() {
    Stops s = paletteStops(palette);
    float m = turnNow();
    vec3 eye = eyePoint(), d = eyeRay(), to = normalize(sunWay() + vec3(-0.25, 0.18, 0.0));
    vec3 heaven = sky(d, s), c = heaven;
    float t = march(eye, d, 60.0, 100, 1.0);
    float halo = glow;
    if (t < FAR) {
        vec3 p = eye + d * t, n = normalAt(p, 0.003 + 0.001 * t);
        map(p);
        int what = part;
        float open_ = openness(p, n, 0.9), day = max(dot(n, to), 0.0);
        if (what == 0) {
            // Ripples of the wind, too fine for the shape.
            float w = p.x * 5.0 + 2.4 * flowNoise(p.xz * 0.9, 0.0, seed + 0.5) + p.z * 2.2;
            float fine = exp(-0.07 * t) * (0.25 + detail);
            n = normalize(n + vec3(0.16 * cos(w * 2.0), 0.0, 0.07 * cos(w * 2.0)) * fine);
            day = max(dot(n, to), 0.0) * sunlit(p + vec3(0.0, 0.03, 0.0), to, 12.0);
            vec3 sand = mix(stopsGlow(s, 0.02), stopsGlow(s, 0.42), 0.55 + 0.2 * n.x) * 0.8;
            c = sand * (day * 2.1 * mix(0.7, 1.3, light) + 0.13 * open_ + 0.10 * stopsGlow(s, 0.72) * (0.5 + 0.5 * n.y));
            float grain = hash1(floor(p.xz * 90.0), seed);
            c += stopsGlow(s, 0.5) * step(0.985, grain) * pow(max(dot(reflect(d, n), to), 0.0), 3.0) * fine * 1.6;
            vec3 q = p - vec3(0.0, 0.6, 0.0);
            c += stopsGlow(s, 0.74) * 0.30 * exp(-0.7 * dot(q, q)) * (1.0 + bass);
        } else {
            vec3 r = reflect(d, n);
            float f = fresnel(n, d, what == 1 ? 0.12 : 0.35);
            c = stopsLight(s, 0.0) * 0.5 + sky(normalize(vec3(r.x, abs(r.y), r.z)), s) * f * open_;
            if (what == 2) c += stopsGlow(s, 0.74) * 0.25;
            c += stopsGlow(s, 0.74) * gleam(n, d, to, 30.0) * 0.8;
            c += (stopsGlow(s, 0.74) * 2.0 + 0.2) * smoothstep(0.05, 0.0, lamp) * float(what == 1) * (0.6 + energy);
        }
        vec3 air = sky(normalize(vec3(d.x, 0.02, d.z)), s);
        c = fogged(c, mix(stopsGlow(s, 0.25) * 0.6, air, 0.4), t, 0.024);
    }
    c += stopsGlow(s, 0.74) * halo * 0.5;
    gl_FragColor = finishScene(c * 1.1, t, d);
}
