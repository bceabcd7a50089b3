/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Glow of the bright parts over four scales, with a horizontal lens streak; breathes with the kick",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Light"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "threshold", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 0.95},
    {"NAME": "spread", "TYPE": "float", "DEFAULT": 0.65, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "streak", "TYPE": "float", "DEFAULT": 0.3, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "tint", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "down4", "WIDTH": "max(floor($WIDTH/4.0),1.0)", "HEIGHT": "max(floor($HEIGHT/4.0),1.0)", "FLOAT": true},
    {"TARGET": "down8", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)", "FLOAT": true},
    {"TARGET": "down16", "WIDTH": "max(floor($WIDTH/16.0),1.0)", "HEIGHT": "max(floor($HEIGHT/16.0),1.0)", "FLOAT": true},
    {"TARGET": "down32", "WIDTH": "max(floor($WIDTH/32.0),1.0)", "HEIGHT": "max(floor($HEIGHT/32.0),1.0)", "FLOAT": true},
    {"TARGET": "up16", "WIDTH": "max(floor($WIDTH/16.0),1.0)", "HEIGHT": "max(floor($HEIGHT/16.0),1.0)", "FLOAT": true},
    {"TARGET": "up8", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)", "FLOAT": true},
    {"TARGET": "up4", "WIDTH": "max(floor($WIDTH/4.0),1.0)", "HEIGHT": "max(floor($HEIGHT/4.0),1.0)", "FLOAT": true},
    {}
  ]
}*/
#include "fx.glsl"

// Four taps between texels of an image of `size`: a tent two texels wide.
#define TENT(image, size, reachTexels) 0.25 * ( \
    IMG_NORM_PIXEL(image, isf_FragNormCoord + vec2(reachTexels) / (size)).rgb + \
    IMG_NORM_PIXEL(image, isf_FragNormCoord - vec2(reachTexels) / (size)).rgb + \
    IMG_NORM_PIXEL(image, isf_FragNormCoord + vec2(reachTexels, -(reachTexels)) / (size)).rgb + \
    IMG_NORM_PIXEL(image, isf_FragNormCoord - vec2(reachTexels, -(reachTexels)) / (size)).rgb)

// Light above the threshold, with a soft knee.
vec3 brightPart(vec3 c) {
    float peak = max(c.r, max(c.g, c.b));
    float over = max(peak - threshold + 0.15, 0.0);
    float kept = min(over * over / 0.6, max(peak - threshold, 0.0) + 0.08);
    return c * c * kept / max(peak, 1e-3) * 1.6;
}

vec3 streakLight() {
    vec2 texel = vec2(1.0, 0.0) / IMG_SIZE(down16);
    vec3 sum = vec3(0.0);
    for (int i = -6; i <= 6; i++) {
        float x = float(i) * 1.7;
        sum += IMG_NORM_PIXEL(down16, isf_FragNormCoord + x * texel).rgb * exp(-abs(x) * 0.28);
    }
    return sum * vec3(0.10, 0.14, 0.22);
}

void main() {
    if (amount <= 0.0) {
        gl_FragColor = PASSINDEX == 7 ? IMG_THIS_PIXEL(inputImage) : vec4(0.0);
        return;
    }
    vec3 light_ = vec3(0.0);
    if (PASSINDEX == 0) light_ = brightPart(TENT(inputImage, IMG_SIZE(inputImage), 1.0));
    else if (PASSINDEX == 1) light_ = TENT(down4, IMG_SIZE(down4), 1.0);
    else if (PASSINDEX == 2) light_ = TENT(down8, IMG_SIZE(down8), 1.0);
    else if (PASSINDEX == 3) light_ = TENT(down16, IMG_SIZE(down16), 1.0);
    else if (PASSINDEX == 4) light_ = IMG_THIS_PIXEL(down16).rgb + 1.5 * spread * TENT(down32, IMG_SIZE(down32), 1.0) + streak * streakLight();
    else if (PASSINDEX == 5) light_ = IMG_THIS_PIXEL(down8).rgb + (0.3 + spread) * TENT(up16, IMG_SIZE(up16), 1.0);
    else if (PASSINDEX == 6) light_ = IMG_THIS_PIXEL(down4).rgb + (0.3 + spread) * TENT(up8, IMG_SIZE(up8), 1.0);
    else {
        vec4 src = IMG_THIS_PIXEL(inputImage);
        vec3 glow = IMG_THIS_PIXEL(up4).rgb * vec3(1.0 + 0.35 * tint, 1.0, 1.0 - 0.35 * tint);
        glow *= amount * (0.9 + 0.9 * kick + 0.35 * bass);
        vec3 lit = 1.0 - (1.0 - src.rgb * src.rgb) * exp(-glow);
        gl_FragColor = vec4(sqrt(lit), max(src.a, min(1.0, luma(glow))));
        return;
    }
    gl_FragColor = vec4(light_, 1.0);
}
