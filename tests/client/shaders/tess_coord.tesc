#version 450
layout(vertices = 1) out;
layout(push_constant) uniform P { vec4 outer; vec2 inner; };
void main()
{
    gl_TessLevelOuter[0] = outer[0];
    gl_TessLevelOuter[1] = outer[1];
    gl_TessLevelOuter[2] = outer[2];
    gl_TessLevelOuter[3] = outer[3];
    gl_TessLevelInner[0] = inner[0];
    gl_TessLevelInner[1] = inner[1];
}
