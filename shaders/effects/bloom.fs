/*{
  "ISFVSN": "2",
  "DESCRIPTION": "Glow of the bright parts: a tight core, a wide halo and a horizontal lens streak; breathes with the kick",
  "CREDIT": "VJ project",
  "CATEGORIES": ["Filter", "Light"],
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.6, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "threshold", "TYPE": "float", "DEFAULT": 0.55, "MIN": 0.0, "MAX": 0.9},
    {"NAME": "spread", "TYPE": "float", "DEFAULT": 0.5, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "streak", "TYPE": "float", "DEFAULT": 0.35, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "warmth", "TYPE": "float", "DEFAULT": 0.0, "MIN": -1.0, "MAX": 1.0},
    {"NAME": "kick", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0},
    {"NAME": "bass", "TYPE": "float", "DEFAULT": 0.0, "MIN": 0.0, "MAX": 1.0}
  ],
  "PASSES": [
    {"TARGET": "bright", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)", "FLOAT": true},
    {"TARGET": "coreX", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)", "FLOAT": true},
    {"TARGET": "core", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)", "FLOAT": true},
    {"TARGET": "haloX", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)", "FLOAT": true},
    {"TARGET": "halo", "WIDTH": "max(floor($WIDTH/8.0),1.0)", "HEIGHT": "max(floor($HEIGHT/8.0),1.0)", "FLOAT": true},
    {}
  ]
}*/
#include "fx.glsl"

// Loops with a count, not branches: software GL runs both sides of a branch, but leaves a loop.
// bright -> coreX -> core (narrow) -> haloX -> halo (wide, and wider still along x); light is kept as its root / 2.

// Light above the threshold, with a soft knee.
vec3 brightPart(vec3 c) {
    float peak = max(c.r, max(c.g, c.b));
    float kept = smoothstep(threshold - 0.1, threshold + 0.45, 0.5 * (peak + luma(c)));
    return c * c * kept * (1.0 + 2.0 * kept);
}

vec3 lightOf(vec3 stored) { return 4.0 * stored * stored; }

vec3 gathered(int taps) {
    vec2 texel = 1.0 / IMG_SIZE(bright);
    bool wide = PASSINDEX > 2;
    vec2 along = (PASSINDEX == 1 || PASSINDEX == 3 ? vec2(texel.x, 0.0) : vec2(0.0, texel.y)) * (wide ? 2.4 : 1.0);
    float narrow = wide ? 0.055 : 0.16;
    vec3 sum = vec3(0.0);
    float all = 0.0;
    for (int i = 0; i < taps; i++) {
        float x = float(i) - 0.5 * float(taps - 1);
        vec2 at = isf_FragNormCoord + along * x;
        vec3 c = PASSINDEX == 1 ? IMG_NORM_PIXEL(bright, at).rgb : PASSINDEX == 2 ? IMG_NORM_PIXEL(coreX, at).rgb :
                 PASSINDEX == 3 ? IMG_NORM_PIXEL(core, at).rgb : IMG_NORM_PIXEL(haloX, at).rgb;
        float w = exp(-x * x * narrow);
        // The streak: a slow tail along x only.
        w += PASSINDEX == 3 ? 0.5 * streak * exp(-0.28 * abs(x)) : 0.0;
        sum += w * lightOf(c);
        all += exp(-x * x * narrow);
    }
    return sum / max(all, 1e-3);
}

vec3 brightHere(int taps) {
    vec3 sum = vec3(0.0);
    for (int i = 0; i < taps; i++) {
        vec2 corner = vec2(i & 1, i >> 1) * 2.0 - 1.0;
        sum += brightPart(IMG_NORM_PIXEL(inputImage, isf_FragNormCoord + corner * 2.0 / IMG_SIZE(inputImage)).rgb);
    }
    return 0.25 * sum;
}

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    vec3 small = brightHere(PASSINDEX == 0 ? 4 : 0);
    vec3 blurred = gathered(PASSINDEX == 0 || PASSINDEX == 5 ? 0 : PASSINDEX == 3 ? 17 : 9);
    if (PASSINDEX < 5) {
        vec3 light_ = PASSINDEX == 0 ? small : blurred;
        gl_FragColor = vec4(0.5 * sqrt(light_), 1.0);
        return;
    }
    if (amount <= 0.0) {
        gl_FragColor = src;
        return;
    }
    vec3 near = lightOf(IMG_THIS_PIXEL(core).rgb), far = lightOf(IMG_THIS_PIXEL(halo).rgb);
    // Where all around is bright the eye of the camera closes: fields keep their colour, small lights shine.
    vec3 glow = (1.3 * near + (0.15 + 1.1 * spread) * far) / (1.0 + 7.0 * luma(far));
    glow = max(mix(vec3(luma(glow)), glow, 1.5), 0.0);
    // A toe keeps the dark dark: no grey veil.
    glow *= glow / (glow + 0.12);
    glow *= vec3(1.0 + 0.30 * warmth, 1.0, 1.0 - 0.30 * warmth) * amount * (0.9 + 0.9 * kick + 0.35 * bass);
    vec3 lit = 1.0 - (1.0 - src.rgb * src.rgb) * exp(-glow);
    gl_FragColor = vec4(sqrt(lit), max(src.a, min(1.0, luma(glow))));
}
