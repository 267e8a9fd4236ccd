#version 450
/* Marks texels of all slices, and of slices that are not there. */
layout(local_size_x = 4, local_size_y = 4) in;
layout(set = 0, binding = 0, r32ui) uniform uimage3D img;
layout(set = 0, binding = 2) uniform usampler3D sampled; /* the same view: all of the level */
layout(set = 0, binding = 1) buffer Out { uvec4 size; uint sum; };
void main()
{
    const ivec2 p = ivec2(gl_GlobalInvocationID.xy);
    uint all = 0;
    for (int z = -2; z < 12; z++) {
        all += imageLoad(img, ivec3(p, z)).x;
        imageStore(img, ivec3(p, z), uvec4(1000 + z * 16 + p.y * 4 + p.x));
    }
    imageAtomicAdd(img, ivec3(0, 0, 0), 0u);
    atomicAdd(sum, all);
    size = uvec4(imageSize(img), textureSize(sampled, 0).z);
}
