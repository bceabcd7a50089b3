/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A chessboard that swells and sinks",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Geometric"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 6, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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
    vec2 s = screenPoint();
    float r0 = length(s);
    s *= 1.0 - 0.13 * kick;
    s = rotate(s, (twist - 0.3) * 1.1 + 0.10 * wave(m));
    vec2 lean = vec2(camx, camy - 0.25) * 0.42;
    s /= 1.0 - clamp(dot(s, lean), -2.0, 0.9);
    float zoom = mix(5.5, 2.0, scale);
    vec2 p = s;
    float high_ = 0.0;
    // Balls under the cloth: each pushes the squares away from its top.
    for (int i = 0; i < 5; i++) {
        if (float(i) > 1.0 + 4.0 * density) break;
        vec4 h = hash4(float(i), seed);
        vec2 at = (h.xy - 0.5) * vec2(2.8, 1.7) + 0.28 * onCircle((i % 2 == 0 ? m : -m) + h.z);
        float size = mix(0.35, 0.85, h.w) * (1.0 + 0.25 * bass);
        vec2 o = s - at;
        float q = clamp(1.0 - dot(o, o) / (size * size), 0.0, 1.0);
        float swell = q * q * mix(0.25, 0.95, warp) * (1.0 + 0.3 * energy * wave(2.0 * m + h.x));
        p -= o * swell * (i % 3 == 2 ? -0.8 : 0.75);
        high_ += (i % 3 == 2 ? -1.0 : 1.0) * q * q;
    }
    vec2 g = p * zoom + vec2(2.0, seed > 0.5 ? 2.0 : -2.0) * m + 7.0 * seed;
    float px = screenPixel() * zoom * 1.3;
    vec2 e = abs(fract(g) - 0.5);
    vec2 soft = clamp((0.5 - e) / px, -0.5, 0.5);
    vec2 cell = floor(g);
    float odd = mod(cell.x + cell.y, 2.0);
    float near_ = min(soft.x, soft.y) + 0.5;
    float white = mix(0.5, odd, clamp(0.5 + near_, 0.0, 1.0));
    vec4 h = hash4(mod(cell, 2.0) + 2.0 * floor(mod(cell, 4.0) / 2.0 - 0.01), seed);
    float lamp = clamp(0.62 + 0.5 * high_, 0.12, 1.5);
    vec3 a = stopsGlow(stops_, 0.12 + 0.2 * high_ + 0.1 * length(s) + seed);
    vec3 b = stopsGlow(stops_, 0.62 + 0.15 * high_ - 0.1 * length(s) + seed);
    vec3 bright = a * mix(0.5, 1.15, light) * lamp;
    vec3 dark = mix(stopsLight(stops_, 0.02) * 0.5, b * 0.55, mix(0.10, 0.75, fract(seed * 3.3 + 0.2))) * lamp;
    vec3 c = mix(dark, bright, white);
    // A smaller square within each, that blinks.
    float inner = clamp((0.26 - max(e.x, e.y)) / px + 0.5, 0.0, 1.0) * smoothstep(0.4, 0.1, px);
    float on = wave01(m * 2.0 + 0.25 * mod(cell.x, 4.0) + 0.25 * mod(cell.y, 4.0));
    c = mix(c, mix(bright, b * lamp, odd) * (0.6 + 0.7 * on), inner * detail * (0.7 + 0.3 * mid));
    c += b * inner * (snare * step(0.5, odd) + 0.8 * hat * (1.0 - odd));
    float sheen = pow(clamp(high_, 0.0, 1.0), 4.0);
    c += (stopsGlow(stops_, 0.85) + 0.2) * sheen * (0.25 + 0.6 * energy + high);
    c += a * 0.35 * bass * white;
    c *= 1.1 * (1.0 - 0.4 * smoothstep(0.9, 2.4, r0)) * (1.0 + 0.8 * beatRing(r0));
    gl_FragColor = finish(c);
}
