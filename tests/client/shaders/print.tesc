#version 450
#extension GL_EXT_debug_printf : require
layout(vertices = 3) out;
layout(location = 0) in float x[];
layout(location = 0) out float y[];
void main()
{
    gl_out[gl_InvocationID].gl_Position = gl_in[gl_InvocationID].gl_Position;
    y[gl_InvocationID] = x[gl_InvocationID];
    gl_TessLevelOuter[0] = gl_TessLevelOuter[1] = gl_TessLevelOuter[2] = gl_TessLevelInner[0] = 1;
    debugPrintfEXT("control %d: %g", gl_InvocationID, x[gl_InvocationID]);
}
