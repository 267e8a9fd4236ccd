#version 450
layout(binding = 0) readonly buffer Source { vec4 source[]; };
layout(location = 0, index = 0) out vec4 a;
layout(location = 0, index = 1) out vec4 b;
void main()
{
    const int at = int(gl_FragCoord.y) * 8 + int(gl_FragCoord.x);
    a = source[at];
    b = source[at + 64];
}
