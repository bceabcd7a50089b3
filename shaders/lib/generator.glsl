#ifndef GENERATOR_GLSL
#define GENERATOR_GLSL
// What every generator shares. Expects the inputs motion, rate, palette, hue, kick, beatPhase.
#include "palette.glsl"
#include "noise.glsl"
#include "shapes.glsl"
#include "space.glsl"

// The loop: the only clock a generator may read, 0-1, then the same again.
float turnNow() { return fract(motion + TIME * rate); }
vec2 screenPoint() { return centred(isf_FragNormCoord, RENDERSIZE); }
float screenPixel() { return pixelSize(RENDERSIZE); }

// A ring that leaves the middle on each beat and fades before the next; 0 at rest (beatPhase 0).
float beatRing(float r) {
    float d = (r - 2.2 * beatPhase) / 0.22;
    return exp(-d * d) * (1.0 - beatPhase) * smoothstep(0.0, 0.08, beatPhase);
}

// Linear light to the picture: hue, the punch of the kick, the lamp's shoulder.
vec4 finish(vec3 light_) {
    vec3 c = hueTurn(light_, hue) * (1.0 + 0.55 * kick);
    // Projector print: less grey in the middle, and a toe that keeps the dark dark.
    float grey = clamp(min(c.r, min(c.g, c.b)), 0.0, 1.0);
    c = max(c - 0.75 * grey * (1.0 - grey), 0.0);
    float high_ = max(c.r, max(c.g, c.b));
    c *= 1.1 * high_ / (high_ + 0.07);
    return vec4(toDisplay(c), 1.0);
}

// finish() for a picture with depth: compiled with WORLD_DEPTH it shows how near things are, 0-1, instead.
vec4 finishNear(vec3 light_, float nearness) {
#ifdef WORLD_DEPTH
    return vec4(vec3(clamp(nearness, 0.0, 1.0)), 1.0);
#else
    return finish(light_);
#endif
}
#endif
