#version 450
#extension GL_EXT_nonuniform_qualifier : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Out { uint result[]; };
layout(set = 1, binding = 0) buffer Storage { uint s; } storages[64];
layout(set = 1, binding = 1) uniform usampler2D images[];
layout(push_constant) uniform Push { uint step; uint images_used; };
/* Each invocation its own descriptors. */
void main()
{
    const uint i = gl_GlobalInvocationID.x;
    const uint at = i * step % 64u;
    result[i] = storages[nonuniformEXT(at)].s * 1000u + texelFetch(images[nonuniformEXT(at % images_used)], ivec2(0), 0).x;
}
