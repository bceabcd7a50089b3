/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Towers of a night city with neon in wet streets",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D", "Scene"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 14, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "eyeX", "LABEL": "Eye X (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeY", "LABEL": "Eye Y (scene units)", "TYPE": "float", "DEFAULT": 1.6, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "eyeZ", "LABEL": "Eye Z (scene units)", "TYPE": "float", "DEFAULT": 0.0, "MIN": -200.0, "MAX": 200.0},
    {"NAME": "quatX", "LABEL": "Turn X (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatY", "LABEL": "Turn Y (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatZ", "LABEL": "Turn Z (quaternion)", "TYPE": "float", "DEFAULT": 0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "quatW", "LABEL": "Turn W (quaternion)", "TYPE": "float", "DEFAULT": 1, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "fov", "LABEL": "Field of view (vertical, degrees)", "TYPE": "float", "DEFAULT": 60.0, "MIN": 5.0, "MAX": 150.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "scene.glsl"

const float BLOCK = 3.0;
const float AVENUE = 0.9;  // added to the street along x = 0, on both sides
vec2 plot;

vec2 inBlock(vec3 p) {
    float x = abs(p.x) - AVENUE - 0.5 * BLOCK;
    vec2 q = vec2(repeatCell(x, BLOCK, plot.x), repeatCell(p.z, BLOCK, plot.y));
    plot.x = max(plot.x, 0.0);
    q.x = x - BLOCK * plot.x;
    plot.x = p.x > 0.0 ? plot.x + 1.0 : -plot.x - 1.0;
    return q;
}

float map(vec3 p) {
    vec2 q = inBlock(p);
    vec2 id = plot;
    vec4 h = hash4(id, seed);
    float tall = 1.2 + 8.0 * h.x * h.x + 1.5 * h.y;
    vec2 half_ = mix(vec2(0.75), vec2(1.02), h.zw);
    vec3 r = vec3(q.x, p.y, q.y);
    float d = sdBox(r - vec3(0.0, 0.5 * tall, 0.0), vec3(half_.x, 0.5 * tall, half_.y));
    // Setbacks, and a mast.
    float top_ = tall * (1.18 + 0.2 * h.z);
    d = min(d, sdBox(r - vec3(0.0, 0.5 * top_, 0.0), vec3(half_.x * 0.68, 0.5 * top_, half_.y * 0.62)));
    part = 0;
    float mast = max(length(r.xz) - 0.02, abs(r.y - top_ - 0.5) - 0.6);
    if (h.w > 0.5) d = min(d, mast);
    lamp = h.w > 0.5 ? length(r - vec3(0.0, top_ + 1.1, 0.0)) - 0.04 : 1e3;
    // A step must not jump over the border of its block: the neighbour may be nearer.
    vec2 edge = max(0.5 * BLOCK - abs(q), 0.0);
    // On the avenue the nearest of the others stands on the other side.
    if (abs(id.x) < 1.5 && q.x < 0.0) edge.x = abs(p.x) + AVENUE;
    float out_ = min(edge.x, edge.y) + 0.40;
    return min(d, out_);
}

vec3 sky(vec3 d, Stops s) {
    float up = max(d.y, 0.0);
    vec3 c = stopsLight(s, 0.03) * 0.35 + stopsGlow(s, 0.28) * exp(-4.5 * up) * mix(0.20, 0.75, light);
    vec3 moon = normalize(vec3(0.25, 0.33, -1.0));
    float m = dot(d, moon);
    c += (stopsGlow(s, 0.75) + 0.2) * (smoothstep(0.9952, 0.9958, m) + 0.22 * pow(max(m, 0.0), 40.0));
    return c + stars(d, 0.35) * smoothstep(0.05, 0.4, up) * 0.7;
}

vec3 surface(vec3 p, vec3 d, Stops s, float t) {
    vec3 n = normalAt(p, 0.004);
    map(p);
    vec2 id = plot;
    vec4 h = hash4(id, seed), g = hash4(id + 91.0, seed);
    float m = turnNow();
    float open_ = openness(p, n, 0.7);
    vec3 tint = stopsGlow(s, h.y * 0.8), other = stopsGlow(s, h.z + 0.45);
    vec3 c = (stopsGlow(s, 0.28) * 0.10 * mix(0.4, 1.0, light) + 0.01) * open_ * (0.6 + 0.6 * n.y + 0.2 * n.x);
    if (abs(n.y) < 0.5) {
        vec2 w = vec2(abs(n.x) > 0.5 ? p.z : p.x, p.y) * vec2(8.0, 6.4);
        vec2 f = abs(fract(w) - 0.5);
        vec4 k = hash4(floor(w) + id * 37.0, seed + 0.1);
        float fine = clamp(0.03 * t, 0.0, 0.3);
        float pane = smoothstep(0.40 + fine, 0.34 - fine, max(f.x, f.y));
        float on = step(mix(0.70, 0.35, light), k.x + 0.15 * wave(m + k.y));
        c += mix(tint, other, step(0.7, k.w)) * pane * on * (0.35 + 1.1 * k.y * k.y + 0.3 * bass);
        c += tint * pane * (1.0 - on) * 0.03;
        // Signs: an upright tube at a corner, a bright band high up.
        float run = fract(p.y * 0.35 * (g.x > 0.5 ? 1.0 : -1.0) - 2.0 * m + g.y);
        vec2 side = abs(inBlock(p));
        float corner = min(abs(side.x - 0.80), abs(side.y - 0.80));
        c += other * step(0.55, g.z) * glowFall(corner, 0.03) * (0.25 + 1.5 * energy * smoothstep(0.5, 0.0, run));
        float band = abs(p.y - (1.2 + 2.0 * g.w));
        c += stopsGlow(s, g.x) * step(0.4, g.y) * glowFall(band, 0.035) * (1.0 + high);
    } else c += tint * 0.12 * open_;
    return c;
}

void main() {
    Stops s = paletteStops(palette);
    vec3 eye = eyePoint(), d = eyeRay();
    float m = turnNow();
    vec3 air = stopsGlow(s, 0.28) * mix(0.12, 0.42, light);
    float street = meetsPlane(eye, d, 0.0), t = march(eye, d, min(56.0, street), 84, 0.95);
    float halo = glow;
    vec3 c = sky(d, s);
    if (t < min(street, FAR)) c = fogged(surface(eye + d * t, d, s, t), air, t, 0.040);
    else if (street < FAR) {
        t = street;
        vec3 q = eye + d * t;
        vec2 slope = 0.02 * vec2(flowNoise(q.xz * 4.0, 0.0, seed), flowNoise(q.zx * 4.0, 0.0, seed));
        vec3 n = normalize(vec3(slope.x, 1.0, slope.y)), r = reflect(d, n);
        float u = march(q + vec3(0.0, 0.02, 0.0), r, 24.0, 44, 1.0);
        vec3 seen = u < FAR ? fogged(surface(q + r * u, r, s, t + u), air, u, 0.04) : sky(r, s);
        float wet = smoothstep(-0.5, 0.4, flowFbm(q.xz * 0.6, 0.0, 3, 0.5, seed + 0.3));
        c = air * 0.12 + seen * mix(0.2, 0.75, wet) * (0.3 + 0.7 * fresnel(n, d, 0.05));
        // Traffic: lamps that come and lamps that go along the avenue x = 0.
        float lane = abs(abs(q.x) - 0.6);
        float cars = pow(wave01(q.z / BLOCK + (q.x > 0.0 ? 4.0 : -4.0) * m), 14.0);
        c += (q.x > 0.0 ? stopsGlow(s, 0.7) + 0.25 : stopsGlow(s, 0.05)) * glowFall(lane, 0.04) * (0.05 + 2.4 * cars);
        c = fogged(c, air, t, 0.040);
    } else t = FAR;
    c += stopsGlow(s, 0.05) * halo * 0.8 * (0.6 + 0.4 * wave(4.0 * m));
    gl_FragColor = finishScene(c * 1.2, t, d);
}
