/* One point for each primitive and invocation: what it is made of. N: its vertices. */
layout(invocations = 2) in;
layout(points, max_vertices = 1) out;
layout(location = 0) in int id[];
layout(location = 0, xfb_buffer = 0, xfb_stride = 32, xfb_offset = 0) out ivec4 a;
layout(location = 1, xfb_buffer = 0, xfb_offset = 16) out ivec4 b;
void main()
{
    int v[6] = int[6](-1, -1, -1, -1, -1, -1);
    for (int i = 0; i < N; i++) {
        v[i] = id[i];
    }
    a = ivec4(v[0], v[1], v[2], v[3]);
    b = ivec4(v[4], v[5], gl_PrimitiveIDIn, gl_InvocationID);
    EmitVertex();
}
