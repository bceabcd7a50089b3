#ifndef FX_GLSL
#define FX_GLSL
// What the effects and transitions share.
#include "noise.glsl"
#include "palette.glsl"
#include "space.glsl"

// Picture coordinates 0-1, mirrored at the borders: no smeared edge however far a picture is moved.
vec2 mirrored(vec2 unit) { return 1.0 - abs(1.0 - mod(unit, 2.0)); }

// From centred() back to 0-1.
vec2 uncentred(vec2 p, vec2 size) { return p / vec2(size.x / size.y, 1.0) * 0.5 + 0.5; }
vec2 uncentredMirrored(vec2 p, vec2 size) { return mirrored(uncentred(p, size)); }

// Half the length of the frame along a direction of length 1, in centred() units.
float reach(vec2 along, vec2 size) { return abs(along.x) * size.x / size.y + abs(along.y); }

// 1 while a host sends beats or sound, 0 in a host that does not know them.
float hosted(float beat, float beatPhase, float level) { return step(1e-4, beat + beatPhase + level); }

// A pulse of its own, for silence without a host: 1 on the pulse, falling.
float ownPulse(float time, float rate) { return exp(-5.0 * fract(time * rate) / max(rate, 0.5)); }

// 0 at both ends of a transition, 1 in the middle, flat at all three.
float bell(float x) { float s = sin(3.14159265 * clamp(x, 0.0, 1.0)); return s * s; }

float ease(float x) { x = clamp(x, 0.0, 1.0); return x * x * x * (x * (x * 6.0 - 15.0) + 10.0); }

// Progress of one place: `key` 0-1 says when its turn comes, `soft` how long it takes (both of the whole).
float turnOf(float progress, float key, float soft) {
    return clamp((progress * (1.0 + soft) - key) / max(soft, 1e-4), 0.0, 1.0);
}

// A mix in linear light (gamma 2): no dark dip between two bright pictures.
vec4 mixLight(vec4 a, vec4 b, float t) {
    return vec4(sqrt(mix(a.rgb * a.rgb, b.rgb * b.rgb, t)), mix(a.a, b.a, t));
}
#endif
