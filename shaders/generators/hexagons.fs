/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A honeycomb of lit, bevelled cells",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Geometric"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 4, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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

// Centre of the hexagon that holds p, and p seen from there.
vec2 hexCell(vec2 p, out vec2 local) {
    vec2 size = vec2(1.0, 1.7320508);
    vec2 a = mod(p, size) - 0.5 * size, b = mod(p + 0.5 * size, size) - 0.5 * size;
    local = dot(a, a) < dot(b, b) ? a : b;
    return p - local;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float r0 = length(s);
    s *= 1.0 - 0.15 * kick - 0.06 * beatRing(r0);
    s = rotate(s, (twist - 0.3) * 1.2 + 0.08 * wave(m));
    // The comb leans away, and bulges.
    vec2 lean = vec2(camx, camy) * 0.45;
    s /= 1.0 - dot(s, lean) * 0.6;
    s += warp * 0.22 * vec2(quickSin(2.1 * s.y + TAU * m), quickSin(1.9 * s.x - TAU * m + 1.0));
    float zoom = mix(5.2, 1.7, scale);
    vec2 p = s * zoom + vec2(3.0, 1.7320508 * 2.0) * m * (seed > 0.5 ? 1.0 : -1.0) + 11.0 * seed;
    float px = screenPixel() * zoom * 1.2;
    vec2 l;
    vec2 at = hexCell(p, l);
    // The comb repeats every 6 x 4 cells, so a turn that moves it by 3 and 2 rows may only use what 3 and 2 divide.
    vec2 key = vec2(mod(floor(at.x * 2.0 + 0.5), 6.0), mod(floor(at.y / 0.8660254 + 0.5), 4.0));
    vec4 h = hash4(key, seed);
    vec2 q = abs(l);
    float edge = 0.5 - max(q.x, dot(q, vec2(0.5, 0.8660254)));
    float gap = mix(0.03, 0.15, 1.0 - density);

    vec2 place = at / zoom;
    float swell = wave01(h.x + m + 0.12 * length(s)) ;
    float lit = smoothstep(mix(0.85, 0.45, light), 1.0, wave01(h.y + 2.0 * m) * 0.7 + 0.35 * swell + 0.35 * bass * h.z);
    float inside = smoothstep(gap - px, gap + px, edge);
    float slope = smoothstep(gap, gap + 0.13, edge);
    // A bevel: the light comes from above and to the left.
    float ang = atan(l.y, l.x) / TAU;
    float facet = floor(ang * 6.0 + 0.5) / 6.0;
    float lamp = 0.5 + 0.5 * wave(facet - 0.10);
    vec3 tint = stopsGlow(stops_, h.z * 0.6 + 0.25 * length(s) + seed);
    vec3 c = stopsLight(stops_, 0.03) * 0.4;
    vec3 body = tint * (mix(0.05, 0.25, light) + 0.75 * (1.0 - slope) * lamp * mix(0.5, 1.0, swell));
    body += tint * lit * (0.55 + 0.8 * slope) * mix(0.7, 1.4, light);
    float rings = smoothstep(0.3, 0.0, abs(fract(edge * mix(4.0, 9.0, detail) - m * (h.w > 0.5 ? 2.0 : 1.0)) - 0.5)) * slope;
    body += detail * rings * stopsGlow(stops_, h.z + 0.5) * (0.3 + 0.7 * mid + high) * smoothstep(0.16, 0.05, px);
    c = mix(c, body, inside);
    float line = glowFall(edge, gap * 0.7 + 0.02 + 0.5 * px);
    vec3 wire = stopsGlow(stops_, 0.55 + 0.2 * length(s) - m);
    c += wire * line * (0.25 + 0.9 * energy * pow(wave01(length(s) * 0.7 - 2.0 * m), 3.0) + 1.2 * snare * h.w);
    c += tint * hat * step(0.6, h.w) * inside * 0.9;
    c *= 1.15 * (1.0 - 0.35 * smoothstep(0.8, 2.3, r0)) * (1.0 + 0.9 * beatRing(r0));
    gl_FragColor = finish(c);
}
