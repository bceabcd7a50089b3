/*{
  "ISFVSN": "2",
  "DESCRIPTION": "The post look: film grain, scan lines, soft vignette, lifted shadows",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Film"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.7, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "grain", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "lines", "TYPE": "float", "DEFAULT": 0.4, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "count", "TYPE": "float", "DEFAULT": 200.0, "MIN": 80.0, "MAX": 400.0, "LABEL": "Scan lines per height"},
    {"NAME": "vignette", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "fade", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0, "LABEL": "Film tone"},
    {"NAME": "hat", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    vec3 c = src.rgb;
    // Film: cool shadows, warm lights, a gentle S.
    vec3 s = c * c * (3.0 - 2.0 * c);
    vec3 film = mix(c, s, 0.45) * vec3(1.03, 1.0, 0.95) + vec3(0.012, 0.016, 0.035) * (1.0 - c);
    c = mix(c, film, fade * 1.4);
    // Lines are a whole number of pixels apart, else they beat against the raster.
    float apart = max(2.0, floor(RENDERSIZE.y / count + 0.5));
    float line = 0.5 - 0.5 * cos(TAU * (gl_FragCoord.y) / apart);
    c *= 1.0 - lines * 0.55 * (1.0 - line) * (1.0 - 0.45 * luma(c));
    c *= 1.0 + lines * 0.14;
    float roll = fract(p.y * 0.35 + TIME * 0.11);
    c *= 1.0 + lines * 0.07 * exp(-60.0 * (roll - 0.5) * (roll - 0.5));
    // Grain of about one 540th of the height, new 24 times a second, strongest in the middle tones.
    vec2 cell = floor(gl_FragCoord.xy / max(1.0, floor(RENDERSIZE.y / 540.0 + 0.5)));
    vec4 h = hash4(cell, fract(floor(TIME * 24.0) * 0.0173));
    float y = luma(c);
    float noise = h.x + h.y + h.z - 1.5;
    c += noise * grain * (0.11 + 0.07 * hat) * (0.25 + 3.0 * y * (1.0 - y));
    c *= 1.0 - vignette * 0.75 * smoothstep(0.55, 2.1, length(p * vec2(0.82, 1.0)));
    gl_FragColor = vec4(mix(src.rgb, clamp(c, 0.0, 1.0), amount), src.a);
}
