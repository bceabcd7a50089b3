/*{
  "ISFVSN": "2",
  "DESCRIPTION": "The picture melts away by brightness and runs down like wax",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "softness", "TYPE": "float", "DEFAULT": 0.35, "MIN": 0.02, "MAX": 1.0},
    {"NAME": "melt", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bright", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0, "LABEL": "Bright parts first"},
    {"NAME": "glow", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 uv = isf_FragNormCoord;
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    // Every column runs down at its own pace.
    float column = 0.5 + 0.5 * flowNoise(vec2(uv.x * aspect * 5.0, 0.3 * uv.y), 0.2, 0.1);
    float fine = 0.5 + 0.5 * flowNoise(vec2(uv.x * aspect * 22.0, 0.6 * uv.y), 0.4, 0.2);
    float run = melt * progress * progress * (0.10 + 0.65 * column * column + 0.16 * fine);
    vec4 a = IMG_NORM_PIXEL(startImage, mirrored(uv + vec2(0.0, run)));
    vec4 b = IMG_THIS_PIXEL(endImage);
    float tone = sqrt(clamp(luma(a.rgb), 0.0, 1.0));
    float key = mix(tone, 1.0 - tone, bright);
    key = clamp(0.60 * key + 0.28 * (1.0 - column) + 0.12 * fine, 0.0, 1.0);
    float soft = max(softness, 0.02), t = turnOf(progress, key, soft);
    vec4 c = mixLight(a, b, smoothstep(0.0, 1.0, t));
    // What is about to go glows in its own colour.
    float heat = 4.0 * t * (1.0 - t) * glow * smoothstep(0.0, 0.1, progress) * smoothstep(0.0, 0.1, 1.0 - progress);
    vec3 lit = c.rgb * c.rgb * (1.0 + 1.2 * heat) + heat * 0.30 * a.rgb * vec3(1.0, 0.75, 0.55);
    gl_FragColor = vec4(min(sqrt(lit), 1.0), c.a);
}
