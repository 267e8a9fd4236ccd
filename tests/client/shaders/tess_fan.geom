#version 450
/* Behind the tessellator: each triangle's middle. */
layout(triangles) in;
layout(points, max_vertices = 1) out;
layout(location = 0) in vec4 coord[];
layout(location = 0, xfb_buffer = 0, xfb_stride = 16, xfb_offset = 0) out vec4 middle;
void main()
{
    middle = (coord[0] + coord[1] + coord[2]) / 3.0;
    EmitVertex();
}
