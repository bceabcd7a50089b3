/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A sun over mountains and an endless neon grid",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Landscape"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 7, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
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

// A mountain range: folded sines, higher to the sides.
float range(float x, float salt, float rough) {
    float f = abs(quickSin(1.3 * x + 9.0 * salt)) * 0.5 + abs(quickSin(2.7 * x + 17.0 * salt + 1.0)) * 0.3;
    f += rough * (abs(quickSin(6.1 * x + 31.0 * salt)) * 0.14 + abs(quickSin(13.7 * x + 5.0 * salt)) * 0.06);
    return f;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 p = screenPoint();
    float px = screenPixel();
    float level = -0.16 + 0.22 * camy;
    float x = p.x + 0.35 * camx;

    // Sky, stars, and the sun with slits sinking through it.
    float up = p.y - level;
    vec3 c = stopsLight(stops_, 0.03) * 0.6 + stopsGlow(stops_, 0.0) * 0.45 * mix(0.4, 1.3, light) * exp(-2.2 * max(up, 0.0));
    c += stopsGlow(stops_, 0.3) * 0.7 * mix(0.5, 1.4, light) * exp(-7.0 * max(up, 0.0)) * (1.0 + bass);
    vec2 g = p * 7.0 + 31.0 * seed;
    vec4 h = hash4(floor(g), seed);
    vec2 sd = fract(g) - 0.5 - (h.xy - 0.5) * 0.6;
    float twinkle = 0.5 + 0.5 * wave(3.0 * m + h.z) + 2.0 * hat;
    float ss = max(0.05, 7.0 * px);
    c += smoothstep(0.35, 0.9, up) * step(0.55, h.w) * exp(-dot(sd, sd) / (ss * ss)) * twinkle * 0.9;

    float radius = mix(0.34, 0.62, scale) * (1.0 + 0.14 * kick + 0.06 * bass);
    vec2 s = vec2(x, p.y - level - radius * (0.62 + 0.08 * wave(m)));
    float ball = length(s);
    float v = (s.y / radius + 1.0) * 0.5;
    float slits = v * mix(6.0, 11.0, density) + 4.0 * m;
    float gap = mix(0.36, 0.0, smoothstep(0.0, 0.78, v));
    float one = px / radius * 6.0;
    float bar = clamp((abs(fract(slits) - 0.5) - gap) / one + 0.5, 0.0, 1.0);
    bar = mix(1.0, bar, smoothstep(0.85, 0.6, v));
    float disc = fillEdge(ball - radius, 1.5 * px);
    vec3 sun = mix(stopsGlow(stops_, 0.22), stopsGlow(stops_, 0.72), smoothstep(0.05, 0.9, v)) * 1.25 + 0.15 * v;
    c = mix(c, sun, disc * bar);
    float aura = max(ball - radius, 0.0);
    vec3 halo = stopsGlow(stops_, 0.35) * (0.55 * exp(-9.0 * aura) + 0.22 * exp(-2.5 * aura)) * (1.0 + 0.8 * bass);
    c += halo * mix(0.7, 1.2, light) * (1.0 - disc);

    // Two ranges against it, edges lit.
    for (int i = 0; i < 2; i++) {
        float k = float(i);
        float mx = x * (1.0 + 0.3 * k) + 0.12 * (1.0 + k) * wave(m) + 7.0 * k;
        float valley = smoothstep(0.1, 1.5, abs(x) + 0.3 * k - 0.15);
        float peak = level + range(mx, seed, 0.4 + detail) * mix(0.06, 0.62, valley) * mix(0.75, 0.5, k);
        float d = p.y - peak;
        vec3 rock = stopsLight(stops_, 0.04 + 0.05 * k) * 0.5 + stopsGlow(stops_, 0.1 + 0.45 * k) * 0.10 * light;
        rock += stopsGlow(stops_, 0.9 - 0.4 * k) * exp(d * 9.0) * mix(0.25, 0.5, light);
        float contour = abs(fract(d * 14.0 - 1.0 * m) - 0.5);
        rock += detail * stopsGlow(stops_, 0.6 + 0.3 * k) * smoothstep(0.14 + 14.0 * px, 0.0, contour) * 0.35 * exp(d * 4.0) * (1.0 + 2.0 * mid);
        c = mix(c, rock, fillEdge(d, 1.6 * px));
        c += stopsGlow(stops_, 0.55 + 0.3 * k) * glowFall(d, 0.012 + 0.5 * px) * 0.7 * step(level, p.y);
    }

    // The plain.
    float down = level - p.y;
    float floor_ = fillEdge(-down, 1.5 * px);
    float dist = 0.42 / max(down, 0.004);
    float road = x * dist * 1.15 + warp * 0.9 * quickSin(0.45 * dist + TAU * m) * smoothstep(0.5, 6.0, dist);
    float cells = mix(2.2, 1.1, scale);
    float gx = road * cells * 1.1, gz = 0.8 * dist * cells + 8.0 * m;
    float hill = wave01(0.125 * gz * 2.0 - 2.0 * m + seed) * wave01(0.21 * road + seed);
    float wx = px * dist * 1.4 * cells, wz = 0.8 * px * dist * dist / 0.42 * cells;
    float thick = mix(0.02, 0.045, energy) * (1.0 + 0.8 * bass);
    float lx = abs(fract(gx) - 0.5), lz = abs(fract(gz) - 0.5);
    float hard = max(lineEdge(0.5 - lx, thick, wx), lineEdge(0.5 - lz, thick, wz));
    float soft = glowFall(0.5 - lx, 0.07 + wx) * smoothstep(0.8, 0.2, wx) + glowFall(0.5 - lz, 0.07 + wz) * smoothstep(0.8, 0.2, wz);
    vec3 wire = stopsGlow(stops_, 0.5 + 0.06 * dist + 0.2 * hill - m);
    float pulse = pow(wave01(0.5 * gz - 6.0 * m), 10.0);
    vec3 plain = stopsLight(stops_, 0.02) * 0.3;
    plain += wire * (hard * 1.1 + soft * 0.32) * (0.75 + 1.8 * pulse * energy + 1.3 * snare * pulse);
    vec2 tile = vec2(floor(gx), mod(floor(gz), 8.0));
    float lit = smoothstep(mix(0.95, 0.6, density), 1.0, wave01(hash1(tile, seed) + 2.0 * m));
    plain += stopsGlow(stops_, hash1(tile, seed + 0.5)) * lit * mix(0.1, 0.55, light) * (1.0 + high) * smoothstep(0.7, 0.2, max(wx, wz)) * (1.0 - hard);
    // The sun lies on the plain as a path of light.
    float path = exp(-pow(x / (radius * (0.45 + 0.5 * down)), 2.0)) * exp(-1.3 * down);
    plain += mix(stopsGlow(stops_, 0.3), stopsGlow(stops_, 0.7), exp(-4.0 * down)) * path * mix(0.25, 0.7, light) * (0.65 + 0.35 * quickSin(26.0 * log(dist) + TAU * 3.0 * m));
    plain = mix(plain, stopsGlow(stops_, 0.45) * (0.9 + bass), exp(-26.0 * down) * 0.85);
    c = mix(c, plain, floor_);
    c += stopsGlow(stops_, 0.6) * glowFall(p.y - level, 0.010 + 0.5 * px) * (0.9 + kick);
    c *= 1.0 + 0.8 * beatRing(length(s) - radius + 0.2);
    gl_FragColor = finishNear(c, floor_ * exp(-0.15 * dist));
}
