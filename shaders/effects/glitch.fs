/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Broken digital picture: torn rows, lost blocks, split colours; bursts on kick and snare",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Glitch"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "blocks", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "tear", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "colour", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "speed", "TYPE": "float", "DEFAULT": 14.0, "MIN": 4.0, "MAX": 30.0, "LABEL": "Steps per second"},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "snare", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "level", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    if (amount <= 0.0) {
        gl_FragColor = IMG_THIS_PIXEL(inputImage);
        return;
    }
    vec2 uv = isf_FragNormCoord;
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    float tick = floor(TIME * speed);
    // Bursts: with sound on kick and snare, without it now and then.
    float own = hash1(floor(TIME * 2.0), 0.3) * exp(-3.0 * fract(TIME * 2.0));
    float burst = max(own * (1.0 - smoothstep(0.02, 0.12, level)), max(kick, 0.8 * snare));
    float power = amount * (0.22 + 0.78 * burst);

    // Rows of two heights are torn sideways.
    float row = floor(uv.y * 9.0 + 3.0 * hash1(tick, 0.1)), thin = floor(uv.y * 48.0);
    vec4 a = hash4(vec2(row, tick), 0.2), b = hash4(vec2(thin, tick), 0.4);
    float shift = (a.x - 0.5) * step(a.y, power * 0.8) * 0.35 + (b.x - 0.5) * step(b.y, power * 0.35) * 0.16;
    uv.x += shift * tear * 2.0 * power;

    // Blocks are fetched from elsewhere.
    float fine = hash1(floor(uv.y * 4.0), tick * 0.001) < 0.5 ? 1.0 : 2.5;
    vec2 grid = floor(vec2(4.0 * aspect, 7.0) * fine);
    vec4 h = hash4(floor(uv * grid), fract(tick * 0.0137));
    float lost = step(h.x, power * blocks * 0.42);
    uv += lost * (h.yz - 0.5) * vec2(0.5, 0.3);

    vec2 split = vec2((0.004 + 0.030 * abs(shift) + 0.016 * lost) * colour * 2.0 * (0.3 + power), 0.0);
    vec4 c = IMG_NORM_PIXEL(inputImage, mirrored(uv));
    c.r = IMG_NORM_PIXEL(inputImage, mirrored(uv + split)).r;
    c.b = IMG_NORM_PIXEL(inputImage, mirrored(uv - split)).b;
    // A few lost blocks are badly decoded: coarse steps, swapped channels.
    vec3 coarse = floor(c.brg * 3.0 + 0.5) / 3.0;
    c.rgb = mix(c.rgb, coarse, lost * step(h.w, 0.45 * colour * 2.0) * 0.85);
    float line = step(b.z, 0.05 * burst * amount) * step(0.5, b.w);
    c.rgb = mix(c.rgb, c.gbr * 1.25, line);
    gl_FragColor = c;
}
