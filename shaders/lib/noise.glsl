#ifndef NOISE_GLSL
#define NOISE_GLSL
#include "space.glsl"
// Hashes are integer arithmetic: the same on every GPU. `salt` reshuffles (pass seed).

uint mixBits(uint h) {
    h ^= h >> 16; h *= 0x7feb352du;
    h ^= h >> 15; h *= 0x846ca68bu;
    return h ^ (h >> 16);
}

uint saltBits(float salt) { return uint(salt * 65521.0 + 0.5) * 0x9e3779b9u; }

uint cellBits(ivec2 cell, float salt) {
    return mixBits(uint(cell.x) * 0x8da6b343u ^ uint(cell.y) * 0xd8163841u ^ saltBits(salt));
}

float unitFrom(uint h) { return float(h >> 8) * (1.0 / 16777216.0); }

// 0-1 per integer cell.
float hash1(vec2 cell, float salt) { return unitFrom(cellBits(ivec2(cell), salt)); }
vec2 hash2(vec2 cell, float salt) {
    uint h = cellBits(ivec2(cell), salt);
    return vec2(h & 65535u, h >> 16) / 65536.0;
}
vec4 hash4(vec2 cell, float salt) {
    uint h = cellBits(ivec2(cell), salt);
    uint g = mixBits(h + 0x68bc21ebu);
    return vec4(h & 65535u, h >> 16, g & 65535u, g >> 16) / 65536.0;
}
float hash1(float cell, float salt) { return hash1(vec2(cell, 17.0), salt); }
vec4 hash4(float cell, float salt) { return hash4(vec2(cell, 17.0), salt); }

vec2 spin(uint h, float turn) {
    return onCircle(float(h & 65535u) / 65536.0 + ((h & 65536u) != 0u ? turn : -turn));
}

// Gradient noise, about -1 to 1, whose gradients turn: it boils, and is the same again when turn grows by 1.
float flowNoise(vec2 p, float turn, float salt) {
    vec2 i = floor(p);
    vec2 f = p - i;
    ivec2 c = ivec2(i);
    vec2 u = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    float a = dot(spin(cellBits(c, salt), turn), f);
    float b = dot(spin(cellBits(c + ivec2(1, 0), salt), turn), f - vec2(1.0, 0.0));
    float d = dot(spin(cellBits(c + ivec2(0, 1), salt), turn), f - vec2(0.0, 1.0));
    float e = dot(spin(cellBits(c + ivec2(1, 1), salt), turn), f - vec2(1.0, 1.0));
    return 1.5 * mix(mix(a, b, u.x), mix(d, e, u.x), u.y);
}

// Octaves of flowNoise, about -1 to 1; `rough` 0-1 is how much the fine ones weigh.
float flowFbm(vec2 p, float turn, int octaves, float rough, float salt) {
    float sum = 0.0, norm = 0.0, amp = 1.0;
    for (int i = 0; i < octaves; i++) {
        sum += amp * flowNoise(p, turn, salt + float(i) * 0.07);
        norm += amp;
        amp *= mix(0.3, 0.62, rough);
        p = mat2(1.6, 1.2, -1.2, 1.6) * p + 3.7;
    }
    return sum / norm * 1.25;
}

// Smooth value noise, 0-1, repeating every `period` whole cells.
float tileNoise(vec2 p, vec2 period, float salt) {
    vec2 i = floor(p);
    vec2 f = p - i;
    vec2 u = f * f * (3.0 - 2.0 * f);
    vec2 lo = mod(i, period), hi = mod(i + 1.0, period);
    float a = mix(hash1(lo, salt), hash1(vec2(hi.x, lo.y), salt), u.x);
    float b = mix(hash1(vec2(lo.x, hi.y), salt), hash1(hi, salt), u.x);
    return mix(a, b, u.y);
}
#endif
