/*{
  "ISFVSN": "2",
  "DESCRIPTION": "A soft edge of light sweeps across; both pictures drift with it",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Transition"],
  "INPUTS": [
    {"NAME": "startImage", "TYPE": "image"},
    {"NAME": "endImage", "TYPE": "image"},
    {"NAME": "progress", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "angle", "TYPE": "float", "DEFAULT": 0.08, "MIN": 0.0, "MAX": 1.0, "LABEL": "Angle (turns)"},
    {"NAME": "softness", "TYPE": "float", "DEFAULT": 0.12, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "light", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "drift", "TYPE": "float", "DEFAULT": 0.25, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "colour", "TYPE": "color", "DEFAULT": [1.0, 0.85, 0.6, 1.0]}
  ]
}*/
#include "fx.glsl"

void main() {
    if (progress <= 0.0 || progress >= 1.0) {
        gl_FragColor = progress <= 0.0 ? IMG_THIS_PIXEL(startImage) : IMG_THIS_PIXEL(endImage);
        return;
    }
    vec2 p = centred(isf_FragNormCoord, RENDERSIZE), along = onCircle(angle);
    float far = reach(along, RENDERSIZE);
    float soft = max(softness, 2.0 / RENDERSIZE.y);
    float key = 0.5 + 0.5 * dot(p, along) / far;
    float t = turnOf(ease(progress), key, soft);
    vec2 go = along * drift * 0.5;
    vec4 a = IMG_NORM_PIXEL(startImage, uncentredMirrored(p - go * ease(progress), RENDERSIZE));
    vec4 b = IMG_NORM_PIXEL(endImage, uncentredMirrored(p + go * (1.0 - ease(progress)), RENDERSIZE));
    vec4 c = mixLight(a, b, smoothstep(0.0, 1.0, t));
    // A thin line of light and a wide glow ride on the edge.
    float edge = (ease(progress) * (1.0 + soft) - key - 0.5 * soft) * far * 2.0;
    float glow = exp(-abs(edge) * 28.0) + 0.35 * exp(-abs(edge) * 6.0);
    vec3 lit = c.rgb * c.rgb + colour.rgb * colour.rgb * glow * light * 1.6 * smoothstep(0.0, 0.08, progress) * smoothstep(0.0, 0.08, 1.0 - progress);
    gl_FragColor = vec4(min(sqrt(lit), 1.0), c.a);
}
