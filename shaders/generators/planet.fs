/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A banded planet with its ring and its moons",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Space"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 12, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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

vec3 starsOf(Stops s, vec3 d, float m) {
    vec2 g = vec2(atan(d.x, d.z) * 9.0, d.y * 11.0);
    vec3 c = vec3(0.0);
    for (int i = 0; i < 2; i++) {
        vec4 h = hash4(floor(g), seed + 0.3 * float(i));
        vec2 o = fract(g) - 0.5 - (h.xy - 0.5) * 0.7;
        c += (stopsGlow(s, h.z) + 0.4) * exp(-dot(o, o) * 220.0) * step(0.5, h.w) * (0.6 + 0.5 * wave(2.0 * m + h.z) + 1.8 * hat);
        g = g * 1.7 + 5.0;
    }
    float cloud = flowFbm(d.xy * 1.6 + 7.0 * seed, m, 3, 0.5, seed);
    return c + stopsGlow(s, 0.3 + 0.3 * cloud + seed) * smoothstep(-0.1, 0.9, cloud) * mix(0.06, 0.42, density) * (1.0 + bass);
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float r0 = length(s);
    s = rotate(s - 0.45 * vec2(camx, 0.6 * camy), 0.5 * (fract(seed * 5.0) - 0.5) + 0.06 * wave(m));
    float size = mix(0.38, 0.92, scale) * (1.0 + 0.10 * kick + 0.03 * bass);
    float px = screenPixel();
    float tilt = 0.28 + 0.35 * (twist - 0.3) + 0.10 * wave(m);
    vec3 sunAt = normalize(vec3(wave(0.1 + 0.35 * fract(seed * 3.0)), 0.35, 0.75 - 0.9 * fract(seed * 7.0)));
    vec3 c = starsOf(stops_, normalize(vec3(s, 1.4)), m);
    float near_ = 0.0;

    vec2 q = s / size;
    float rr = dot(q, q);
    float d = (sqrt(rr) - 1.0) * size;
    // The air round it, lit on the side of the sun.
    vec2 away = q / max(sqrt(rr), 1e-3);
    float day = smoothstep(-0.5, 0.9, dot(away, sunAt.xy) + 0.3 * sunAt.z);
    c += stopsGlow(stops_, 0.55 + seed) * exp(-max(d, 0.0) * 7.0 / size) * (0.25 + 0.9 * day) * mix(0.4, 1.0, light) * (1.0 + high);
    if (rr < 1.08) {
        vec3 nrm = vec3(q, sqrt(max(1.0 - rr, 0.0)));
        vec3 g = nrm;
        g.yz = rotate(g.yz, -tilt);
        float lon = atan(g.x, g.z) / TAU + m, lat = g.y;
        float swirl = flowNoise(vec2(lat * 5.0, 3.0) + vec2(0.0, 2.5 * wave(lon)), m, seed) * mix(0.03, 0.26, warp);
        swirl += 0.5 * warp * 0.2 * flowNoise(vec2(lat * 9.0 + 1.7 * wave(2.0 * lon), 2.0 * wave(lon + 0.25)), -m, seed + 0.3);
        float land = flowFbm(vec2(2.0 * wave(lon), 2.0 * wave(lon + 0.25)) * 0.8 + g.y * 2.1 + 3.0 * seed, 0.2 * wave(m), 4, mix(0.4, 0.8, detail), seed);
        float banded = step(0.45, fract(seed * 11.0 + 0.1));
        float t = mix(0.5 + 0.8 * land, (lat + swirl) * mix(0.9, 2.3, density) + 0.12 * land * detail, banded);
        vec3 skin = banded > 0.5 ? stopsGlow(stops_, t + seed) : mix(stopsGlow(stops_, 0.95 + seed) * 0.35, stopsGlow(stops_, 0.2 + 0.5 * t + seed), smoothstep(0.42, 0.55, t));
        float stripe = wave01(t * 5.0 + swirl * 4.0);
        skin *= 0.7 + 0.45 * mix(1.0, stripe, 0.6 * detail);
        float sun = dot(nrm, sunAt);
        float lit = smoothstep(-0.12, 0.8, sun);
        vec3 ball = skin * (0.02 + mix(0.55, 1.35, light) * lit);
        // Lights of the night side, and storms.
        vec2 w = vec2(lon * 44.0, lat * 16.0);
        float town = step(0.72, hash1(vec2(mod(floor(w.x), 44.0), floor(w.y)), seed)) * smoothstep(0.5, 0.2, length(fract(w) - 0.5));
        ball += stopsGlow(stops_, 0.7) * town * (1.0 - lit) * smoothstep(0.0, 0.5, nrm.z) * (0.35 + 1.4 * energy + snare) * 0.8;
        float rim = pow(1.0 - nrm.z, 3.0);
        ball += stopsGlow(stops_, 0.55 + seed) * rim * (0.15 + 1.1 * lit) * (1.0 + 0.8 * mid);
        float cover = fillEdge(d, 1.6 * px);
        c = mix(c, ball, cover);
        near_ = cover * (0.45 + 0.55 * nrm.z);
    }
    // The ring: a plane seen at a slant; half of it before the ball.
    float slant = 0.16 + 0.5 * abs(sin(tilt));
    vec2 f = vec2(q.x, q.y / slant);
    float rad = length(f);
    bool front = q.y < 0.0;
    float span = smoothstep(1.28, 1.33, rad) * smoothstep(2.15, 2.05, rad) * step(fract(seed * 13.0), 0.72);
    float groove = tileNoise(vec2(rad * mix(9.0, 20.0, detail), 1.0), vec2(256.0, 4.0), seed);
    float ang = atan(f.y, f.x) / TAU;
    float dust = 0.75 + 0.25 * wave(ang * 3.0 + m) + 0.8 * energy * pow(wave01(ang - m), 8.0);
    float veil = span * smoothstep(0.15, 0.55, groove) * (front || rr > 1.0 ? 1.0 : 0.0);
    float shadow = front ? 1.0 : mix(1.0, 0.3, smoothstep(0.2, -0.6, dot(away, sunAt.xy)));
    vec3 band = stopsGlow(stops_, 0.35 * rad + seed + 0.3) * dust * shadow * (mix(0.35, 0.9, light) + 0.7 * snare * groove + 0.5 * bass);
    c = mix(c, band, veil * 0.85);
    near_ = max(near_, veil * (front ? 0.9 : 0.3));
    // Moons.
    for (int i = 0; i < 3; i++) {
        vec4 h = hash4(20.0 + float(i), seed);
        if (float(i) > 0.5 + 2.5 * density) break;
        vec2 at = onCircle(m * (i == 0 ? 1.0 : 2.0) + h.x) * (1.35 + 0.45 * float(i)) * vec2(1.0, slant);
        float rad2 = mix(0.06, 0.15, h.y) * (1.0 + 0.2 * bass);
        vec2 o = (q - at) / rad2;
        float behind = at.y > 0.0 && rr < 1.0 ? 0.0 : 1.0;
        float z = sqrt(max(1.0 - dot(o, o), 0.0));
        float lit = max(dot(vec3(o, z), sunAt), 0.0);
        float cover = fillEdge((length(o) - 1.0) * rad2 * size, 1.5 * px) * behind;
        c = mix(c, stopsGlow(stops_, h.z) * (0.05 + 1.1 * lit), cover);
        near_ = mix(near_, at.y > 0.0 ? 0.3 : 1.0, cover);
    }
    vec2 glare = s - sunAt.xy * 1.5;
    c += (stopsGlow(stops_, 0.65) + 0.15) * 0.02 / (dot(glare, glare) + 0.02) * mix(0.5, 1.2, light) * (1.0 + kick);
    c *= 1.15 * (1.0 + 0.9 * beatRing(r0));
    gl_FragColor = finishNear(c, near_);
}
