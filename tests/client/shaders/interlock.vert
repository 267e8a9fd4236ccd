#version 450
/* Triangles: all of the screen, or anywhere. */
layout(push_constant) uniform Push { uint base, anywhere; };
layout(location = 0) flat out uint id;
void main()
{
    const uint t = gl_VertexIndex / 3u, i = gl_VertexIndex % 3u;
    id = base + t;
    vec2 p = vec2(i == 1u ? 3.0 : -1.0, i == 2u ? 3.0 : -1.0);
    if (anywhere != 0u) {
        uint h = (id * 3u + i + 1u) * 2654435761u;
        h ^= h >> 15;
        h *= 2246822519u;
        h ^= h >> 13;
        p = vec2(h & 0xffffu, h >> 16) / 32768.0 - 1.0;
    }
    gl_Position = vec4(p, 0.5, 1.0);
}
