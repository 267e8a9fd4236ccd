/* Strips of lengths that depend on the primitive and the invocation. */
layout(points, invocations = 3) in;
layout(location = 0) in int id[];
layout(location = 0, xfb_buffer = 0, xfb_stride = 16, xfb_offset = 0) out ivec4 v;
void main()
{
    uint h = uint(id[0] * 3 + gl_InvocationID) * 2654435761u;
    uint n = (h >> 28) % 11u;
    for (uint i = 0u; i < n; i++) {
        v = ivec4(id[0], gl_InvocationID, int(i), -7);
        gl_Position = vec4(0.0, 0.0, 0.0, 1.0);
        EmitVertex();
        if ((h >> i & 1u) != 0u) {
            EndPrimitive();
        }
    }
}
