#version 450
#extension GL_EXT_shader_image_load_formatted : require
layout(local_size_x = 64) in;
layout(binding = 0) buffer Out { vec4 data[]; };
layout(binding = 1) uniform image2D source;
layout(binding = 2) uniform image2D copy;
layout(push_constant) uniform Push { ivec2 size; int level; };
void main()
{
    const int i = int(gl_GlobalInvocationID.x);
    if (i < size.x * size.y) {
        const ivec2 p = ivec2(i % size.x, i / size.x);
        data[i] = imageLoad(source, p);
        imageStore(copy, p, data[i]);
    }
}
