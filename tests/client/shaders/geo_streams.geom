#version 450
/* Four streams of lines, each with a buffer of its own, filled turn by turn. */
layout(points) in;
layout(line_strip, max_vertices = 32) out;
layout(location = 0) in int id[];
layout(stream = 0, location = 0, xfb_buffer = 1, xfb_stride = 8, xfb_offset = 0) out ivec2 a;
layout(stream = 1, location = 1, xfb_buffer = 0, xfb_stride = 12, xfb_offset = 4) out ivec2 b;
layout(stream = 2, location = 2, xfb_buffer = 3, xfb_stride = 8, xfb_offset = 0) out ivec2 c;
layout(stream = 3, location = 3, xfb_buffer = 2, xfb_stride = 16, xfb_offset = 8) out ivec2 d;
void main()
{
    for (int i = 0; i < id[0] % 8; i++) {
        a = ivec2(id[0], i);
        EmitStreamVertex(0);
        b = ivec2(id[0], i + 100);
        EmitStreamVertex(1);
        if (i % 3 == 2) {
            EndStreamPrimitive(1);
        }
        if (i % 2 == 0) {
            c = ivec2(id[0], i + 200);
            EmitStreamVertex(2);
        }
        d = ivec2(id[0], i + 300);
        EmitStreamVertex(3);
        EndStreamPrimitive(3);
    }
}
