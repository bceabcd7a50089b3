#ifndef PALETTE_GLSL
#define PALETTE_GLSL
// Sixteen palettes of five stops: one near-black ground, four bright colours of strong contrast.
// paletteColor walks all five (dark included), paletteGlow the four bright ones; both repeat every 1.
// The ...Light versions are linear light, to add and to shade with; finish with toDisplay().

// The stops of one palette in linear light.
struct Stops { vec3 a; vec3 b; vec3 c; vec3 d; vec3 e; };

vec3 rgb(int hex) {
    vec3 c = vec3(ivec3(hex >> 16, hex >> 8, hex) & 255) / 255.0;
    return c * c;
}

Stops stops(int a, int b, int c, int d, int e) { return Stops(rgb(a), rgb(b), rgb(c), rgb(d), rgb(e)); }

Stops paletteStops(int which) {
    switch (which & 15) {
        case 0:  return stops(0x07001c, 0xff0f86, 0x7a1cff, 0x00e5ff, 0x2a4bff);  // neon
        case 1:  return stops(0x100000, 0xa80c00, 0xff3a00, 0xffa400, 0xffefa0);  // fire
        case 2:  return stops(0x010818, 0x0a48b8, 0x1c9ff5, 0x96e6ff, 0xffffff);  // ice
        case 3:  return stops(0x0d001a, 0x4a0cb4, 0xa31cf2, 0xff54f0, 0xffd0ff);  // violet
        case 4:  return stops(0x0a0502, 0x703a06, 0xd68a0e, 0xffd044, 0xfff6d8);  // gold
        case 5:  return stops(0x021006, 0x04c43a, 0xa6ff00, 0xf8ff38, 0x00ffc8);  // acid
        case 6:  return stops(0x000000, 0x3c3c3c, 0xffffff, 0x8a8a8a, 0xf4f4f4);  // mono
        case 7:  return stops(0x140326, 0x6c1aa0, 0xff2a62, 0xff8826, 0xffe088);  // sunset
        case 8:  return stops(0x000e1a, 0x00508e, 0x00a8a8, 0x36f4d0, 0xe8fff6);  // ocean
        case 9:  return stops(0x020c06, 0x0c5a34, 0x34a848, 0xc8dc3c, 0xffeaa0);  // forest
        case 10: return stops(0x240834, 0xff4f9c, 0xffb02e, 0x50f4d4, 0x8470ff);  // candy
        case 11: return stops(0x080001, 0x68000c, 0xc8001e, 0xff2a2e, 0xffb49c);  // blood
        case 12: return stops(0x070a0d, 0x843510, 0xe67832, 0xffd0a0, 0x22b8aa);  // copper
        case 13: return stops(0x010616, 0x0cdc88, 0x2ae4ff, 0xb43cff, 0x2a50f0);  // aurora
        case 14: return stops(0x05000e, 0x2600ff, 0x7c00ff, 0xd800ff, 0x46e0ff);  // ultraviolet
        default: return stops(0x22244e, 0xffa8c0, 0xffe0a0, 0xaef4d6, 0xb2aeff);  // pastel
    }
}

// Mixes of two neighbouring stops, written as tents: cheaper than finding which two.
vec3 stopsLight(Stops s, float t) {
    float x = 5.0 * fract(t);
    vec4 w = max(1.0 - abs(x - vec4(1.0, 2.0, 3.0, 4.0)), 0.0);
    float first = max(abs(x - 2.5) - 1.5, 0.0);
    return s.a * first + s.b * w.x + s.c * w.y + s.d * w.z + s.e * w.w;
}

vec3 stopsGlow(Stops s, float t) {
    float x = 4.0 * fract(t);
    vec3 w = max(1.0 - abs(x - vec3(1.0, 2.0, 3.0)), 0.0);
    float first = max(abs(x - 2.0) - 1.0, 0.0);
    return s.b * first + s.c * w.x + s.d * w.y + s.e * w.z;
}

vec3 paletteLight(int which, float t) { return stopsLight(paletteStops(which), t); }
vec3 paletteGlowLight(int which, float t) { return stopsGlow(paletteStops(which), t); }
vec3 paletteColor(int which, float t) { return sqrt(paletteLight(which, t)); }
vec3 paletteGlow(int which, float t) { return sqrt(paletteGlowLight(which, t)); }

float luma(vec3 c) { return dot(c, vec3(0.2126, 0.7152, 0.0722)); }

// Turns the hue by `turns` about the grey axis; grey stays grey.
vec3 hueTurn(vec3 c, float turns) {
    float a = 6.2831853 * turns;
    float co = cos(a);
    vec3 k = vec3(0.57735027);
    return max(c * co + cross(k, c) * sin(a) + k * dot(k, c) * (1.0 - co), 0.0);
}

// Linear light to the screen: what is brighter than 1 spills into white, like a lamp on film.
vec3 toDisplay(vec3 c) {
    float over = max(max(c.r, max(c.g, c.b)) - 1.0, 0.0);
    c = max(c, 0.0) + 0.22 * over;
    vec3 knee = 0.7 + 0.3 * (1.0 - exp((0.7 - max(c, 0.7)) / 0.3));
    return sqrt(min(c, knee));
}
#endif
