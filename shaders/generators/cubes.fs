/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Turning boxes adrift in the dark",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Generator", "3D"],
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

const float CELLS = 4.0;

void main() {
    float m = turnNow();
    Stops stops_ = paletteStops(palette);
    vec2 s = screenPoint();
    float r0 = length(s);
    s = rotate(s, (twist - 0.3) * 1.4 * wave(m) + 0.1);
    float lens = mix(0.9, 1.7, scale) * (1.0 - 0.14 * kick);
    vec3 d = cameraRay(s, camx * 0.6 + 0.18 * wave(m), camy * 0.5 + 0.12 * wave(m + 0.25), lens);
    vec3 eye = vec3(0.2 * wave(m + seed), 0.2 * wave(m + 0.25), CELLS * m);
    vec3 cell = floor(eye);
    vec3 sgn = vec3(d.x < 0.0 ? -1.0 : 1.0, d.y < 0.0 ? -1.0 : 1.0, d.z < 0.0 ? -1.0 : 1.0);
    vec3 inv = 1.0 / (abs(d) + 1e-5);
    vec3 next = (cell + 0.5 + 0.5 * sgn - eye) * sgn * inv;
    float px = screenPixel() / lens;
    float ahead = max(d.z, 0.0);
    vec3 back = stopsLight(stops_, 0.03) * 0.4 + stopsGlow(stops_, 0.15 + 0.3 * d.y + m) * (0.06 + 0.8 * pow(ahead, 12.0)) * mix(0.3, 1.1, light) * (1.0 + bass);
    vec3 c = back, glow = vec3(0.0);
    float near_ = 0.0;
    for (int i = 0; i < 15; i++) {
        vec4 h = hash4(vec2(cell.x + 37.0 * cell.y, mod(cell.z, CELLS)), seed);
        if (h.w < mix(0.30, 0.75, density)) {
            vec3 half_ = mix(vec3(0.24), mix(vec3(0.10), vec3(0.32), h.zxy), warp) * (1.0 + 0.16 * bass * h.x + 0.1 * kick);
            vec3 at = cell + 0.5 + 0.05 * energy * vec3(wave(m + h.x), wave(m + h.y), 0.0);
            float a = TAU * (h.x + (h.y > 0.5 ? m : -m)), b = TAU * h.y + 0.8 * wave(m + h.z);
            mat2 ra = rotation(a), rb = rotation(b);
            vec3 o = eye - at, v = d;
            o.xz = ra * o.xz; v.xz = ra * v.xz;
            o.xy = rb * o.xy; v.xy = rb * v.xy;
            vec3 k = 1.0 / (v + vec3(1e-5));
            vec3 n = -o * k, w = abs(k) * half_;
            vec3 lo = n - w, hi = n + w;
            float in_ = max(lo.x, max(lo.y, lo.z)), out_ = min(hi.x, min(hi.y, hi.z));
            float along = -dot(eye - at, d);
            float miss = length(eye - at + d * along);
            float there = smoothstep(0.2, 0.6, along);
            float fog = exp(-mix(0.32, 0.2, light) * max(along, 0.0));
            vec3 tint = stopsGlow(stops_, h.y * 0.9 + 0.1 * h.x + seed);
            float lamp = smoothstep(0.6, 0.95, fract(h.z * 5.3) + 0.2 * wave(m + h.x));
            glow += tint * fog * there * lamp * 0.04 * (0.4 + energy + 1.5 * snare) / (miss * miss + 0.06);
            if (in_ < out_ && in_ > 0.05) {
                vec3 q = o + v * in_;
                vec3 side = step(vec3(in_ - 1e-5), lo);
                vec3 nrm = -sign(v) * side;
                vec2 f = side.x > 0.5 ? q.yz / half_.yz : (side.y > 0.5 ? q.xz / half_.xz : q.xy / half_.xy);
                nrm.xy = nrm.xy * rb; nrm.xz = nrm.xz * ra;
                float sun = clamp(0.5 + 0.5 * dot(nrm, normalize(vec3(-0.45, 0.8, -0.4))), 0.0, 1.0);
                float e = max(abs(f.x), abs(f.y));
                float fine = px * in_ / 0.2;
                float wire = smoothstep(0.10 + fine, 0.02, 1.0 - e);
                float rings = smoothstep(0.08 + fine, 0.0, abs(fract(e * mix(1.5, 3.5, h.x) - m) - 0.5)) * smoothstep(0.5, 0.15, fine);
                vec3 skin = tint * (mix(0.05, 0.2, light) + mix(0.45, 1.15, light) * sun * sun);
                skin += stopsGlow(stops_, h.y + 0.45) * rings * (detail * 0.9 + mid) * (0.4 + sun);
                skin += (tint * 0.7 + stopsGlow(stops_, h.x + 0.5) * 0.6) * wire * (0.35 + 1.1 * energy * wave01(h.z + 2.0 * m) + snare + high);
                skin += tint * lamp * (0.5 + hat);
                c = mix(back, skin, fog);
                near_ = fog;
                break;
            }
        }
        if (next.x < next.y && next.x < next.z) { cell.x += sgn.x; next.x += inv.x; }
        else if (next.y < next.z) { cell.y += sgn.y; next.y += inv.y; }
        else { cell.z += sgn.z; next.z += inv.z; }
    }
    c += glow * (0.7 + 1.2 * high + 0.8 * hat);
    c *= 1.2 * (1.0 + 0.8 * beatRing(r0));
    gl_FragColor = finishNear(c, near_);
}
