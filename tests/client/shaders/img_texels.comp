#version 450
#extension GL_EXT_samplerless_texture_functions : require
layout(local_size_x = 64) in;
layout(binding = 0) buffer Out { vec4 data[]; };
layout(binding = 1) uniform textureBuffer texels;
layout(push_constant) uniform Push { ivec2 size; int level; };
void main()
{
    const int i = int(gl_GlobalInvocationID.x);
    if (i < size.x * size.y) {
        data[i] = texelFetch(texels, i);
    }
}
