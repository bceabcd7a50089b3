/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A fire that fills the lower half of the picture",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Organic"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 1, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint() - vec2(camx * 0.5, camy * 0.25);
    float r0 = length(screenPoint());
    s *= 1.0 - 0.12 * kick;
    float y = s.y + 1.0;
    // The tongues lean and sway, more at the top.
    s.x += (twist - 0.3) * 0.9 * y * y * 0.4 * wave(m + 0.2 * y) + warp * 0.16 * y * quickSin(3.0 * y - TAU * 2.0 * m + TAU * seed);
    float zoom = mix(3.4, 1.3, scale);
    vec2 p = s * vec2(zoom, zoom * 0.55);
    // Fire rises by whole periods of the noise in one turn.
    float rise = 8.0 * m;
    vec2 q = vec2(p.x + 20.0, p.y - rise);
    float a = tileNoise(q, vec2(64.0, 8.0), seed);
    q = vec2(p.x * 2.1 + 31.0 + 0.9 * a, p.y * 2.0 - 2.0 * rise);
    float b = tileNoise(q, vec2(64.0, 16.0), seed + 0.2);
    q = vec2(p.x * 4.3 + 40.0 + 1.3 * b, p.y * 4.0 - 4.0 * rise);
    float d = tileNoise(q, vec2(64.0, 32.0), seed + 0.4);
    float fine = tileNoise(vec2(p.x * 9.0 + 2.0 * d, p.y * 8.0 - 8.0 * rise), vec2(64.0, 64.0), seed + 0.6);
    float n = 0.46 * a + 0.30 * b + 0.17 * d + 0.10 * detail * (fine - 0.3);

    float tall = mix(0.75, 1.65, energy) * (1.0 + 0.28 * bass + 0.2 * kick);
    float columns = 0.75 + 0.35 * tileNoise(vec2(p.x * 0.8 + 16.0, 4.0 * m), vec2(64.0, 4.0), seed + 0.8);
    float hot = n * mix(1.5, 2.0, density) + 0.55 - y / (tall * columns);
    float body = smoothstep(0.05, 0.55, hot);
    float core = smoothstep(0.42, 1.15, hot);
    float heart = smoothstep(0.85, 1.6, hot);
    vec3 c = stopsLight(stops_, 0.02) * 0.35;
    c += stopsGlow(stops_, 0.05 + seed * 0.2) * 0.28 * mix(0.3, 1.0, light) * exp(-1.1 * y) * (1.0 + bass);
    vec3 fire = mix(stopsGlow(stops_, 0.05), stopsGlow(stops_, 0.30), core);
    fire = mix(fire, stopsGlow(stops_, 0.55), heart);
    fire = mix(fire, stopsGlow(stops_, 0.72) + 0.1, smoothstep(1.3, 2.1, hot));
    // Tongues: bright edges where the fire ends.
    float edge = exp(-pow((hot - 0.22) * mix(7.0, 13.0, detail), 2.0));
    c = mix(c, fire * mix(0.55, 1.35, light), body);
    c += stopsGlow(stops_, 0.4) * edge * (0.22 + 0.5 * high + 0.8 * snare);
    c += fire * core * 0.35 * mid;
    // Embers rise faster than the flames.
    for (int i = 0; i < 2; i++) {
        float z = 5.0 + 4.0 * float(i);
        vec2 g = vec2(s.x * z + 0.5 * quickSin(2.0 * y + TAU * m), s.y * z - (12.0 + 6.0 * float(i)) * m);
        vec4 h = hash4(vec2(floor(g.x), mod(floor(g.y), 12.0 + 6.0 * float(i))), seed + 0.3 * float(i));
        vec2 o = fract(g) - 0.5 - (h.xy - 0.5) * 0.8;
        float ember = exp(-dot(o, o) * mix(220.0, 80.0, h.z)) * step(mix(0.9, 0.5, density), h.w);
        c += stopsGlow(stops_, 0.4 + 0.3 * h.z) * ember * (0.9 + 2.0 * hat) * smoothstep(2.2, 0.6, y);
    }
    c *= 1.1 * (1.0 + 0.8 * beatRing(r0));
    gl_FragColor = finish(c);
}
