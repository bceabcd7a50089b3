/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A flight through a ribbed, panelled tube of light",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Space"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 3, 4, 5, 6, 8], "LABELS": ["0", "3", "4", "5", "6", "8"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "density", "LABEL": "Density", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "LABEL": "Light", "TYPE": "float", "DEFAULT": 0.45, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "detail", "LABEL": "Detail", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
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

const float ROWS = 12.0;

// Distance from the axis as the wall sees it: a circle, or a polygon with rounded corners.
float wallRadius(vec2 p, float n) {
    if (n < 3.0) return length(p);
    float w = TAU / n;
    float a = atan(p.y, p.x);
    return length(p) * mix(1.0, cos(a - w * floor(a / w + 0.5)), 0.92);
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 p = screenPoint() - vec2(camx, camy) * 0.45;
    p *= 1.0 - 0.2 * kick;
    // The tube winds: its far end swings about the middle of the picture.
    float far = exp(-1.6 * dot(p, p));
    vec2 bend = vec2(wave(m + 0.2 * far + seed), wave(m + 0.15 * far + 0.3));
    p -= mix(0.03, 0.30, warp) * bend * far * (0.6 + 0.4 * energy);

    float n = float(symmetry);
    float sides = n < 3.0 ? 12.0 : n * ceil(9.0 / n);
    // A polygon turns by one side only, so its panels repeat from side to side; a circle turns by a third.
    float repeats = n < 3.0 ? 3.0 : n;
    p = rotate(p, TAU * m / repeats);
    float r = max(wallRadius(p, n), 0.015);
    float z = mix(0.9, 0.42, scale) / r;
    float pitch = mix(1.6, 3.4, density);
    float row = z * pitch + ROWS * m;
    float col = (atan(p.y, p.x) / TAU + 0.5) * sides;
    float swirl = (twist - 0.15) * 0.55 * z;
    col += swirl * sides * 0.25 + seed * 5.0;

    vec2 cell = vec2(mod(floor(col), sides / repeats), mod(floor(row), ROWS));
    vec2 f = vec2(fract(col), fract(row)) - 0.5;
    vec4 h = hash4(cell, seed);
    vec2 px = screenPixel() * vec2(sides / (TAU * r), z * pitch / r);
    px.x += px.y * abs(twist - 0.15) * 0.14 * sides / pitch;
    float clear_ = smoothstep(0.55, 0.12, max(px.x, px.y));

    float t = 0.06 * z + h.x * 0.22 + floor(mod(row, ROWS)) / ROWS;
    float fog = exp(-0.16 * z);
    vec3 wall = stopsGlow(stops_, t);

    // Panels: some lit, some dark, softly bevelled; they blink over as the turn goes on.
    float edge = 0.5 - max(abs(f.x), abs(f.y));
    float panel = smoothstep(0.05, 0.05 + 0.12 + max(px.x, px.y), edge);
    float on = smoothstep(0.35, 0.75, h.y * mix(0.55, 0.85, light) + 0.42 * wave01(h.z + m * (h.w > 0.5 ? 1.0 : 2.0)) * (0.5 + energy));
    float bevel = 0.35 + 0.75 * (f.y + 0.5) + 0.35 * f.x;
    float body = mix(0.02, 0.30, light) + on * mix(0.5, 1.1, light);
    vec3 c = wall * mix(body * 0.6, body * panel * bevel, clear_);
    float inner = lineEdge(edge - 0.2, 0.02, max(px.x, px.y)) * on * clear_;
    c += detail * inner * stopsGlow(stops_, t + 0.5) * (0.8 + hat + 1.5 * high);

    // Ribs and seams glow, brightest where a pulse runs down the tube.
    float pulse = pow(wave01(row / ROWS * 2.0 - 3.0 * m), 6.0);
    float rib = glowFall(0.5 - abs(f.y), 0.045 + 0.5 * px.y) * clear_;
    float seam = glowFall(0.5 - abs(f.x), 0.03 + 0.5 * px.x) * clear_;
    vec3 lamp = stopsGlow(stops_, row / ROWS + seed + 0.62);
    c += lamp * rib * (0.55 + 1.6 * pulse * (0.4 + energy) + 1.2 * bass);
    c += lamp * seam * mix(0.45, 0.2, light) * (1.0 + 2.0 * mid);
    c *= fog * (1.0 + 0.8 * snare * pulse);

    float core = length(p);
    c += stopsGlow(stops_, m + 0.1) * (0.020 + 0.03 * kick + 0.015 * bass) / (core * core + 0.022);
    c += stopsGlow(stops_, t) * beatRing(1.0 / (0.4 * z + 0.3)) * 0.5;
    gl_FragColor = finishNear(c * 1.15, fog);
}
