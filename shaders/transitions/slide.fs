/*{
  "ISFVSN": "2",
  "DESCRIPTION": "The coming picture pushes in over the leaving one, with depth, shadow and motion blur",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "direction", "TYPE": "long", "DEFAULT": 0, "VALUES": [0, 1, 2, 3], "LABELS": ["left", "right", "up", "down"]},
    {"NAME": "depth", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "blur", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "shadow", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

const int TAPS = 6;

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 uv = isf_FragNormCoord;
    vec2 go = direction == 0 ? vec2(-1.0, 0.0) : direction == 1 ? vec2(1.0, 0.0) : direction == 2 ? vec2(0.0, 1.0) : vec2(0.0, -1.0);
    float s = ease(progress), u = progress * (1.0 - progress);
    // 30 u^2 is the speed of ease(); the shutter is open for 4 % of the way.
    float smear = blur * 30.0 * u * u * 0.04, under = 1.0 - depth * 0.8;
    // How far past the edge of the coming picture, in frame lengths.
    float ahead = dot(uv - 0.5, -go) - (0.5 - s);
    float pixel = 1.0 / (abs(go.x) > 0.5 ? RENDERSIZE.x : RENDERSIZE.y);
    float over = clamp(0.5 + ahead / max(smear, pixel), 0.0, 1.0);
    int na = over < 1.0 ? TAPS : 0, nb = over > 0.0 ? TAPS : 0;
    float start = hash1(gl_FragCoord.xy, 0.5);
    vec4 a = vec4(0.0), b = vec4(0.0);
    for (int i = 0; i < na; i++) {
        float k = ((float(i) + start) / float(TAPS) - 0.5) * smear;
        vec4 x = IMG_NORM_PIXEL(startImage, mirrored(uv - go * (s + k) * under));
        a += vec4(x.rgb * x.rgb, x.a) / float(TAPS);
    }
    for (int i = 0; i < nb; i++) {
        float k = ((float(i) + start) / float(TAPS) - 0.5) * smear;
        vec4 x = IMG_NORM_PIXEL(endImage, mirrored(uv - go * (s - 1.0 + k)));
        b += vec4(x.rgb * x.rgb, x.a) / float(TAPS);
    }
    float dark = shadow * exp(-max(-ahead, 0.0) * 11.0) * smoothstep(0.0, 0.1, s) * smoothstep(0.0, 0.02, 1.0 - s);
    a.rgb *= (1.0 - 0.85 * dark) * (1.0 - 0.6 * s * depth);
    vec4 c = mix(a, b, over);
    gl_FragColor = vec4(sqrt(c.rgb), c.a);
}
