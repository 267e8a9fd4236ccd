#version 450
layout(isolines, equal_spacing, point_mode) in;
layout(location = 0) in int a[];
layout(location = 1) in O { ivec2 b; float c[2]; } o[];
layout(location = 9) patch in ivec4 p;
layout(location = 10) patch in float list[3];
layout(location = 0, xfb_buffer = 0, xfb_stride = 48, xfb_offset = 0) out ivec4 x;
layout(location = 1, xfb_buffer = 0, xfb_offset = 16) out ivec4 y;
layout(location = 2, xfb_buffer = 0, xfb_offset = 32) out vec4 z;
void main()
{
    int k = int(gl_TessCoord.x * 2.0) * 7; /* 0, 7, 14 */
    x = ivec4(a[k], o[k].b, gl_PatchVerticesIn * 1000 + gl_PrimitiveID);
    y = p;
    z = vec4(list[1], list[2], o[k].c[k % 2], gl_TessLevelOuter[1]);
}
