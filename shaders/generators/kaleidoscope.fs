/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A mandala of folded, jewelled petals",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Symmetry"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 10, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 6, "VALUES": [3, 4, 5, 6, 8, 10, 12], "LABELS": ["3", "4", "5", "6", "8", "10", "12"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.55, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "energy", "LABEL": "Energy", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "seed", "LABEL": "Seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
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
    float n = float(symmetry);
    float px = screenPixel();
    vec2 p = screenPoint();
    float r0 = length(p);
    p *= mix(0.65, 1.35, scale) * (1.0 - 0.17 * kick - 0.06 * bass + 0.10 * beatRing(r0));
    float r = length(p);
    p = rotate(p, TAU * m / n + (twist - 0.3) * 1.1 * quickSin(2.2 * r - TAU * m));
    vec2 q = foldWedge(p, n);

    float grow = mix(1.12, 1.34, density);
    float zoom = mix(0.65, 1.35, scale);
    vec3 c = vec3(0.0);
    float t = seed + m;
    float leadLine = 0.0;
    float shade = 1.0;
    for (int i = 0; i < 5; i++) {
        float k = float(i);
        float h = hash1(k, seed);
        vec2 pull = mix(vec2(0.28, 0.12), vec2(0.55, 0.38), vec2(h, fract(h * 7.7)));
        q = abs(q) - pull * (1.0 + 0.25 * energy * wave(m + h));
        q = rotate(q, (h - 0.5) * 2.4 + mix(0.12, 0.55, warp) * wave((i % 2 == 0 ? m : -m) + 0.2 * k));
        q *= grow;
        zoom *= grow;
        float size = mix(0.22, 0.5, fract(h * 13.1)) * (1.0 + 0.3 * mid);
        float d = i % 2 == 0 ? length(q) - size : sdBox(q, vec2(size, size * 0.45)) - 0.08;
        float one = px * zoom;
        float inside = fillEdge(d, 1.5 * one);
        float dome = clamp(-d / size, 0.0, 1.0);
        t += 0.17 * inside + 0.05 * h;
        vec3 jewel = stopsGlow(stops_, t + 0.35 * dome);
        c = mix(c, jewel * (0.25 + 0.75 * dome + 0.5 * pow(dome, 4.0)) * mix(0.35, 1.2, light), inside * 0.85);
        float line = glowFall(d, 0.012 + 0.4 * one + 0.03 * (1.0 - light));
        leadLine = max(leadLine, line * mix(1.0, 0.45, k / 4.0));
        float hair = lineEdge(abs(fract(d * 6.0 - 2.0 * m) - 0.5) - 0.5, 0.06, 6.0 * one);
        c += detail * 0.35 * hair * inside * jewel * smoothstep(0.3, 0.1, one * 2.0);
        shade *= mix(1.0, 0.55 + 0.45 * smoothstep(0.0, 0.35, abs(d)), 0.8);
    }
    float ground = 0.5 + 0.5 * quickCos(5.0 * length(q) / grow - TAU * 2.0 * m);
    c += stopsLight(stops_, t + 0.2 * length(q)) * ground * ground * mix(0.05, 0.3, light);
    c *= shade * 1.8;
    vec3 lamp = stopsGlow(stops_, t + 0.5 - 0.25 * r);
    c += lamp * leadLine * leadLine * (0.75 + 0.9 * energy * wave01(1.5 * r - 2.0 * m) + 1.5 * high + snare);
    c += stopsGlow(stops_, m) * 0.05 * (1.0 + 2.0 * bass) / (r * r + 0.06);
    c *= 1.0 - 0.45 * smoothstep(0.7, 2.2, r0);
    gl_FragColor = finish(c * (1.0 + 0.3 * hat * wave01(4.0 * r)));
}
