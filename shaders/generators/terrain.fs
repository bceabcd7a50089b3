/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A flight over lit mountains",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 7, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "camx", "LABEL": "Camera X", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "camy", "LABEL": "Camera Y", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "bass", "LABEL": "Bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "mid", "LABEL": "Mid", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "LABEL": "High", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "kick", "LABEL": "Kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "snare", "LABEL": "Snare", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "hat", "LABEL": "Hat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "beatPhase", "LABEL": "Beat phase", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "generator.glsl"

const float PERIOD = 16.0;
const int STEPS = 34;

float ground(vec2 p, float rough) {
    vec2 tile = vec2(64.0, PERIOD);
    float a = tileNoise(p, tile, seed), b = tileNoise(p * 2.0 + 11.0, tile * 2.0, seed + 0.2);
    float valley = smoothstep(0.2, 2.6, abs(p.x - 32.0 - 0.8 * wave(p.y / PERIOD)));
    float ridge = 1.0 - abs(2.0 * b - 1.0);
    return (a * a * 1.5 + rough * 0.42 * ridge * a) * mix(0.35, 1.0, valley) * mix(0.7, 1.7, warp);
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    s = rotate(s, (twist - 0.3) * 0.7 * wave(m));
    float lens = mix(0.9, 1.6, scale) * (1.0 - 0.14 * kick);
    vec3 d = cameraRay(s, camx * 0.55 + 0.12 * wave(m), -0.05 + 0.16 * camy, lens);
    vec3 eye = vec3(32.0 + 0.8 * wave(m), 1.55 + 0.12 * wave(2.0 * m) + 0.35 * camy, PERIOD * m);
    float rough = mix(0.5, 1.5, density);

    float t = 0.25, before = 0.0, gap = 0.0, above = 0.0;
    bool hit = false;
    for (int i = 0; i < STEPS; i++) {
        vec3 q = eye + d * t;
        if (q.y > 2.9 && d.y > 0.0) break;
        float high_ = q.y - ground(q.xz, rough);
        if (high_ < 0.002 * t) { hit = true; gap = high_; break; }
        before = t;
        above = high_;
        t += max(high_ * 0.62, 0.03 + 0.012 * t);
    }
    if (hit) t = mix(before, t, clamp(above / max(above - gap, 1e-4), 0.0, 1.0));

    // Sky, a sun at the end of the valley, stars.
    float up = d.y;
    vec3 sunAt = normalize(vec3(0.35 * (fract(seed * 9.0) - 0.5), 0.17, 1.0));
    float sunny = max(dot(d, sunAt), 0.0);
    vec3 sky = stopsLight(stops_, 0.03) * 0.6 + stopsGlow(stops_, 0.12) * exp(-4.5 * max(up, 0.0)) * mix(0.35, 1.1, light);
    sky += stopsGlow(stops_, 0.45) * pow(sunny, 18.0) * (0.5 + 0.7 * bass);
    sky += (stopsGlow(stops_, 0.72) + 0.1) * smoothstep(0.9885, 0.9905, sunny) * 1.4;
    vec2 g = vec2(atan(d.x, d.z) * 14.0, up * 16.0);
    vec4 h = hash4(floor(g), seed);
    vec2 o = fract(g) - 0.5 - (h.xy - 0.5) * 0.7;
    sky += smoothstep(0.1, 0.35, up) * exp(-dot(o, o) * 130.0) * step(0.55, h.w) * (0.5 + 0.4 * wave(2.0 * m + h.z) + 2.0 * hat);
    vec3 c = sky;
    float near_ = 0.0;
    if (hit) {
        vec3 q = eye + d * t;
        float e = 0.02 + 0.012 * t;
        float y = ground(q.xz, rough);
        vec3 nrm = normalize(vec3(y - ground(q.xz + vec2(e, 0.0), rough), e, y - ground(q.xz + vec2(0.0, e), rough)));
        float sun = max(dot(nrm, sunAt), 0.0), face = 0.5 + 0.5 * nrm.x;
        float level = clamp(q.y / 2.0, 0.0, 1.0);
        vec3 rock = mix(stopsGlow(stops_, 0.98), stopsGlow(stops_, 0.30 + seed), level);
        c = rock * (mix(0.06, 0.2, light) + 0.16 * face + mix(0.5, 1.2, light) * sun * (0.4 + 0.6 * level));
        float snow = smoothstep(0.55, 0.85, level + 0.25 * nrm.y - 0.2);
        c = mix(c, (stopsGlow(stops_, 0.72) + 0.15) * (0.25 + 0.9 * sun + 0.2 * face), snow * 0.75);
        // Height lines, and a wave of light that runs along the valley.
        float px = screenPixel() * t / lens;
        float rate_ = 7.0 * q.y, fine = 7.0 * px / max(nrm.y, 0.1);
        float line = lineEdge(abs(fract(rate_) - 0.5) - 0.5, 0.06, fine) * smoothstep(0.6, 0.15, fine);
        float run = pow(wave01(2.0 * q.z / PERIOD - 3.0 * m), 7.0);
        c += stopsGlow(stops_, 0.55 + 0.3 * level) * line * (detail * (0.5 + mid) + run * 1.5 * energy + snare);
        c += stopsGlow(stops_, 0.5) * run * energy * 0.22 * (1.0 + bass);
        float fog = exp(-0.011 * t * t * mix(1.4, 0.8, light));
        c = mix(stopsGlow(stops_, 0.12) * mix(0.25, 0.8, light) + stopsGlow(stops_, 0.45) * pow(sunny, 18.0) * 0.4, c, fog);
        near_ = exp(-0.16 * t);
    }
    c *= (1.0 + 0.35 * high * wave01(2.0 * length(s) - m)) * (1.0 + 0.8 * beatRing(length(s)));
    gl_FragColor = finishNear(c * 1.15, near_);
}
