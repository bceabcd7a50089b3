/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A sea under a low sun",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 8, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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

// Height of the sea 0-1 and its slope: sharp-crested waves that repeat every turn.
float sea(vec2 p, float m, out vec2 slope) {
    float y = 0.0, amp = 1.0, norm = 0.0;
    slope = vec2(0.0);
    vec2 k = onCircle(0.21 + 0.12 * (fract(seed * 3.0) - 0.5)) * 0.16;
    for (int i = 0; i < 6; i++) {
        if (i == 5 && detail < 0.25) break;
        float at = dot(p, k) + (i % 2 == 0 ? 1.0 : 2.0) * m + 0.37 * float(i) + seed + 0.10 * warp * y;
        float w = wave01(at), g = 1.0 - w;
        y += amp * (1.0 - g * g);
        slope += amp * 2.0 * g * 3.1415927 * wave(at + 0.25) * k;
        norm += amp;
        amp *= mix(0.46, 0.62, detail);
        k = rotate(k, 1.9 + 0.5 * twist + float(i)) * 1.72;
    }
    slope /= norm;
    return y / norm;
}

vec3 heaven(Stops s, vec3 d, vec3 sunAt, float m) {
    float up = max(d.y, 0.0);
    float sunny = max(dot(d, sunAt), 0.0);
    vec3 c = mix(stopsGlow(s, 0.10 + seed), stopsLight(s, 0.10), smoothstep(0.0, 0.55, up)) * mix(0.3, 0.95, light);
    c += stopsGlow(s, 0.45) * (0.35 * pow(sunny, 8.0) + 0.8 * pow(sunny, 60.0)) * (1.0 + 0.6 * bass);
    c += (stopsGlow(s, 0.68) + 0.15) * smoothstep(0.9900, 0.9925, sunny) * 2.0;
    vec2 g = vec2(d.x, d.z) / (up + 0.12) * 0.9;
    float cloud = flowNoise(g * 1.3 + seed * 9.0, m, seed) + 0.5 * flowNoise(g * 3.1, -m, seed + 0.2);
    c += stopsGlow(s, 0.60) * smoothstep(0.15, 0.9, cloud + 0.5 * density) * smoothstep(0.02, 0.2, up) * (0.14 + 0.4 * pow(sunny, 6.0)) * mix(0.5, 1.4, light);
    return c;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float lens = mix(0.9, 1.7, scale) * (1.0 - 0.13 * kick);
    s = rotate(s, (twist - 0.3) * 0.35 + 0.06 * energy * wave(m));
    vec3 d = cameraRay(s, camx * 0.5, -0.13 + 0.14 * camy + 0.04 * energy * wave(m + 0.3), lens);
    vec3 sunAt = normalize(vec3(0.5 * (fract(seed * 7.0) - 0.5), 0.09 + 0.14 * fract(seed * 4.0), 1.0));
    float tall = mix(0.25, 1.1, energy) * (1.0 + 0.35 * bass);
    float eye = 2.1;
    vec3 c;
    float near_ = 0.0;
    if (d.y > -0.004) c = heaven(stops_, d, sunAt, m);
    else {
        // Twice to the height of the water: enough for waves that are low against the eye.
        vec2 slope;
        float t = (eye - 0.5 * tall) / -d.y;
        float y = sea(d.xz * t, m, slope);
        t = (eye - tall * y) / -d.y;
        t = min(t, 160.0);
        y = sea(d.xz * t, m, slope);
        float calm = exp(-0.022 * t);
        vec3 nrm = normalize(vec3(-slope.x * tall * 2.2 * calm, 1.0, -slope.y * tall * 2.2 * calm));
        vec3 r = reflect(d, nrm);
        r.y = abs(r.y);
        float fresnel = 0.04 + 0.96 * pow(1.0 - clamp(-dot(nrm, d), 0.0, 1.0), 4.0);
        vec3 deep = stopsGlow(stops_, 0.95 + seed) * mix(0.03, 0.16, light) + stopsGlow(stops_, 0.35 + seed) * pow(y, 3.0) * mix(0.15, 0.6, light) * calm;
        c = mix(deep, heaven(stops_, r, sunAt, m), fresnel);
        float glint = pow(max(dot(r, sunAt), 0.0), 240.0);
        c += (stopsGlow(stops_, 0.68) + 0.2) * glint * (2.0 + 2.5 * high + 2.0 * hat);
        float foam = smoothstep(0.74, 0.9, y + 0.12 * flowNoise(d.xz * t * 2.5, 2.0 * m, seed)) * calm;
        c += (stopsGlow(stops_, 0.75) + 0.25) * foam * mix(0.15, 0.75, density) * (1.0 + snare);
        float line = lineEdge(abs(fract(y * 7.0 - 2.0 * m) - 0.5) - 0.5, 0.05, 0.05 + 0.012 * t);
        c += stopsGlow(stops_, 0.5) * line * calm * (0.28 * detail + 0.5 * mid);
        c = mix(heaven(stops_, normalize(vec3(d.x, 0.0, d.z)), sunAt, m), c, exp(-0.012 * t));
        near_ = exp(-0.05 * t);
    }
    c *= 1.05 + 0.8 * beatRing(length(s));
    gl_FragColor = finishNear(c, near_);
}
