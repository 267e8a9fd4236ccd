#version 450
/* One triangle that covers everything, at depth z. */
layout(push_constant) uniform Push { vec4 color; float z; };
void main()
{
    gl_Position = vec4(gl_VertexIndex == 1 ? 3 : -1, gl_VertexIndex == 2 ? 3 : -1, z, 1);
}
