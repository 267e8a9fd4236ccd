#version 450
layout(set = 0, binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Push { uint dst, src, value, times, width; };
layout(location = 0) out uvec4 o;
/* A third of the pixels keeps what it was. */
void main()
{
    const uint i = uint(gl_FragCoord.y) * width + uint(gl_FragCoord.x);
    if ((i + value) % 3u == 0u) {
        discard;
    }
    uint x = data[dst + i];
    for (uint t = 0; t < times; t++) {
        x = x * 7u + data[src + i] + value;
    }
    data[dst + i] = x;
    o = uvec4(x, 0, 0, 0);
}
