/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A galaxy of embers in orbit",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Space"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 1, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 2, "VALUES": [1, 2, 3, 4, 5], "LABELS": ["1", "2", "3", "4", "5"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "camx", "LABEL": "Camera X", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "camy", "LABEL": "Camera Y", "TYPE": "float", "DEFAULT": 0.2, "MIN": -1.0, "MAX": 1.0},
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

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float px = screenPixel();
    float tilt = mix(0.32, 0.95, 0.5 + 0.5 * camy);
    s = rotate(s, 0.6 * camx + 0.18 * wave(m));
    float zoom = mix(1.25, 0.75, scale) * (1.0 - 0.16 * kick - 0.05 * bass);
    vec2 p = s * zoom;
    px *= zoom;
    float arms = float(symmetry);
    float curl = mix(0.6, 2.2, twist);
    // The arms turn by one or two arms a loop, the rings by half a turn or a whole one.
    float drift = floor(max(arms, 2.0) * 0.5) * m;

    // Dust of the disc.
    vec2 disc = vec2(p.x, p.y / tilt);
    float R = length(disc);
    float A = atan(disc.y, disc.x) / TAU;
    float lane = wave01(arms * (A + 0.22 * curl * log(R + 0.08)) - drift + 0.25);
    vec2 q = rotate(disc, curl * 1.4 * log(R + 0.15)) + 0.3 * onCircle(m);
    float dust = 0.6 + 0.6 * flowNoise(q * mix(2.0, 3.6, detail) + 9.0 * seed, m, seed);
    vec3 c = stopsGlow(stops_, 0.15 + 0.4 * R + 0.2 * dust) * exp(-1.7 * R) * dust * (0.15 + lane * lane) * mix(0.3, 1.7, light);
    float core = length(vec2(p.x, p.y / mix(tilt, 1.0, 0.6)));
    vec3 heart = stopsGlow(stops_, 0.72);
    c += heart * (0.026 + 0.03 * bass + 0.04 * kick) / (core * core + 0.02) + heart * 0.10 * exp(-5.0 * core);

    // Embers: two discs of rings, each ember in its own slot of a ring, every ring wheeling whole turns.
    for (int k = 0; k < 2; k++) {
        float fk = float(k);
        float lean = tilt * (1.0 - 0.14 * fk);
        vec2 g = rotate(p, 0.2 * (fk - 0.5) * (0.3 + warp));
        vec2 f = vec2(g.x, g.y / lean);
        float r = length(f), a = atan(f.y, f.x) / TAU;
        float pitch = mix(0.16, 0.100, density) * (1.0 + 0.3 * fk);
        for (int j = -1; j <= 1; j++) {
            float ring = max(floor(r / pitch) + float(j), 1.0);
            float mid_ = (ring + 0.5) * pitch;
            float slots = 2.0 * floor(TAU * mid_ / (pitch * 2.3));
            float way = (ring < 4.0 ? 1.0 : 0.5) * m;
            float slot = floor((a - way) * slots - 0.5);
            float lag = arms * 0.22 * curl * log(mid_ + 0.08) - drift;
            vec3 tint = stopsGlow(stops_, 0.85 - 0.75 * mid_);
            vec3 other = stopsGlow(stops_, 1.2 - 0.75 * mid_);
            float once = float(floor(r / pitch) + float(j) >= 1.0);
            for (int e = 0; e < 2; e++) {
                vec4 h = hash4(vec2(mod(slot + float(e), 0.5 * slots), ring + 64.0 * fk), seed);
                float ang = (slot + float(e) + 0.5 + (h.x - 0.5) * 0.5) / slots + way;
                float bob = wave(2.0 * m + h.z);
                float rad = mid_ + pitch * (0.7 * (h.y - 0.5) + 0.25 * warp * bob);
                vec2 at = rad * onCircle(ang) * vec2(1.0, lean);
                at.y += (h.z - 0.5) * pitch * 0.5 * (1.0 + energy * bob);
                vec2 off = g - at;
                float d2 = dot(off, off);
                float arm = wave01(arms * ang + lag + 0.25);
                float size = max(mix(0.011, 0.032, h.w * h.w) * (0.8 + 0.5 * fk) * (1.0 + 0.6 * mid * h.x), 1.25 * px);
                float power = mix(0.14, 1.0, arm * arm) * mix(0.5, 1.4, h.z) / (0.8 + 0.7 * rad);
                power *= 0.7 + 0.5 * bob * energy + hat * 1.6 * step(0.55, h.x) + snare * step(h.x, 0.3);
                float u = d2 / (size * size);
                float spot = exp(-u);
                float halo = max(1.0 - d2 / (pitch * pitch), 0.0) / (1.0 + u);
                c += (mix(tint, other, h.x) * (1.6 * spot + 0.6 * halo) + 0.6 * spot * spot) * max(power, 0.02) * 1.5 * once;
            }
        }
    }
    // A few embers out of focus in front.
    vec2 b = rotate(s, 0.5) * 1.5 + 0.6 * onCircle(m) + 23.0 * seed;
    vec4 h = hash4(floor(b), seed + 0.7);
    float off = length(fract(b) - 0.5 - (h.xy - 0.5) * 0.4 - 0.06 * onCircle(h.z + m));
    float size = mix(0.08, 0.2, h.w);
    float bokeh = smoothstep(size, size - 0.03 - 1.5 * px, off) * (0.6 + 0.6 * smoothstep(size * 0.5, size, off));
    c += stopsGlow(stops_, h.z) * bokeh * step(0.55, h.x) * (0.06 + 0.14 * detail) * wave01(m + h.y) * (1.0 + 2.0 * high);
    c *= 1.0 + 1.2 * beatRing(R);
    gl_FragColor = finish(c);
}
