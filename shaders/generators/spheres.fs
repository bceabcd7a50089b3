/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A flight through a lattice of polished spheres",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
  "INPUTS": [
    {"NAME": "motion", "LABEL": "Motion (turns)", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "rate", "LABEL": "Rate (turns/s)", "TYPE": "float", "DEFAULT": 0.05, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "DEFAULT": 10, "VALUES": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "LABELS": ["Neon", "Fire", "Ice", "Violet", "Gold", "Acid", "Mono", "Sunset", "Ocean", "Forest", "Candy", "Blood", "Copper", "Aurora", "Ultraviolet", "Pastel"]},
    {"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "LABEL": "Scale", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warp", "LABEL": "Warp", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
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

const float CELLS = 6.0;
const int STEPS = 13;

// The studio the spheres reflect: a floor, a sky and two strip lights that wander.
vec3 studio(Stops s, vec3 d, float m) {
    float h = d.y * 0.5 + 0.5;
    vec3 c = stopsGlow(s, 0.15 + 0.35 * h + m) * h * h * 0.55 + stopsLight(s, 0.06) * 0.3;
    float a = atan(d.x, d.z) / TAU;
    float strip = smoothstep(0.10, 0.02, abs(fract(2.0 * a + m) - 0.5)) * smoothstep(-0.5, 0.3, d.y);
    c += (stopsGlow(s, 0.7) + 0.15) * strip * 0.9;
    return c + stopsGlow(s, 0.95) * smoothstep(0.62, 0.9, d.y) * 0.8;
}

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 p = screenPoint();
    p = rotate(p, (twist - 0.3) * 1.4 * wave(m) + 0.2);
    float lens = mix(1.05, 1.7, scale) * (1.0 - 0.14 * kick);
    vec3 d = cameraRay(p, camx * 0.7 + 0.22 * wave(m), camy * 0.6 + 0.14 * wave(m + 0.25), lens);
    vec3 eye = vec3(0.25 * wave(m + seed), 0.25 * wave(m + 0.25), CELLS * m);
    float px = screenPixel() / lens;

    // Walk the lattice cell by cell; each cell holds one sphere, hit exactly, edges blended by their closest approach.
    vec3 cell = floor(eye);
    vec3 inv = 1.0 / (abs(d) + 1e-5) ;
    vec3 sgn = vec3(d.x < 0.0 ? -1.0 : 1.0, d.y < 0.0 ? -1.0 : 1.0, d.z < 0.0 ? -1.0 : 1.0);
    vec3 next = ((cell + 0.5 + 0.5 * sgn) - eye) * sgn * inv;
    vec3 c = vec3(0.0);
    float clear_ = 1.0, t = 0.0, near_ = 0.0;
    float fogRate = mix(0.34, 0.22, light);
    vec3 glow = vec3(0.0);
    float far = max(d.z, 0.0);
    vec3 back = stopsGlow(stops_, 0.1 + 0.3 * d.y + m) * (0.10 + 0.9 * pow(far, 16.0)) * mix(0.4, 1.2, light);
    for (int i = 0; i < STEPS; i++) {
        vec4 h = hash4(vec2(cell.x + 37.0 * cell.y, mod(cell.z, CELLS)), seed);
        vec3 at = cell + 0.5 + mix(0.0, 0.10, warp) * vec3(wave(m + h.x), wave(-m + h.y), 0.0);
        float size = mix(0.20, 0.38, h.z) * (0.9 + 0.3 * bass * h.w + 0.12 * kick) + 0.03 * energy * wave(2.0 * m + h.w);
        vec3 o = at - eye;
        float b = dot(o, d);
        float miss = sqrt(max(dot(o, o) - b * b, 0.0));
        float there = step(h.w, mix(0.35, 0.85, density)) * smoothstep(0.25, 0.7, b);
        float cover = there * fillEdge(miss - size, 1.6 * px * b);
        float fog = exp(-fogRate * max(b, 0.0));
        float lampOn = smoothstep(0.72, 0.95, fract(h.x * 7.3) + 0.22 * wave(m + h.y)) ;
        vec3 tint = stopsGlow(stops_, h.y + 0.1 * h.x + m);
        glow += clear_ * there * tint * lampOn * fog * 0.09 * (0.5 + energy + 1.5 * snare) / (miss * miss / (size * size) + 0.35) ;
        if (cover > 0.001) {
            float hit = b - sqrt(max(size * size - miss * miss, 0.0));
            vec3 nrm = normalize(d * hit - o);
            float facing = clamp(-dot(nrm, d), 0.0, 1.0);
            float rim = pow(1.0 - facing, 3.0);
            float sun = max(dot(nrm, normalize(vec3(-0.5, 0.75, -0.45))), 0.0);
            vec3 skin = tint * (mix(0.08, 0.34, light) + mix(0.30, 1.0, light) * sun);
            skin += studio(stops_, reflect(d, nrm), m) * (0.28 + 0.9 * rim);
            skin += pow(sun, 30.0) * (0.7 + hat);
            float lat = dot(nrm, normalize(vec3(h.x - 0.5, 1.0, h.z - 0.5))) * 5.0 + 2.0 * m;
            float wide = 5.0 * px * b / size / max(facing, 0.15);
            skin += detail * tint * smoothstep(0.16 + wide, 0.1, abs(fract(lat) - 0.5)) * smoothstep(0.6, 0.2, wide) * (0.35 + mid);
            skin += tint * rim * (1.6 * snare + 0.8 * high);
            skin += tint * lampOn * (0.5 + 0.9 * facing) * (0.9 + energy);
            near_ = max(near_, clear_ * cover * fog);
            c += clear_ * cover * mix(back * 0.8, skin, fog);
            clear_ *= 1.0 - cover;
            if (clear_ < 0.02) break;
        }
        if (next.x < next.y && next.x < next.z) { cell.x += sgn.x; next.x += inv.x; }
        else if (next.y < next.z) { cell.y += sgn.y; next.y += inv.y; }
        else { cell.z += sgn.z; next.z += inv.z; }
    }
    c += clear_ * back * (1.0 + bass) + glow * (0.6 + 1.5 * high);
    c *= 1.1 + 0.8 * beatRing(length(p));
    gl_FragColor = finishNear(c, near_);
}
