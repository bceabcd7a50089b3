/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Hue that turns with time and jumps on the snare, with saturation and contrast",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Colour"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "hue", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0, "LABEL": "Hue (turns)"},
    {"NAME": "speed", "TYPE": "float", "DEFAULT": 0.06, "MIN": -0.5, "MAX": 0.5, "LABEL": "Turns per second"},
    {"NAME": "saturation", "TYPE": "float", "DEFAULT": 1.15, "MIN": 0.0, "MAX": 2.0},
    {"NAME": "contrast", "TYPE": "float", "DEFAULT": 1.06, "MIN": 0.6, "MAX": 1.8},
    {"NAME": "jump", "TYPE": "float", "DEFAULT": 0.12, "MIN": 0.0, "MAX": 0.5, "LABEL": "Jump on the snare (turns)"},
    {"NAME": "snare", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ]
}*/
#include "fx.glsl"

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    float before = luma(src.rgb);
    vec3 c = hueTurn(src.rgb, hue + speed * TIME + jump * snare);
    // Turning blue to yellow would make it glare: keep half of the old lightness.
    c *= mix(1.0, (before + 0.02) / (luma(c) + 0.02), 0.5);
    c = mix(vec3(luma(c)), c, saturation);
    c = (c - 0.45) * contrast + 0.45;
    gl_FragColor = vec4(mix(src.rgb, clamp(c, 0.0, 1.0), amount), src.a);
}
