#version 450
/* Arrays of blocks, of one and of two dimensions: each block goes to a buffer of its own, in order. */
layout(xfb_buffer = 0, xfb_stride = 24) out;
layout(xfb_buffer = 1, xfb_stride = 24) out;
layout(xfb_buffer = 2, xfb_stride = 24) out;
layout(xfb_buffer = 3, xfb_stride = 24) out;
layout(location = 0, xfb_buffer = 0) out B {
    layout(xfb_offset = 4) vec2 pair;
    layout(xfb_offset = 16) float last;
} b[2][2];
layout(location = 8, xfb_buffer = 1) out C {
    layout(xfb_offset = 0) float front;
} c[3];
void main()
{
    float v = float(gl_VertexIndex);
    for (int i = 0; i < 4; i++) {
        b[i / 2][i % 2].pair = vec2(v, float(i)) + 0.5;
        b[i / 2][i % 2].last = v * 4.0 + float(i);
    }
    for (int i = 0; i < 3; i++) {
        c[i].front = -v - float(i);
    }
    gl_Position = vec4(0.0, 0.0, 0.0, 1.0);
}
