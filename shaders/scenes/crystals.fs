/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A ring of crystals that glow from within",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 3, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 1.6, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 7.5, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 1, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 52.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

float prism(vec3 p, float wide, float tall) {
    vec2 q = abs(p.xz);
    float hex = max(q.x * 0.866 + q.y * 0.5, q.y) - wide;
    float tip = (hex + wide) * 0.62 + (p.y - tall) * 0.55;
    return max(max(hex, tip), -p.y - 0.6);
}

float map(vec3 p) {
    float d = p.y + 0.12 * flowNoise(p.xz * 0.8, 0.0, seed) * smoothstep(0.5, 3.0, length(p.xz)), m = turnNow();
    part = 0;
    lamp = 1e3;
    for (int ring = 0; ring < 3; ring++) {
        float k = float(ring), count = 5.0 + 4.0 * k, id;
        float a = atan(p.z, p.x) * count / TAU + 0.37 * k;
        id = mod(floor(a + 0.5), count);
        vec4 h = hash4(vec2(id, k + 3.0), seed);
        float turn_ = (floor(a + 0.5) - 0.37 * k) * TAU / count;
        vec2 way = vec2(cos(turn_), sin(turn_));
        float r = 0.55 + 1.35 * k + 0.5 * h.x;
        vec3 q = p - vec3(way.x * r, 0.0, way.y * r);
        q.xz = vec2(dot(q.xz, way), dot(q.xz, vec2(-way.y, way.x)));
        q.xy = rotate(q.xy, (0.25 + 0.45 * h.y) * (0.45 + 0.35 * k));
        q.yz = rotate(q.yz, 0.5 * (h.z - 0.5));
        float tall = mix(1.2, 2.7, h.w) * (1.15 - 0.26 * k);
        float c = prism(q, 0.16 + 0.22 * h.z * tall * 0.5, tall) * 0.72;
        float small = prism(vec3(q.x - 0.3, q.y * 1.0, q.z + 0.25) , 0.11, tall * 0.45) * 0.72;
        c = min(c, small);
        if (c < d) { d = c; part = 1 + ring * 16 + int(id); }
    }
    // Fireflies over the ring.
    for (int i = 0; i < 4; i++) {
        float k = float(i);
        vec2 c = onCircle((i < 2 ? m : -m) + 0.27 * k) * (1.6 + 0.6 * k);
        float fly = length(p - vec3(c.x, 1.5 + 0.35 * k + 0.4 * wave(2.0 * m + 0.3 * k), c.y)) - 0.035;
        lamp = min(lamp, fly);
        if (fly < d) { d = fly; part = 99; }
    }
    return d;
}

void main() {
    Stops s = paletteStops(palette);
    float m = turnNow();
    vec3 eye = eyePoint(), d = eyeRay(), to = normalize(vec3(0.5, 0.75, 0.4));
    vec3 air = stopsLight(s, 0.03) * 0.5 + stopsGlow(s, 0.12) * mix(0.05, 0.22, light) * exp(-3.0 * max(d.y, 0.0));
    vec3 c = air + stars(d, 0.4) * smoothstep(0.0, 0.3, d.y) * 0.7;
    float t = march(eye, d, 30.0, 90, 0.9);
    float halo = glow;
    if (t < FAR) {
        vec3 p = eye + d * t, n = normalAt(p, 0.003);
        map(p);
        int what = part;
        float open_ = openness(p, n, 0.6);
        if (what == 99) c = vec3(1.6) + stopsGlow(s, 0.5);
        else if (what == 0) {
            float sparkle = step(0.985, hash1(floor(p.xz * 42.0), seed)) * pow(wave01(hash1(floor(p.xz * 42.0), seed + 0.1) + m + dot(d, n)), 6.0);
            vec3 ground = (stopsGlow(s, 0.12) * 0.16 + 0.03) * (0.7 + 0.5 * flowFbm(p.xz * 2.0, 0.0, 3, 0.6, seed));
            float near_ = exp(-0.35 * abs(length(p.xz) - 1.8));
            c = ground * open_ * (0.35 + max(dot(n, to), 0.0) * mix(0.5, 1.2, light) * sunlit(p + n * 0.02, to, 5.0));
            c += stopsGlow(s, 0.45) * near_ * (1.0 - open_) * 0.9 + stopsGlow(s, 0.45) * near_ * 0.10 + sparkle * 0.9;
        } else {
            float id = float(what % 16), k = float(what / 16);
            vec4 h = hash4(vec2(id, k + 3.0), seed);
            vec3 tint = stopsGlow(s, 0.10 + 0.5 * h.x + 0.12 * p.y);
            // Light that was bent through the stone and comes out at the other side.
            vec3 in_ = refract(d, n, 0.65);
            float through = 0.5 + 0.5 * wave(1.3 * dot(in_, vec3(1.0, 0.7, 0.4)) + 0.6 * p.y + h.y);
            float deep = exp(-0.9 * p.y), beat = 0.55 + 0.45 * wave(2.0 * m + h.z) * energy + 0.6 * bass;
            c = tint * (0.10 + 0.55 * through * through + 1.0 * deep * beat);
            c += tint * max(dot(n, to), 0.0) * 0.5 * mix(0.4, 1.2, light);
            c += (stopsGlow(s, 0.75) + 0.2) * fresnel(n, d, 0.03) * 0.9 + 0.9 * gleam(n, d, to, 70.0);
            float flaw = flowFbm(vec2(dot(p, vec3(2.0, 3.1, 1.0)), dot(p, vec3(-1.3, 2.0, 2.4))), 0.0, 3, 0.7, seed);
            c *= (1.0 + 0.45 * detail * flaw) * (0.45 + 0.55 * open_);
        }
        c = fogged(c, air, t, 0.030);
    }
    c += (stopsGlow(s, 0.6) + 0.1) * halo * 0.7 * (1.0 + high);
    gl_FragColor = finishScene(c * 1.15, t, d);
}
