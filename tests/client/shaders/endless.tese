#version 450
layout(triangles) in;
layout(push_constant) uniform Push { uint mode; };
layout(binding = 0) buffer Data { uint rounds, go, after; };
void main()
{
    gl_Position = gl_in[0].gl_Position * gl_TessCoord.x + gl_in[1].gl_Position * gl_TessCoord.y + gl_in[2].gl_Position * gl_TessCoord.z;
    while (mode == 8u && go == 1u) {
        atomicAdd(rounds, 1u);
    }
}
