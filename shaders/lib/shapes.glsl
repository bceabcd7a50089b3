#ifndef SHAPES_GLSL
#define SHAPES_GLSL
// Signed distances (negative inside) in 2D and 3D, and soft edges that are one pixel wide.

float sdCircle(vec2 p, float r) { return length(p) - r; }
float sdBox(vec2 p, vec2 half_) {
    vec2 q = abs(p) - half_;
    return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0);
}
float sdSegment(vec2 p, vec2 a, vec2 b) {
    vec2 d = b - a;
    return length(p - a - d * clamp(dot(p - a, d) / dot(d, d), 0.0, 1.0));
}
// Regular polygon: n >= 3 sides, inner radius r, a flat side towards +x.
float sdPolygon(vec2 p, float n, float r) {
    float w = 6.2831853 / n;
    float a = atan(p.y, p.x);
    return length(p) * cos(a - w * floor(a / w + 0.5)) - r;
}
// n-pointed star, outer radius r; sharp 0 (polygon) - 1 (needles).
float sdStar(vec2 p, float n, float r, float sharp) {
    float w = 3.1415927 / n;
    float a = abs(mod(atan(p.y, p.x) + w, 2.0 * w) - w);
    vec2 q = length(p) * vec2(cos(a), sin(a));
    float inner = r * mix(cos(w), 0.12, sharp);
    vec2 tip = vec2(r, 0.0), dent = inner * vec2(cos(w), sin(w));
    vec2 e = dent - tip;
    return dot(q - tip, normalize(vec2(e.y, -e.x)));
}
float sdTorus(vec3 p, float ring, float tube) { return length(vec2(length(p.xz) - ring, p.y)) - tube; }
float sdBox(vec3 p, vec3 half_) {
    vec3 q = abs(p) - half_;
    return length(max(q, 0.0)) + min(max(q.x, max(q.y, q.z)), 0.0);
}
float smoothMin(float a, float b, float k) {
    float h = max(k - abs(a - b), 0.0) / k;
    return min(a, b) - h * h * k * 0.25;
}

// Coverage 0-1 of the inside of d, edge one pixel wide; px = what a pixel measures in d's unit.
float fillEdge(float d, float px) { return clamp(0.5 - d / px, 0.0, 1.0); }
// Coverage of a line of half width w about d = 0, never thinner than a pixel (it fades instead).
float lineEdge(float d, float w, float px) {
    float wide = max(w, 0.5 * px);
    return clamp(0.5 + (wide - abs(d)) / px, 0.0, 1.0) * min(1.0, w / (0.5 * px));
}
// Light falling off from a line or point, 1 at d = 0, half at d = size.
float glowFall(float d, float size) { float q = d / size; return 1.0 / (1.0 + q * q); }
#endif
