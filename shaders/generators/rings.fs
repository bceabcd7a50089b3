/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Broken rings of light that wheel against each other",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Geometry"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 13, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.2, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
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

const float COUNT = 8.0;

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 p = screenPoint();
    // A tilted disc: cheap perspective.
    vec2 lean = vec2(camx, camy) * 0.42;
    p /= 1.0 - dot(p, lean) * 0.55;
    p *= 1.0 + 0.5 * dot(lean, lean);
    p *= 1.0 - 0.18 * kick - 0.05 * bass;
    float r = length(p);
    float a = atan(p.y, p.x) / TAU;
    float lobes = 2.0 + floor(seed * 4.99);
    r *= 1.0 + mix(0.0, 0.16, warp) * sin(TAU * (a * lobes + m)) * smoothstep(0.0, 0.6, r);
    r += 0.05 * beatRing(r);
    float pitch = mix(6.5, 3.0, scale);
    float x = r * pitch - COUNT * m;
    float px = screenPixel() * pitch * 1.1;

    vec3 c = vec3(0.0);
    for (int k = -1; k <= 1; k++) {
        float i = floor(x) + float(k);
        float id = mod(i, COUNT);
        vec4 h = hash4(id, seed);
        float y = x - i - 0.5;
        float mid_ = max((i + 0.5 + COUNT * m) / pitch, 0.02);
        float way = h.x > 0.5 ? 1.0 : -1.0;
        float parts = 1.0 + floor(h.y * 4.0);
        float turns = way * (h.z > 0.6 ? 2.0 : 1.0);
        float w = (a + turns * m) * parts + twist * 1.5 * r * way + h.w;
        float arc = abs(fract(w) - 0.5);
        float span = mix(0.18, 0.47, fract(h.w * 5.3 + 0.35 * density)) * mix(0.7, 1.05, density);
        float soft = px / pitch * parts / (TAU * mid_);
        float along = 1.0 - smoothstep(span - soft, span + soft, arc);
        float tail = mix(1.0, fract(w * way), 0.55);

        // Four makes of ring: solid, hollow, ticks, dots.
        float make = floor(fract(h.z * 3.7 + h.y) * mix(2.0, 4.0, detail) * 0.999);
        float wide = mix(0.10, 0.36, h.w) * mix(0.8, 1.15, light) * (1.0 + 0.35 * mid * h.x);
        float body = fillEdge(abs(y) - wide, 1.4 * px);
        float n = parts * 2.0 * max(floor(mid_ * 9.0 / parts), 1.0);
        float tick = fract((a + turns * m) * n) - 0.5;
        float one = n / (TAU * mid_);
        float pt = px / pitch * one;
        if (make == 1.0) body *= 1.0 - 0.85 * fillEdge(abs(y) - wide * 0.62, 1.4 * px);
        if (make == 2.0) body *= fillEdge(abs(tick) - 0.27, 1.4 * pt);
        if (make == 3.0) body = fillEdge(length(vec2(tick / one * pitch, y)) - wide * 0.8, 1.6 * px);
        body = mix(body, 0.4 * fillEdge(abs(y) - wide, 1.4 * px), smoothstep(0.2, 0.5, make >= 2.0 ? pt : 0.0));

        float t = id / COUNT + 0.15 * arc;
        vec3 lamp = stopsGlow(stops_, t);
        float power = mix(0.75, 1.5, wave01(h.x + m * 2.0)) * tail * (1.0 + 0.7 * bass * h.y + 1.2 * snare * h.x);
        c += lamp * body * along * power;
        float halo = glowFall(max(abs(y) - wide, 0.0), 0.13);
        c += lamp * halo * halo * (0.05 + 0.34 * along * mix(1.0, 0.7, light)) * (0.6 + 0.8 * energy);
        float head = exp(-pow((fract(w * way) - 0.5 - span * 0.9) * 26.0 * mid_ / parts, 2.0));
        c += (lamp + 0.4) * head * along * body * (0.5 + 1.5 * energy + 2.0 * hat);
        c += stopsLight(stops_, t + 0.6) * fillEdge(abs(y) - 0.47, px) * 0.22 * light;
        c += lamp * detail * 0.22 * lineEdge(abs(y) - 0.46, 0.012, px);
    }
    c += stopsGlow(stops_, m) * (0.014 + 0.03 * bass + 0.03 * kick) / (r * r + 0.015);
    c *= smoothstep(3.4, 1.0, r) * (1.0 + 0.5 * high * wave01(a * 12.0 + 3.0 * m));
    gl_FragColor = finish(c);
}
