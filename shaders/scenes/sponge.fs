/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A Menger sponge with light in its shafts",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 2, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 5.2, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 3.2, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 6.4, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": -0.195, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0.33, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0.07, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 0.92, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 50.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

float map(vec3 p) {
    float m = turnNow();
    float d = sdBox(p, vec3(3.0));
    part = 0;
    float size = 1.0;
    vec3 q = p / 3.0;
    float cut = -1e3;
    for (int i = 0; i < 4; i++) {
        vec3 a = mod(q * size, 2.0) - 1.0;
        size *= 3.0;
        vec3 r = abs(1.0 - 3.0 * abs(a));
        float bars = (min(max(r.x, r.y), min(max(r.y, r.z), max(r.z, r.x))) - 1.0) / size * 3.0;
        if (bars > d) { d = bars; part = i; }
    }
    // Four sparks that wander along the shafts.
    lamp = 1e3;
    for (int i = 0; i < 3; i++) {
        float k = float(i);
        vec3 at = 2.0 * vec3(wave(m + 0.33 * k), 0.0, 0.0);
        at = i == 0 ? at : i == 1 ? at.zxy : at.yzx;
        float spark = length(p - at) - 0.13;
        lamp = min(lamp, spark);
        if (spark < d) { d = spark; part = 9; }
    }
    return d;
}

void main() {
    Stops s = paletteStops(palette);
    float m = turnNow();
    vec3 eye = eyePoint(), d = eyeRay();
    vec3 air = stopsLight(s, 0.02) * 0.4 + stopsGlow(s, 0.10) * mix(0.06, 0.22, light) * (1.0 - 0.7 * d.y);
    vec3 c = air + 0.5 * stars(d, 0.3);
    float t = march(eye, d, 40.0, 88, 1.0);
    float halo = glow;
    if (t < FAR) {
        vec3 p = eye + d * t, n = normalAt(p, 0.002);
        map(p);
        int what = part;
        if (what == 9) c = stopsGlow(s, 0.6) * 2.0 + 0.5;
        else {
            float open_ = openness(p, n, 0.5), inside = clamp(1.0 - max(abs(p.x), max(abs(p.y), abs(p.z))) / 3.0, 0.0, 1.0);
            vec3 to = normalize(vec3(0.5, 0.8, 0.35));
            float day = max(dot(n, to), 0.0) * sunlit(p + n * 0.01, to, 7.0);
            vec3 skin = mix(stopsGlow(s, 0.92), stopsGlow(s, 0.28), 0.5 + 0.5 * n.y) * 0.55 + 0.06;
            vec3 f = abs(fract(p * 13.5 + 0.5) - 0.5);
            float lines = smoothstep(0.42, 0.5, max(f.x * (1.0 - abs(n.x)), max(f.y * (1.0 - abs(n.y)), f.z * (1.0 - abs(n.z)))));
            skin *= 1.0 - 0.35 * detail * lines * exp(-0.10 * t);
            c = skin * (day * mix(0.8, 1.7, light) + (0.16 + 0.14 * n.x) * open_);
            for (int i = 0; i < 3; i++) {
                vec3 at = 2.0 * vec3(wave(m + 0.33 * float(i)), 0.0, 0.0);
                at = (i == 0 ? at : i == 1 ? at.zxy : at.yzx) - p;
                float far2 = dot(at, at);
                c += skin * stopsGlow(s, 0.45 + 0.1 * float(i)) * (0.25 + max(dot(n, at) * inversesqrt(far2), 0.0)) * open_ * 5.0 * (0.5 + energy) / (0.6 + 2.0 * far2);
            }
            float run = pow(wave01(0.35 * (abs(p.x) + abs(p.y) + abs(p.z)) - 2.0 * m), 10.0);
            c += stopsGlow(s, 0.55) * inside * run * (0.5 + 1.2 * energy) * (0.3 + lines);
        }
        c = fogged(c, air, t, 0.022);
    }
    c += stopsGlow(s, 0.55) * halo * 0.50 * (1.0 + bass);
    gl_FragColor = finishScene(c * 1.2, t, d);
}
