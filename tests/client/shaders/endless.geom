#version 450
layout(triangles) in;
layout(triangle_strip, max_vertices = 3) out;
layout(push_constant) uniform Push { uint mode; };
layout(binding = 0) buffer Data { uint rounds, go, after; };
void main()
{
    for (int i = 0; i < 3; i++) {
        gl_Position = gl_in[i].gl_Position;
        EmitVertex();
    }
    while (mode == 6u && go == 1u) {
        atomicAdd(rounds, 1u);
    }
}
