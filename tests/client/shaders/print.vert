#version 450
#extension GL_EXT_debug_printf : require
layout(location = 0) out float x;
void main()
{
    gl_Position = vec4(gl_VertexIndex == 1 ? 1 : -1, gl_VertexIndex == 2 ? 1 : -1, 0.5, 1);
    x = gl_Position.x;
    debugPrintfEXT("vertex %d: %v2f", gl_VertexIndex, gl_Position.xy);
}
