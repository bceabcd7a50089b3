/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A cut gem that turns in the light",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 2, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 6, "VALUES": [4, 5, 6, 8, 10, 12], "LABELS": ["4", "5", "6", "8", "10", "12"]},
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

const int PLANES = 20;

vec3 sparkle(Stops s, vec3 d, float m) {
    float a = atan(d.x, d.z) / TAU;
    float strips = pow(wave01(3.0 * a + 1.5 * d.y + m), 5.0);
    vec3 c = stopsGlow(s, 0.5 * a + 0.3 * d.y + seed + m) * (0.12 + 0.95 * strips);
    return c + stopsGlow(s, 0.7) * smoothstep(0.55, 0.95, d.y) * 0.9 + stopsLight(s, 0.1) * 0.2;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float r0 = length(s);
    float lens = mix(1.5, 2.9, scale) * (1.0 + 0.12 * kick);
    vec2 p = s - 0.42 * vec2(camx, camy);
    float n = float(symmetry);
    vec3 eye = vec3(0.0, 0.0, -4.2), d = normalize(vec3(p, lens));
    float a = TAU * m, b = 0.45 + 0.5 * (fract(seed * 3.0) - 0.5) + 0.16 * wave(m);
    vec3 o = eye, v = d;
    float roll = (twist - 0.3) * 1.2 + 0.1 * wave(m);
    o.xy = rotate(o.xy, roll); v.xy = rotate(v.xy, roll);
    o.yz = rotate(o.yz, b); v.yz = rotate(v.yz, b);
    o.xz = rotate(o.xz, a); v.xz = rotate(v.xz, a);

    // The gem is what lies behind all planes: enter at the last, leave by the first.
    float in_ = -9.0, out_ = 9.0, second = -9.0;
    vec3 front = vec3(0.0), rear = vec3(0.0);
    int kinds = density < 0.35 ? 2 : 3;
    float tall = mix(0.75, 1.7, warp), top = mix(0.25, 0.85, fract(seed * 7.3));
    for (int i = 0; i < PLANES; i++) {
        int ring = i / 7;
        float k = float(i - ring * 7);
        float w;
        vec3 nrm;
        float far = 1.0 + 0.04 * bass;
        // Seven planes of each ring, about the sector that is looked at: the others lie behind these.
        float sector = k - 3.0;
        float base = atan(o.x + v.x * 4.2, o.z + v.z * 4.2);
        float wedge = TAU / n;
        w = wedge * (floor(base / wedge + 0.5) + sector + (ring == 1 ? 0.5 : 0.0));
        vec2 dir = vec2(sin(w), cos(w));
        if (ring == 0) nrm = normalize(vec3(dir.x, 0.55, dir.y));
        else if (ring == 1) nrm = normalize(vec3(dir.x, -0.75, dir.y));
        else { nrm = normalize(vec3(dir.x, mix(0.9, 1.6, top), dir.y)); }
        if (ring >= 2 && kinds < 3) continue;
        far *= ring == 0 ? 1.0 : (ring == 1 ? 0.92 * tall : 1.04);
        float den = dot(nrm, v), num = far - dot(nrm, o);
        float t = num / (abs(den) < 1e-4 ? 1e-4 : den);
        if (den < 0.0) { if (t > in_) { second = in_; in_ = t; front = nrm; } else second = max(second, t); }
        else if (t < out_) { out_ = t; rear = nrm; }
    }
    // The table on top.
    float lid = 0.62 + 0.25 * top;
    float tt = (lid - o.y) / (abs(v.y) < 1e-4 ? 1e-4 : v.y);
    if (v.y < 0.0) { if (tt > in_) { second = in_; in_ = tt; front = vec3(0.0, 1.0, 0.0); } else second = max(second, tt); }
    else if (tt < out_) { out_ = tt; rear = vec3(0.0, 1.0, 0.0); }

    float px = screenPixel();
    vec3 c = stopsLight(stops_, 0.02) * 0.5;
    float ang = atan(p.y, p.x) / TAU;
    float rays = pow(wave01(ang * 2.0 * n + 0.4 * wave(m) + seed), 3.0) * 0.6 + pow(wave01(ang * n - m), 6.0);
    c += stopsGlow(stops_, 0.5 * r0 + seed + 0.2) * (0.06 + 0.28 * rays * mix(0.3, 1.0, density)) * mix(0.4, 1.4, light) * exp(-0.5 * r0) * (1.0 + bass);
    float near_ = 0.0;
    float gap = out_ - in_;
    if (gap > 0.0 && in_ > 0.0) {
        float fresnel = pow(1.0 - clamp(-dot(front, v), 0.0, 1.0), 3.0);
        vec3 r = reflect(v, front);
        vec3 inner = refract(v, front, 0.66);
        vec3 q = o + v * in_;
        // One bounce within: the facet behind, seen through the one before.
        vec3 bounce = reflect(inner, -rear);
        float facet = fract(dot(floor(rear * 7.3 + front * 5.1), vec3(0.37, 0.71, 0.19)) + 0.5 * seed);
        vec3 tint = stopsGlow(stops_, facet + seed);
        float sunny = max(dot(front, normalize(vec3(-0.4, 0.7, -0.6))), 0.0);
        c = tint * (0.06 + mix(0.2, 0.55, light) * fract(facet * 5.7 + 0.3)) * exp(-0.25 * gap);
        c += sparkle(stops_, bounce, m) * mix(0.25, 0.75, light) * (0.5 + 0.8 * energy * wave01(facet + 2.0 * m) + snare * step(0.5, facet));
        c += sparkle(stops_, r, m) * (0.2 + 0.9 * fresnel) * (1.0 + high);
        c += pow(sunny, 14.0) * 0.8 * stopsGlow(stops_, 0.75);
        // Edges catch the light; veins within, where there is detail.
        float ridge = in_ - second, depthEdge = min(ridge, gap);
        c += (stopsGlow(stops_, 0.7) + 0.3) * smoothstep(0.05 + 2.0 * px, 0.0, depthEdge) * (0.35 + 0.8 * mid + energy * 0.5 + hat);
        vec3 g = q * mix(3.0, 6.0, detail) + bounce * 0.8;
        float vein = abs(flowNoise(g.xy + g.z, 0.3 * wave(m), seed));
        c += tint * detail * smoothstep(0.12, 0.0, vein) * 0.5;
        near_ = clamp(1.2 - (in_ - 3.0) * 0.5, 0.2, 1.0);
    }
    // Stars of light on it.
    for (int i = 0; i < 3; i++) {
        vec4 h = hash4(30.0 + float(i), seed);
        vec2 f = p - (h.xy - 0.5) * 1.1 * mix(0.6, 1.0, scale);
        float on = pow(wave01((2.0 + float(i)) * m + h.z), 5.0) * (0.5 + energy) + hat;
        float star = 0.0022 / (abs(f.x) + 0.012) * exp(-9.0 * abs(f.y)) + 0.0022 / (abs(f.y) + 0.012) * exp(-9.0 * abs(f.x));
        c += (stopsGlow(stops_, 0.7) + 0.4) * star * on;
    }
    c *= 1.3 * (1.0 + 0.9 * beatRing(r0));
    gl_FragColor = finishNear(c, near_);
}
