#version 450
/* The whole target at one depth. */
layout(push_constant) uniform Push { float z, own; };
void main()
{
    gl_Position = vec4(gl_VertexIndex == 1 ? 3.0 : -1.0, gl_VertexIndex == 2 ? 3.0 : -1.0, z, 1.0);
}
