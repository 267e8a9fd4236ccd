#version 450
layout(vertices = 3) out;
layout(push_constant) uniform Push { uint mode; };
layout(binding = 0) buffer Data { uint rounds, go, after; };
void main()
{
    gl_out[gl_InvocationID].gl_Position = gl_in[gl_InvocationID].gl_Position;
    while (mode == 7u && go == 1u) {
        atomicAdd(rounds, 1u);
    }
    for (int i = 0; i < 3; i++) {
        gl_TessLevelOuter[i] = 2.0;
    }
    gl_TessLevelInner[0] = 2.0;
}
