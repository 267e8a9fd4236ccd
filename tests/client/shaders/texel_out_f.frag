#version 450
layout(binding = 0) readonly buffer In { vec4 v[]; };
layout(location = 0) out vec4 color;
void main()
{
    uvec2 at = uvec2(gl_FragCoord.xy);
    color = v[at.y * 64u + at.x];
}
