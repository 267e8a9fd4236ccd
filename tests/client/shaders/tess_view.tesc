// target: vulkan1.1
#version 450
#extension GL_EXT_multiview : require
layout(vertices = 3) out;
layout(location = 0) in int seen[];
layout(location = 0) out int digits[];
void main()
{
    gl_out[gl_InvocationID].gl_Position = gl_in[gl_InvocationID].gl_Position;
    digits[gl_InvocationID] = seen[gl_InvocationID] * 4 + gl_ViewIndex;
    gl_TessLevelOuter[0] = gl_TessLevelOuter[1] = gl_TessLevelOuter[2] = gl_TessLevelInner[0] = float(1 + gl_ViewIndex);
}
