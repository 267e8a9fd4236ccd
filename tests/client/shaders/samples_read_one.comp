#version 450
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0) uniform sampler2DArray source;
layout(set = 0, binding = 1) buffer Out { vec4 texel[]; };
layout(push_constant) uniform Push { int layer; } p;
void main()
{
    const ivec3 size = textureSize(source, 0);
    const ivec2 at = ivec2(gl_GlobalInvocationID.xy);
    if (at.x < size.x && at.y < size.y) {
        texel[at.y * size.x + at.x] = texelFetch(source, ivec3(at, p.layer), 0);
    }
}
