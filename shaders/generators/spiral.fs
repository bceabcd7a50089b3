/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Lacquered spiral arms strung with beads, turning inwards",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "Symmetry"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 7, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "symmetry", "LABEL": "Symmetry", "TYPE": "long", "DEFAULT": 5, "VALUES": [2, 3, 4, 5, 6, 8, 10], "LABELS": ["2", "3", "4", "5", "6", "8", "10"]},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.25, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
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
    vec2 p = screenPoint();
    p *= 1.0 - 0.2 * kick;
    p += mix(0.0, 0.10, warp) * quickSin(2.7 * p.yx + TAU * vec2(m, -m) + 9.0 * seed);
    float r = max(length(p), 1e-3);
    float a = atan(p.y, p.x) / TAU;
    float u = log(r) + 0.22 * warp * wave(a * 2.0 + m) * 0.5;
    float curl = mix(0.35, 1.25, twist) * mix(1.0, 1.6, scale) / (1.0 + 0.12 * max(n - 5.0, 0.0));

    float v = n * (a + m) + curl * n * 0.35 * u + seed;
    float arm = floor(v);
    float x = fract(v) - 0.5;
    float slope = length(vec2(n / TAU, curl * n * 0.35)) / r;
    float px = screenPixel() * slope;
    float clear_ = smoothstep(0.5, 0.12, px);

    // Every arm is a lacquered tube: height from the cross-section, lit from above.
    float half_ = mix(0.28, 0.44, light) * (1.0 + 0.12 * bass);
    float inside = fillEdge(abs(x) - half_, 1.3 * px);
    float s = clamp(x / half_, -1.0, 1.0);
    float height = sqrt(max(1.0 - s * s, 0.0));
    vec2 across = normalize(vec2(-p.y, p.x) * n / TAU + p * curl * n * 0.35) * s;
    float lit = clamp(dot(vec3(across, height), normalize(vec3(-0.4, 0.75, 0.55))), 0.0, 1.0);
    float t = mod(arm, n) / n + 0.12 * u;
    vec3 lacquer = stopsGlow(stops_, t);
    vec3 c = stopsGlow(stops_, t + 0.5) * mix(0.02, 0.10, light) * exp(-3.0 * abs(abs(x) - 0.5));
    vec3 tube = lacquer * (mix(0.06, 0.3, light) + lit * mix(0.55, 0.85, light)) + 0.7 * pow(lit, 18.0);

    // Beads run inwards along the arms, or stripes on the sides.
    float rows = mix(0.30, 0.42, density) * n * (1.0 + curl);
    float w = rows * u * 0.9 + 6.0 * m + 0.5 * mod(mod(arm, n), 2.0);
    float y = fract(w) - 0.5;
    float lean = curl * 0.35 * TAU;
    float wide = TAU / n / sqrt(1.0 + lean * lean);
    vec2 bead = vec2(x * wide, y / (0.9 * rows) * sqrt(1.0 + lean * lean));
    float size = wide * half_ * mix(0.62, 0.9, density) * (1.0 + 0.2 * mid) * mix(1.0, 0.75 + 0.25 * wave(mod(floor(w), 6.0) / 6.0 - m), energy);
    float d = (length(bead) - size) * r;
    float one = screenPixel();
    float in_ = fillEdge(d, 1.5 * one) * clear_;
    vec2 b = bead / size;
    float bh = sqrt(max(1.0 - dot(b, b), 0.0));
    float bl = clamp(0.25 + 0.75 * dot(vec3(b, bh), normalize(vec3(-0.4, 0.6, 0.7))), 0.0, 1.0);
    vec3 pearl = stopsGlow(stops_, t + 0.42 + 0.1 * b.x);
    pearl = pearl * (0.12 + 1.05 * bl * bl) + pow(bl, 22.0) * (0.9 + hat);
    tube *= mix(1.0, 0.25, exp(-max(d, 0.0) / (0.05 * r)) * clear_);
    tube = mix(tube, pearl, in_);
    float stripe = lineEdge(abs(abs(s) - 0.72), 0.05, px / half_) * detail;
    tube += stripe * stopsGlow(stops_, t + 0.25) * (0.7 + high) * clear_;
    float flash = pow(wave01(1.2 * u + m + mod(arm, n) / n), 8.0) * energy;
    tube += lacquer * flash * (0.5 + 1.4 * snare);
    c = mix(c, tube, inside);
    float rim = glowFall(abs(x) - half_, 0.02 + px) * mix(0.8, 0.15, light);
    c += stopsGlow(stops_, t + 0.15) * rim;

    c = mix(lacquer * 0.35, c, clear_) * mix(1.0, smoothstep(-2.9, -0.4, u), 0.75);
    c += stopsGlow(stops_, m + 0.3) * (0.012 + 0.03 * kick + 0.02 * bass) / (r * r + 0.012);
    c *= 1.0 + 0.7 * beatRing(r);
    gl_FragColor = finish(c * (1.05 - 0.22 * smoothstep(0.8, 2.0, r)));
}
