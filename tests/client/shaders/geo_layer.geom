#version 450
/* The triangle in layer and viewport number of its invocation, with a number of its own; clipped on the left by layer. */
layout(triangles, invocations = 4) in;
layout(triangle_strip, max_vertices = 3) out;
layout(location = 0) in vec4 color[];
layout(location = 0) out vec4 to_fragment;
out float gl_ClipDistance[1];
void main()
{
    for (int i = 0; i < 3; i++) {
        gl_Position = gl_in[i].gl_Position;
        gl_ClipDistance[0] = gl_Position.x + 1.0 - 0.5 * float(gl_InvocationID);
        gl_Layer = gl_InvocationID;
        gl_ViewportIndex = gl_InvocationID % 2;
        gl_PrimitiveID = 40 + gl_InvocationID * 10 + gl_PrimitiveIDIn;
        to_fragment = color[i];
        EmitVertex();
    }
}
