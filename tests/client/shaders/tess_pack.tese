#version 450
layout(isolines, point_mode) in;
layout(push_constant) uniform P { vec4 outer; vec2 inner; };
layout(location = 0) in int a[];
layout(location = 1) in int b[];
layout(location = 2) patch in int total;
layout(xfb_buffer = 0, xfb_stride = 16, xfb_offset = 0, location = 0) out ivec4 data;
void main()
{
    const int at = int(gl_TessCoord.x * (inner.x - 1.0));
    gl_Position = vec4(0.0);
    data = ivec4(a[at], b[at], total, gl_PrimitiveID);
}
