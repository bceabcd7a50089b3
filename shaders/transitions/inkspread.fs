/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Ink drops of the coming picture spread through the leaving one with a glowing front",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "scale", "TYPE": "float", "DEFAULT": 1.6, "MIN": 0.5, "MAX": 4.0},
    {"NAME": "rough", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "softness", "TYPE": "float", "DEFAULT": 0.05, "MIN": 0.01, "MAX": 0.3},
    {"NAME": "glow", "TYPE": "float", "DEFAULT": 0.7, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "colour", "TYPE": "color", "DEFAULT": [1.0, 0.45, 0.15, 1.0]},
    {"NAME": "seed", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

const int DROPS = 6;

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE);
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    float boil = progress * 0.35;
    vec2 w = p * scale * 2.5 + 20.0;
    vec2 wave_ = vec2(tileNoise(w, vec2(256.0), seed), tileNoise(w + 5.0, vec2(256.0), seed + 0.1)) - 0.5;
    vec2 q = p + 0.35 / scale * wave_;
    float field = flowFbm(q * scale * 1.6, boil, 3, rough, seed + 0.2);
    float near = 9.0;
    for (int i = 0; i < DROPS; i++) {
        vec4 h = hash4(float(i), seed + 0.3);
        vec2 drop = (h.xy * 2.0 - 1.0) * vec2(aspect, 1.0) * 0.9;
        near = min(near, length(q - drop) + (i == 0 ? 0.0 : 0.5 * h.z));
    }
    // Any distance becomes 0-1, so that every place has had its turn at the end.
    float key = 1.0 - exp(-1.7 * max(near + 0.40 * field + 0.05, 0.0));
    key *= sqrt(key);
    float soft = max(softness, 0.01), t = turnOf(progress, key, soft);
    float ahead = progress * (1.0 + soft) - key;
    float ends = smoothstep(0.0, 0.1, progress) * smoothstep(0.0, 0.1, 1.0 - progress);
    // The front bends what is behind it, soaks what is before it, and glows.
    float front = exp(-abs(ahead - 0.5 * soft) * 20.0) * ends;
    vec2 bend = wave_ * 0.14 * front;
    vec4 a = IMG_NORM_PIXEL(startImage, uncentredMirrored(p + bend, RENDERSIZE));
    vec4 b = IMG_NORM_PIXEL(endImage, uncentredMirrored(p - bend, RENDERSIZE));
    a.rgb *= 1.0 - 0.65 * exp(-max(-ahead, 0.0) * 9.0) * ends;
    vec4 c = mixLight(a, b, smoothstep(0.0, 1.0, t));
    vec3 hot = mix(colour.rgb * colour.rgb, vec3(1.0), 0.5 * front * front);
    gl_FragColor = vec4(min(sqrt(c.rgb * c.rgb + hot * front * front * glow * 1.8), 1.0), c.a);
}
