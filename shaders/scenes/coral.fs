/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A hollow world of coral with a light inside",
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
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 0.6, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 8.5, "MIN": -200.0, "MAX": 200.0},
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

const float CARE = 0.62;

float gyroid(vec3 p, float k) { return dot(sin(p * k), cos(p.yzx * k)) / k; }

float map(vec3 p) {
    float m = turnNow();
    vec3 q = p;
    float round_ = length(q);
    float a = gyroid(q + 0.35 * seed, 2.1), b = gyroid(q.zxy + 2.0, 6.3);
    float shell = abs(a) - 0.11 - 0.03 * wave(2.0 * m);
    shell -= 0.55 * detail * b;
    float d = max(max(shell, round_ - 3.2), 1.25 - round_);
    part = 0;
    float core = round_ - 0.85 - 0.08 * wave(2.0 * m) - 0.15 * kick;
    if (core < d) { d = core; part = 1; }
    lamp = core;
    return d;
}

void main() {
    Stops s = paletteStops(palette);
    float m = turnNow();
    vec3 eye = eyePoint(), d = eyeRay();
    vec3 c = stopsLight(s, 0.02) * 0.35 + stopsGlow(s, 0.62) * 0.05 * (1.0 + d.y) + stars(d, 0.45) * 0.9;
    float miss = length(eye - d * dot(eye, d));
    c += stopsGlow(s, 0.12) * 0.16 * glowFall(max(miss - 3.0, 0.0), 0.9);
    float t = march(eye, d, 30.0, 96, CARE);
    float halo = glow;
    if (t < FAR) {
        vec3 p = eye + d * t, n = normalAt(p, 0.006);
        map(p);
        if (part == 1) {
            float boil = flowFbm(n.xy * 3.0 + n.z * 2.0, 2.0 * m, 3, 0.6, seed);
            c = (stopsGlow(s, 0.55 + 0.2 * boil) * (1.3 + 0.9 * boil) + 0.25) * (1.0 + 0.8 * bass);
        } else {
            float r = length(p), open_ = openness(p, n, 0.35);
            vec3 inward = -p / r, to = normalize(vec3(0.6, 0.7, 0.5));
            float outer = smoothstep(2.2, 3.25, r);
            vec3 skin = mix(stopsGlow(s, 0.05 + 0.1 * seed), stopsGlow(s, 0.36), outer);
            float core = max(dot(n, inward), 0.0) * 7.0 / (r * r) + 0.9 * exp(-1.3 * (r - 0.85));
            c = skin * open_ * (0.05 + 0.75 * max(dot(n, to), 0.0) * mix(0.4, 1.1, light) * sunlit(p + n * 0.02, to, 4.0));
            c += stopsGlow(s, 0.58) * core * 0.55 * (0.35 + 0.65 * open_) * mix(0.7, 1.3, energy);
            c += stopsGlow(s, 0.75) * fresnel(n, d, 0.0) * 0.9 * open_;
            c += 0.35 * gleam(n, d, to, 40.0) * open_;
        }
    }
    c += stopsGlow(s, 0.55) * halo * 0.35 * (1.0 + bass);
    gl_FragColor = finishScene(c * 1.15, t, d);
}
