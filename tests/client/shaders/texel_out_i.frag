#version 450
layout(binding = 0) readonly buffer In { ivec4 v[]; };
layout(location = 0) out ivec4 color;
void main()
{
    uvec2 at = uvec2(gl_FragCoord.xy);
    color = v[at.y * 64u + at.x];
}
