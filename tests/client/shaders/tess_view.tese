// target: vulkan1.1
#version 450
#extension GL_EXT_multiview : require
layout(triangles) in;
layout(location = 0) in int digits[];
layout(location = 0) out int seen;
void main()
{
    gl_Position = gl_TessCoord.x * gl_in[0].gl_Position + gl_TessCoord.y * gl_in[1].gl_Position + gl_TessCoord.z * gl_in[2].gl_Position;
    seen = digits[1] * 4 + gl_ViewIndex;
}
