// target: vulkan1.2
#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 64) in;
layout(buffer_reference) buffer Item;
layout(buffer_reference, std430) buffer Item { uint64_t sum; Item next; };
layout(push_constant) uniform Push { Item first; uint n; } p;

void main()
{
    Item item = p.first;
    for (uint i = 0u; i < p.n; i++) {
        if (i == gl_LocalInvocationIndex) {
            item.sum += uint64_t(i) << 33;
        }
        item = item.next;
    }
}
