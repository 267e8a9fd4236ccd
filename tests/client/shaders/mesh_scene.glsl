/* The primitives of a scene: what vertex and mesh shaders both draw. */
layout(push_constant) uniform Push { uint prims, first, flags, layers; };
const uint CULL = 1u, CLIP = 2u, TOO_MANY_VERTICES = 4u, TOO_MANY_PRIMITIVES = 8u, BAD_INDICES = 16u, BAD_GRID = 32u;
float number(uint x)
{
    x = (x ^ x >> 15) * 0x9e3779b1u;
    x = (x ^ x >> 13) * 0x9e3779b1u;
    return float(x >> 16) / 65536.0;
}
vec4 place(uint prim, uint v)
{
    const vec2 middle = vec2(number(prim * 16u), number(prim * 16u + 1u)) * 2.2 - 1.1;
    const vec2 corner = vec2(number(prim * 16u + 2u + v), number(prim * 16u + 5u + v)) * 0.8 - 0.4;
    const float w = 0.5 + number(prim * 16u + 8u + v);
    return vec4((middle + corner) * w, 0.5 * w, w);
}
vec4 color(uint prim, uint v)
{
    return vec4(number(prim * 16u + 11u + v), float(v) / 2.0, number(prim * 16u + 14u), 1.0);
}
vec4 own(uint prim)
{
    return vec4(float(prim), number(prim + 77u), float(prim % 5u), 1.0);
}
bool culled(uint prim)
{
    return (flags & CULL) != 0u && prim % 3u == 1u;
}
