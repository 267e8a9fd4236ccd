#version 450
/* First draw: every vertex stores. Second draw: every vertex reads what another one has stored. */
layout(push_constant) uniform Push { vec4 color; float z; uint second; uint n; };
layout(binding = 0) buffer Data { uint first[]; } a;
layout(binding = 1) buffer More { uint second[]; } b;
void main()
{
    gl_Position = vec4(-1, -1, 0.5, 1);
    gl_PointSize = 1.0;
    if (second == 0) {
        a.first[gl_VertexIndex] = gl_VertexIndex * 3 + 1;
    } else {
        b.second[gl_VertexIndex] = a.first[n - 1 - gl_VertexIndex];
    }
}
