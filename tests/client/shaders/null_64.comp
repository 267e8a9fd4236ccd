#version 450
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_image_int64 : require
/* Null descriptors: every component is zero, also those that the format lacks. */
layout(local_size_x = 16) in;
layout(set = 0, binding = 0, r64ui) uniform u64image2D image;
layout(set = 0, binding = 1, r64i) uniform i64imageBuffer texels;
layout(set = 0, binding = 2) writeonly buffer Out { u64vec4 seen[]; };
void main()
{
    const int i = int(gl_GlobalInvocationID.x);
    imageStore(image, ivec2(i, 0), u64vec4(123));
    imageStore(texels, i, i64vec4(123));
    seen[2 * i] = imageLoad(image, ivec2(i, 0));
    seen[2 * i + 1] = u64vec4(imageLoad(texels, i));
}
