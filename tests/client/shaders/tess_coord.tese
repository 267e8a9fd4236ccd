#version 450
/* The test changes the modes. */
layout(triangles, equal_spacing, ccw) in;
layout(location = 0, xfb_buffer = 0, xfb_stride = 16, xfb_offset = 0) out vec4 coord;
void main()
{
    coord = vec4(gl_TessCoord, float(gl_PrimitiveID));
}
