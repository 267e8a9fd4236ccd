#version 450
/* Buffers with holes; blocks, arrays, matrices, 64 bits, built-ins, an output that nobody writes. */
layout(xfb_buffer = 0, xfb_stride = 32) out;
layout(xfb_buffer = 0, xfb_offset = 0) out gl_PerVertex {
    vec4 gl_Position;
    layout(xfb_offset = 20) float gl_PointSize;
};
layout(location = 0, xfb_buffer = 1, xfb_stride = 64, xfb_offset = 4) flat out uint id;
layout(location = 1, xfb_buffer = 1, xfb_offset = 12) flat out ivec3 number;
layout(location = 2, xfb_buffer = 1, xfb_offset = 24) out mat2x3 m;
layout(location = 4, xfb_buffer = 1, xfb_offset = 48) flat out double wide;
layout(location = 5, xfb_buffer = 1, xfb_offset = 60) out float nothing;
layout(location = 6, xfb_buffer = 2, xfb_stride = 20) out B {
    layout(xfb_offset = 4) float pair[2];
    layout(xfb_offset = 16) float last;
} b;
layout(location = 12) flat out uint not_captured;
void main()
{
    uint v = uint(gl_VertexIndex);
    float f = float(v);
    gl_Position = vec4(f, float(gl_InstanceIndex), 0.5, 1.0);
    gl_PointSize = 1.0;
    id = v * 2654435761u + uint(gl_InstanceIndex);
    number = ivec3(gl_VertexIndex, -gl_VertexIndex, gl_InstanceIndex);
    m = mat2x3(f, f + 0.25, f + 0.5, f * 2.0, f * 3.0, f * 4.0);
    wide = double(f) * 1.0e-3;
    b.pair = float[2](f - 1.0, f - 2.0);
    b.last = -f;
    not_captured = 7u;
}
