#version 450
#extension GL_EXT_debug_printf : require
layout(triangles, invocations = 2) in;
layout(triangle_strip, max_vertices = 3) out;
layout(location = 0) in float x[];
void main()
{
    debugPrintfEXT("geometry %d of %d", gl_InvocationID, gl_PrimitiveIDIn);
    if (gl_InvocationID == 1) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        gl_Position = gl_in[i].gl_Position;
        EmitVertex();
    }
}
