/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Traces, pads and chips with current running through",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Lines"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 5, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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

// How the trace of a tile runs, by its hash: straight, two bends, or a crossing. Distance, and the way along it.
float trace(vec2 f, float kind, out float along) {
    if (kind < 0.34) { along = f.x + 0.5; return abs(f.y); }
    if (kind < 0.5) { along = f.y + 0.5; return abs(f.x); }
    // Two diagonals that join neighbouring sides, as printed circuits bend at 45 degrees.
    vec2 g = kind < 0.75 ? f : vec2(-f.x, f.y);
    along = 0.5 + (g.x - g.y) * 0.5;
    return (abs(abs(g.x + g.y) - 0.5)) * 0.7071068;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float r0 = length(s);
    s *= 1.0 - 0.15 * kick;
    s = rotate(s, (twist - 0.3) * 1.2);
    vec2 lean = vec2(camx, camy) * 0.42;
    s /= 1.0 - clamp(dot(s, lean), -2.0, 0.9);
    s += 0.45 * onCircle(m + seed) + warp * 0.10 * vec2(quickSin(2.0 * s.y + TAU * m), quickSin(2.2 * s.x + TAU * m));
    vec3 c = stopsLight(stops_, 0.03) * 0.55 + stopsGlow(stops_, 0.35) * 0.045 * mix(0.4, 2.0, light);
    float zoom = mix(6.5, 2.6, scale);
    for (int layer = 0; layer < 2; layer++) {
        float k = float(layer);
        float z = zoom * (k < 0.5 ? 2.0 : 1.0);
        vec2 p = s * z + 40.0 + 13.0 * k + 5.0 * seed;
        float px = screenPixel() * z * 1.2;
        vec2 cell = floor(p), f = p - cell - 0.5;
        vec4 h = hash4(cell, seed + 0.3 * k);
        float along, d = trace(f, h.x, along);
        float there = step(hash1(floor(cell / 3.0), seed + 0.9), mix(0.6, 1.0, density));
        float wide = 0.075;
        vec3 tint = stopsGlow(stops_, 0.35 * hash1(floor(cell / 2.0), seed) + 0.2 * k + seed + 0.12 * r0);
        float power = mix(0.22, 1.0, k) * there;
        float copper = fillEdge(d - wide, 1.5 * px);
        c = mix(c, tint * mix(0.14, 0.6, light), copper * power);
        c += tint * lineEdge(d - wide, 0.015, px) * power * detail * (0.7 + mid);
        // Current: pulses that pass from tile to tile in rows.
        float run = fract(0.5 * (along + cell.x) + 0.5 * floor(h.w * 2.0) + (h.w > 0.5 ? 1.0 : -1.0) * (2.0 + k) * m);
        float pulse = exp(-pow((run - 0.5) * mix(9.0, 5.0, energy), 2.0));
        c += (tint * 1.3 + 0.25) * glowFall(d, wide * 0.9) * pulse * power * (0.25 + 1.1 * energy + 1.5 * snare + high);
        // Pads at the joints.
        float pad = length(f) - 0.17 - 0.08 * h.w;
        float on = step(0.78, h.z) * there;
        float ring = fillEdge(abs(pad) - 0.05, 1.5 * px);
        c = mix(c, stopsGlow(stops_, 0.7 + seed) * mix(0.4, 1.1, light), ring * on * power);
        c *= 1.0 - 0.8 * on * power * fillEdge(pad + 0.05, 1.5 * px);
        c += stopsGlow(stops_, 0.8) * on * power * glowFall(length(f), 0.12) * (0.3 * wave01(h.x + 2.0 * m) + 0.9 * hat + 0.6 * bass);
    }
    // Chips: large boxes with legs.
    vec2 p = s * zoom * 0.30 + 20.0 + 3.3 * seed;
    vec2 cell = floor(p), f = p - cell - 0.5;
    vec4 h = hash4(cell, seed + 0.7);
    float px = screenPixel() * zoom * 0.36;
    vec2 half_ = mix(vec2(0.14), vec2(0.30, 0.24), h.xy);
    float d = sdBox(f - (h.zw - 0.5) * 0.25, half_);
    float is = step(h.x, 0.35 + 0.5 * density);
    vec2 o = abs(f - (h.zw - 0.5) * 0.25);
    float legs = (o.x / half_.x > o.y / half_.y ? fract(o.y * 14.0) : fract(o.x * 14.0));
    float leg = fillEdge(abs(legs - 0.5) - 0.22, px * 14.0) * fillEdge(d - 0.05, px);
    c = mix(c, stopsGlow(stops_, 0.75) * mix(0.3, 0.9, light), leg * is);
    vec3 body = stopsLight(stops_, 0.02) * 0.7 + stopsGlow(stops_, h.w) * (0.05 + 0.12 * light) * (1.0 + 0.6 * o.y / half_.y);
    body += stopsGlow(stops_, h.w + 0.3) * glowFall(length(o) - 0.09, 0.02) * (0.35 + 1.2 * wave01(2.0 * m + h.z) + 1.5 * bass);
    c = mix(c, body, fillEdge(d, px) * is);
    c += stopsGlow(stops_, h.w) * glowFall(d, 0.012 + 0.5 * px) * is * (0.5 + energy);
    c *= 1.35 * (1.0 - 0.4 * smoothstep(0.8, 2.4, r0)) * (1.0 + 0.8 * beatRing(r0));
    gl_FragColor = finish(c);
}
