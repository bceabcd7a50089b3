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
    {"NAME": "ground", "TYPE": "float", "DEFAULT": 0.1, "MIN": 0.0, "MAX": 1.0, "LABEL": "Picture behind"},
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

vec3 neon(vec3 own, vec2 p) {
    float peak = max(own.r, max(own.g, own.b));
    vec3 vivid = clamp(mix(vec3(luma(own)), own, 1.8) / max(peak, 0.08), 0.0, 1.0);
    float t = TIME * speed + 0.22 * length(p) + 0.10 * p.x;
    vec3 wheel = 0.5 + 0.5 * cos(TAU * (t + vec3(0.0, 0.33, 0.67)));
    return mix(vivid, 0.4 * wheel * wheel + 0.7 * sqrt(wheel), rainbow);
}

vec4 halo(int taps) {
    vec4 sum = vec4(0.0);
    for (int i = 0; i < taps; i++) {
        vec2 corner = vec2(i & 1, i >> 1) * 2.0 - 1.0;
        sum += 0.25 * IMG_NORM_PIXEL(rough, isf_FragNormCoord + corner * 1.5 / IMG_SIZE(rough));
    }
    return sum;
}

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    vec2 uv = isf_FragNormCoord, p = centred(uv, RENDERSIZE);
    vec4 soft = halo(PASSINDEX == 1 ? 4 : 0);
    // The halo's outline is three times as wide as the drawn one.
    vec2 d = max(mix(0.0010, 0.0034, line) * vec2(RENDERSIZE.y / RENDERSIZE.x, 1.0), 0.6 / IMG_SIZE(inputImage));
    d *= PASSINDEX == 0 ? 3.0 : 1.0;
    vec3 a = IMG_NORM_PIXEL(inputImage, uv + d).rgb, b = IMG_NORM_PIXEL(inputImage, uv - d).rgb;
    vec3 e = IMG_NORM_PIXEL(inputImage, uv + vec2(d.x, -d.y)).rgb, f = IMG_NORM_PIXEL(inputImage, uv - vec2(d.x, -d.y)).rgb;
    vec3 own = max(max(a, b), max(e, f)), g = abs(a - b) + abs(e - f);
    // In the dark small differences count as much as large ones in the light.
    float strength = max(g.r, max(g.g, g.b)) / (0.35 + 0.65 * max(own.r, max(own.g, own.b)));
    vec3 colour = neon(own, p);
    if (PASSINDEX < 2) {
        gl_FragColor = PASSINDEX == 0 ? vec4(colour * smoothstep(0.06, 0.8, strength), 1.0) : soft;
        return;
    }
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec3 shine = IMG_THIS_PIXEL(halos).rgb;
    float drawn = smoothstep(0.05, 0.5, strength);
    vec3 wire = colour * drawn * (1.0 + 0.4 * high) + 0.35 * drawn * drawn;
    vec3 c = src.rgb * src.rgb * ground * 1.6;
    c += wire * wire * (0.9 + 0.5 * kick) + shine * shine * glow * (1.3 + 2.0 * kick);
    gl_FragColor = mix(src, vec4(toDisplay(c), src.a), amount);
}
