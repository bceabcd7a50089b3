/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Neon outlines with a halo on a darkened picture; colours travel, the kick lights them up",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Stylise"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "line", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0, "LABEL": "Line width"},
    {"NAME": "glow", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "ground", "TYPE": "float", "DEFAULT": 0.16, "MIN": 0.0, "MAX": 1.0, "LABEL": "Picture behind"},
    {"NAME": "rainbow", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "speed", "TYPE": "float", "DEFAULT": 0.06, "MIN": 0.0, "MAX": 0.5, "LABEL": "Colour turns per second"},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "high", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "rough", "WIDTH": "max(floor($WIDTH/4.0),1.0)", "HEIGHT": "max(floor($HEIGHT/4.0),1.0)"},
    {"TARGET": "halos", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)"},
    {}
  ]
}*/
#include "fx.glsl"

// Strength and colour of the outline at `uv`; `off` is half the width of the filter.
#define EDGE(image, uv, off, result) { \
    vec3 e0 = IMG_NORM_PIXEL(image, (uv) + (off)).rgb, e1 = IMG_NORM_PIXEL(image, (uv) - (off)).rgb; \
    vec3 e2 = IMG_NORM_PIXEL(image, (uv) + vec2((off).x, -(off).y)).rgb, e3 = IMG_NORM_PIXEL(image, (uv) - vec2((off).x, -(off).y)).rgb; \
    vec3 g = abs(e0 - e1) + abs(e2 - e3); \
    vec3 own = max(max(e0, e1), max(e2, e3)); \
    result = vec4(own, max(g.r, max(g.g, g.b))); }

vec3 neon(vec3 own, vec2 p) {
    float peak = max(own.r, max(own.g, own.b));
    vec3 vivid = clamp(mix(vec3(luma(own)), own, 1.8) / max(peak, 0.08), 0.0, 1.0);
    float t = TIME * speed + 0.22 * length(p) + 0.10 * p.x;
    vec3 wheel = 0.5 + 0.5 * cos(TAU * (t + vec3(0.0, 0.33, 0.67)));
    return mix(vivid, wheel * wheel * 0.4 + sqrt(wheel) * 0.7, rainbow);
}

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec2 uv = isf_FragNormCoord;
    vec2 p = centred(uv, RENDERSIZE);
    vec2 thin = vec2(mix(0.0010, 0.0034, line)) * vec2(RENDERSIZE.y / RENDERSIZE.x, 1.0);
    vec4 edge;
    if (PASSINDEX == 0) {
        EDGE(inputImage, uv, thin * 3.0, edge)
        gl_FragColor = vec4(neon(edge.rgb, p) * smoothstep(0.12, 0.9, edge.a), 1.0);
        return;
    }
    if (PASSINDEX == 1) {
        vec2 t = 1.5 / IMG_SIZE(rough);
        gl_FragColor = 0.25 * (IMG_NORM_PIXEL(rough, uv + t) + IMG_NORM_PIXEL(rough, uv - t) +
            IMG_NORM_PIXEL(rough, uv + t * vec2(1.0, -1.0)) + IMG_NORM_PIXEL(rough, uv - t * vec2(1.0, -1.0)));
        return;
    }
    EDGE(inputImage, uv, max(thin, 0.6 / RENDERSIZE), edge)
    vec3 halo = IMG_THIS_PIXEL(halos).rgb;
    float drawn = smoothstep(0.10, 0.55, edge.a);
    vec3 wire = neon(edge.rgb, p) * drawn * (1.0 + 0.4 * high) + 0.35 * drawn * drawn;
    vec3 c = src.rgb * src.rgb * ground * 1.5;
    c += wire * wire * (0.9 + 0.5 * kick) + halo * halo * glow * (1.3 + 2.0 * kick);
    gl_FragColor = mix(src, vec4(toDisplay(c), src.a), amount);
}
