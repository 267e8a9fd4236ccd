// target: vulkan1.1
#version 450
#extension GL_EXT_multiview : require
/* Every stage appends a digit, the number of the view. */
layout(location = 0) out int seen;
void main()
{
    gl_Position = vec4(gl_VertexIndex == 1 ? 3 : -1, gl_VertexIndex == 2 ? 3 : -1, 0.5, 1);
    seen = gl_ViewIndex;
}
