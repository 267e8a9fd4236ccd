#version 450
#extension GL_EXT_debug_printf : require
layout(triangles, equal_spacing, ccw) in;
layout(location = 0) in float y[];
layout(location = 0) out float x;
void main()
{
    gl_Position = gl_TessCoord.x * gl_in[0].gl_Position + gl_TessCoord.y * gl_in[1].gl_Position + gl_TessCoord.z * gl_in[2].gl_Position;
    x = y[0];
    debugPrintfEXT("evaluation %v3f", gl_TessCoord);
}
