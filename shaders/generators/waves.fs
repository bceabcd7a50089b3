/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Ranks of swell, each crest lit from behind",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Landscape"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 8, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.55, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "camx", "LABEL": "Camera X", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
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
    vec2 p = screenPoint();
    float px = screenPixel();
    int count = int(mix(5.0, 9.99, density));
    float horizon = 0.50;

    // Sky: a low sun behind the furthest crest.
    vec2 sun = vec2(p.x + 0.9 * camx + 0.25 * wave(m), p.y - horizon - 0.10);
    float far = length(sun);
    vec3 c = stopsGlow(stops_, 0.18 + 0.25 * far) * mix(0.10, 0.75, light) * exp(-1.3 * far) + stopsLight(stops_, 0.05) * 0.5;
    float disc = fillEdge(far - 0.27 * (1.0 + 0.15 * kick + 0.1 * bass), 1.5 * px);
    c += stopsGlow(stops_, 0.66) * (0.30 * exp(-4.0 * max(far - 0.27, 0.0)) * (1.0 + bass) + disc * (0.8 + 0.6 * smoothstep(-0.2, 0.3, sun.y)));

    vec3 glitter = stopsGlow(stops_, 0.66);
    float lines = mix(2.5, 6.0, detail);
    for (int i = 0; i < 10; i++) {
        if (i >= count) break;
        float k = (float(i) + 0.5) / float(count);
        float near = k * (0.35 + 0.65 * k);
        float h = hash1(float(i), seed);
        float x = (p.x + camx * (0.2 + near)) / (mix(0.55, 1.6, near) * mix(0.7, 1.4, scale));
        float way = i % 2 == 0 ? 1.0 : -1.0;
        float a = TAU * (m * way + h);
        float swell = 0.55 * quickSin(1.7 * x + a) + 0.28 * quickSin(3.1 * x - 2.0 * a + 1.0);
        float crest = quickSin(2.3 * x + warp * 1.3 * quickSin(1.9 * x + a) + 2.0 * a);
        swell += 0.30 * (1.0 - 2.0 * abs(crest)) * (0.25 + 0.75 * warp) ;
        float lift = mix(0.05, 0.34, near) * mix(0.6, 1.3, energy) * (1.0 + 0.8 * bass + 0.5 * kick);
        float top = mix(horizon, -0.95, near) + lift * swell + 0.05 * kick * near + 0.08 * beatRing(2.0 * k);
        float d = p.y - top;
        float cover = fillEdge(d, 1.5 * px);
        float below = max(-d, 0.0);
        float deep = below / (lift * 1.6 + 0.06);

        // Light comes through the thin crest and dies in the deep; colours roll towards the shore.
        float t = k * 0.9 - m + 0.10 * swell;
        float through = 1.0 / (1.0 + 2.2 * deep * deep);
        vec3 water = stopsGlow(stops_, t + 0.12 * deep) * (mix(0.03, 0.12, light) + mix(0.12, 1.0, light) * through) * (0.72 + 0.45 * swell);
        float rows = deep * lines - 2.0 * m;
        float wide = lines * px / (lift * 1.6 + 0.06) * 1.5;
        float thread = smoothstep(0.22 + wide, 0.0, abs(fract(rows) - 0.5)) * smoothstep(0.7, 0.2, wide);
        vec3 lamp = stopsGlow(stops_, t + 0.3);
        water += detail * thread * lamp * (0.08 + 0.4 * through) * (1.0 + 1.5 * mid);
        float run = wave01(0.3 * x * way + m + h);
        run *= run * run;
        float foam = glowFall(below, 0.010 + 0.02 * near);
        water += lamp * foam * (0.45 + 1.5 * run * energy + 1.2 * snare + 0.8 * hat * smoothstep(0.0, 1.0, wave01(1.5 * x + h)));
        float path = glowFall(sun.x + 0.25 * swell, 0.10 + 0.45 * near) * (0.4 + 0.6 * through);
        water += glitter * path * through * mix(0.25, 0.5, light) * (1.0 + bass);
        c = mix(c, water, cover);
        c += lamp * glowFall(max(d, 0.0), 0.012 + 0.03 * near) * (1.0 - cover) * (0.12 + 0.4 * run) * (1.0 - 0.5 * light);
    }
    gl_FragColor = finish(c * (1.05 + 0.3 * high));
}
