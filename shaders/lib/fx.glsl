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

// 1 on a strong hit, falling: the kick while music plays; in silence the beat, when one is known, else `rate` per second.
float hitPulse(float kick, float level, float beat, float beatPhase, float rate) {
    float phase = beat + beatPhase > 1e-4 ? beatPhase : fract(TIME * rate);
    float quiet = 1.0 - smoothstep(0.02, 0.12, level);
    return max(kick, 0.85 * quiet * exp(-4.0 * phase));
}

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
