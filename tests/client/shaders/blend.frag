#version 450
layout(binding = 0) readonly buffer Source { vec4 source[]; };
layout(location = 0) out vec4 o[4];
void main()
{
    const int at = int(gl_FragCoord.y) * 8 + int(gl_FragCoord.x);
    for (int i = 0; i < 4; i++) {
        o[i] = source[at + i * 64];
    }
}
