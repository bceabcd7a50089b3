/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A drive between lit towers at night",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
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

const float BLOCKS = 8.0;
const int STEPS = 26;

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    s = rotate(s, (twist - 0.3) * 0.8 * wave(m));
    float lens = mix(0.75, 1.4, scale) * (1.0 - 0.14 * kick);
    vec3 d = cameraRay(s, camx * 0.6 + 0.10 * wave(m), 0.14 * camy - 0.02, lens);
    // The bird's share of the flight: low in the street, or above the roofs.
    float height = mix(0.5, 2.6, clamp(0.5 * camy + 0.5 * fract(seed * 5.7) + 0.15, 0.0, 1.0));
    vec3 eye = vec3(0.12 * wave(m), height + 0.08 * wave(2.0 * m), BLOCKS * m);
    d.yz = rotate(d.yz, -0.14 * (height - 0.6));
    float street = mix(0.30, 0.16, density);
    float bend = warp * 0.25;

    vec2 cell = floor(eye.xz + 0.5);
    vec2 sgn = vec2(d.x < 0.0 ? -1.0 : 1.0, d.z < 0.0 ? -1.0 : 1.0);
    vec2 inv = 1.0 / (abs(d.xz) + 1e-5);
    vec2 next = (cell + 0.5 * sgn - eye.xz) * sgn * inv;
    float t = 40.0, toGround = d.y < -1e-3 ? -eye.y / d.y : 40.0;
    vec3 c = vec3(0.0), glow = vec3(0.0);
    vec3 nrm = vec3(0.0);
    vec4 who = vec4(0.0);
    vec2 id = vec2(0.0), at = vec2(0.0);
    float roof = 0.0;
    bool hit = false;
    for (int i = 0; i < STEPS; i++) {
        vec2 key = vec2(cell.x, mod(cell.y, BLOCKS));
        vec4 h = hash4(key, seed);
        // The street along x = 0 stays free.
        if (abs(cell.x) > 0.5) {
            float tall = mix(0.5, 3.4, h.x * h.x) * mix(0.7, 1.3, energy) * (1.0 + 0.22 * bass * h.w + bend * wave(m + h.z));
            vec2 half_ = vec2(0.5 - street) * mix(vec2(0.75), vec2(1.0), h.yz);
            vec3 lo = vec3(cell.x - half_.x, 0.0, cell.y - half_.y), hi = vec3(cell.x + half_.x, tall, cell.y + half_.y);
            vec3 a = (lo - eye) / d, b = (hi - eye) / d;
            vec3 n = min(a, b), f = max(a, b);
            float in_ = max(n.x, max(n.y, n.z)), out_ = min(f.x, min(f.y, f.z));
            if (in_ < out_ && in_ > 0.02) {
                t = in_; who = h; id = key; at = cell; roof = tall; hit = true;
                nrm = in_ == n.x ? vec3(-sgn.x, 0.0, 0.0) : (in_ == n.z ? vec3(0.0, 0.0, -sgn.y) : vec3(0.0, 1.0, 0.0));
                break;
            }
            // A lamp on some roofs shines into the haze.
            vec3 to = vec3(cell.x, tall + 0.12, cell.y) - eye;
            float along = max(dot(to, d), 0.05);
            float miss = dot(to, to) - along * along;
            glow += stopsGlow(stops_, h.y + 0.3) * step(0.55, h.w) * exp(-0.12 * along) * (0.4 + 0.6 * wave01(2.0 * m + h.z) + 1.5 * hat) * 0.004 / (miss + 0.004);
        }
        if (min(next.x, next.y) > toGround) break;
        if (next.x < next.y) { cell.x += sgn.x; next.x += inv.x; } else { cell.y += sgn.y; next.y += inv.y; }
    }
    float up = max(d.y, 0.0);
    vec3 haze = stopsGlow(stops_, 0.12 + 0.1 * seed) * mix(0.22, 0.8, light);
    vec3 sky = stopsLight(stops_, 0.03) * 0.5 + haze * exp(-4.0 * up) * (1.0 + 0.6 * bass);
    vec2 moon = vec2(d.x - 0.25 * (fract(seed * 3.1) - 0.5), d.y - 0.30);
    sky += (stopsGlow(stops_, 0.7) + 0.1) * (smoothstep(0.125, 0.118, length(moon)) * 1.1 + 0.03 / (dot(moon, moon) + 0.03)) * mix(0.5, 1.0, light);
    c = sky;
    float px = screenPixel() / lens;
    if (hit && t < toGround) {
        vec3 q = eye + d * t;
        vec2 w = (nrm.x != 0.0 ? vec2(q.z - at.y, q.y) : vec2(q.x - at.x, q.y)) * vec2(9.0, 8.0);
        vec2 f = abs(fract(w) - 0.5);
        float fine = 9.0 * px * t;
        vec4 h = hash4(floor(w) + 40.0 * vec2(mod(id.x, 7.0), id.y) * step(0.5, abs(nrm.x) + abs(nrm.z)), seed + who.x);
        float pane = smoothstep(0.40 + fine, 0.34 - fine * 0.2, max(f.x, f.y * 0.95));
        float on = step(mix(0.72, 0.30, light), h.x + 0.25 * wave(m + h.y) * energy);
        vec3 tint = stopsGlow(stops_, who.y * 0.8 + 0.06 * h.z);
        vec3 wall = tint * mix(0.02, 0.10, light) * (0.6 + 0.5 * abs(nrm.x)) + stopsLight(stops_, 0.05) * 0.3;
        vec3 lit = mix(tint, stopsGlow(stops_, who.z + 0.4), 0.4 * h.w) * (0.6 + 0.9 * h.y + 0.8 * snare * step(0.6, h.z) + 0.6 * mid);
        c = wall + lit * mix(pane * on, 0.3, smoothstep(0.35, 0.9, fine));
        // Neon: bands round the tower, and a sign that runs down it.
        float band = fract(q.y * mix(1.0, 2.5, who.w) - m * (who.x > 0.5 ? 1.0 : -1.0));
        c += stopsGlow(stops_, who.z + 0.5) * detail * glowFall(abs(band - 0.5), 0.03 + px * t) * step(0.45, who.y) * (0.7 + high + energy);
        c += stopsGlow(stops_, who.w) * glowFall(q.y - roof, 0.03 + px * t) * (0.5 + 1.2 * energy * wave01(who.x + m));
        if (nrm.y > 0.5) c = tint * 0.12 + stopsGlow(stops_, who.w) * 0.15 * light;
        c *= 1.0;
    } else if (toGround < 39.0) {
        t = toGround;
        vec3 q = eye + d * t;
        float lane = abs(q.x);
        float cars = pow(wave01(2.0 * q.z - (q.x > 0.0 ? 6.0 : -2.0) * m * 2.0), 8.0);
        float road = smoothstep(0.5, 0.45, lane);
        c = stopsLight(stops_, 0.02) * 0.3 + haze * 0.12;
        c += road * stopsGlow(stops_, q.x > 0.0 ? 0.55 : 0.05) * glowFall(lane - 0.2, 0.045 + px * t) * (0.15 + 1.8 * cars);
        c += stopsGlow(stops_, 0.75) * glowFall(lane, 0.012 + px * t) * step(0.5, fract(q.z * 4.0)) * 0.6;
        vec2 e = abs(fract(q.xz + 0.5) - 0.5);
        c += stopsGlow(stops_, 0.35) * (1.0 - road) * glowFall(min(e.x, e.y), 0.03 + px * t) * 0.5;
    } else t = 40.0;
    float fog = exp(-mix(0.13, 0.075, light) * t);
    c = mix(sky, c, t > 39.0 ? 0.0 : fog) + glow * (0.6 + high);
    c *= 1.25 * (1.0 + 0.8 * beatRing(length(s)));
    gl_FragColor = finishNear(c, t > 39.0 ? 0.0 : fog);
}
