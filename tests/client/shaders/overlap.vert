#version 450
layout(set = 0, binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Push { uint dst, src, value, times, width; };
void main()
{
    const uint i = gl_VertexIndex;
    data[dst + i] = data[dst + i] * 5u + data[src + i] + value;
    gl_Position = vec4(2, 2, 2, 1); /* nothing to see */
    gl_PointSize = 1.0;
}
