#ifndef SCENE_GLSL
#define SCENE_GLSL
// What every scene shares: a whole camera, the march, the light. Expects the inputs of generator.glsl and eyeX eyeY
// eyeZ, quatX quatY quatZ quatW (the camera's turn; at rest it looks along -z with y up), fov (vertical, degrees).
// Compiled with WORLD_DEPTH a scene gives the depth along the camera's axis in scene units instead of colours.
#include "generator.glsl"

const float FAR = 80.0;  // scene units; what is not hit lies here
int part = 0;            // which thing map() found nearest
float lamp = 1e3;        // distance to the nearest lamp, said by map()
float glow = 0.0;        // light of lamps gathered along the last march

float map(vec3 p);  // signed distance, every scene's own

vec3 eyePoint() { return vec3(eyeX, eyeY, eyeZ); }
vec3 turned(vec3 v) {
    vec4 q = vec4(quatX, quatY, quatZ, quatW);
    q = dot(q, q) < 1e-6 ? vec4(0.0, 0.0, 0.0, 1.0) : normalize(q);
    return v + 2.0 * cross(q.xyz, cross(q.xyz, v) + q.w * v);
}
vec3 eyeRay() { return turned(normalize(vec3(screenPoint() * tan(0.5 * radians(fov)), -1.0))); }

// Distance to the surface, at most `most`, else FAR. care < 1 for distances that promise too much.
float march(vec3 o, vec3 d, float most, int steps, float care) {
    float t = 0.01;
    glow = 0.0;
    for (int i = 0; i < steps; i++) {
        float gap = map(o + d * t);
        glow += min(gap, 0.35) * glowFall(lamp, 0.10);
        if (gap < 0.0003 * (1.0 + t)) return t + gap;
        t += gap * care;
        if (t > most) return FAR;
    }
    return t;
}

// Where the ray meets the plane y = height, else FAR.
float meetsPlane(vec3 o, vec3 d, float height) {
    float t = (height - o.y) / (abs(d.y) < 1e-5 ? -1e-5 : d.y);
    return t > 0.0 && t < FAR ? t : FAR;
}

vec3 normalAt(vec3 p, float e) {
    vec3 n = vec3(0.0);
    for (int i = 0; i < 4; i++) {
        vec3 k = 0.57735 * (2.0 * vec3(((i + 3) >> 1) & 1, (i >> 1) & 1, i & 1) - 1.0);
        n += k * map(p + e * k);
    }
    return normalize(n);
}

// 1 in the open, towards 0 in corners.
float openness(vec3 p, vec3 n, float reach) {
    float shut = 0.0, weight = 1.0;
    for (int i = 1; i <= 4; i++) {
        float h = reach * float(i * i) / 16.0 + 0.01;
        shut += (h - map(p + n * h)) * weight / h;
        weight *= 0.7;
    }
    return clamp(1.0 - 0.40 * shut, 0.0, 1.0);
}

// 1 in the light, soft towards the shadow's edge.
float sunlit(vec3 p, vec3 to, float most) {
    float t = 0.04, open_ = 1.0;
    for (int i = 0; i < 22; i++) {
        float gap = map(p + to * t);
        open_ = min(open_, 0.5 + 9.0 * gap / t);
        t += clamp(gap, 0.03, 0.8);
        if (open_ < 0.01 || t > most) break;
    }
    open_ = clamp(open_, 0.0, 1.0);
    return open_ * open_ * (3.0 - 2.0 * open_);
}

float fresnel(vec3 n, vec3 d, float bare) { return bare + (1.0 - bare) * pow(clamp(1.0 + dot(n, d), 0.0, 1.0), 5.0); }

float gleam(vec3 n, vec3 d, vec3 to, float hard) { return pow(max(dot(reflect(d, n), to), 0.0), hard); }

// Stars that stay where they are; d of length 1.
float stars(vec3 d, float many) {
    vec3 a = abs(d);
    vec2 g = (a.x > a.y && a.x > a.z ? d.yz / d.x : a.y > a.z ? d.xz / d.y + 9.0 : d.xy / d.z + 18.0) * 34.0;
    vec4 h = hash4(floor(g), seed + 0.4);
    vec2 o = fract(g) - 0.5 - (h.xy - 0.5) * 0.7;
    return exp(-dot(o, o) * 160.0) * step(1.0 - many, h.w) * (0.4 + h.z);
}

// Exponential fog; t in scene units.
vec3 fogged(vec3 c, vec3 air, float t, float thick) {
    return mix(air, c, exp(-t * thick * (0.4 + 1.2 * haze)));
}

// The end of every scene. t: distance along the ray d.
vec4 finishScene(vec3 c, float t, vec3 d) {
#ifdef WORLD_DEPTH
    return vec4(t * dot(d, turned(vec3(0.0, 0.0, -1.0))));
#else
    c *= 1.0 + 0.5 * beatRing(length(screenPoint()));
    vec2 s = screenPoint() * vec2(RENDERSIZE.y / RENDERSIZE.x, 1.0);
    return finish(c * (1.06 - 0.32 * dot(s, s)));
#endif
}
#endif
