#version 450
/* Views of one layer, arrayed in the shader or in the view. */
layout(local_size_x = 1) in;
layout(binding = 0) buffer Out { uvec4 result[]; };
layout(binding = 1) uniform usampler2DArray as_array;
layout(binding = 2) uniform usampler2D as_single;
layout(binding = 3, r32ui) uniform uimage2DArray store_array;
layout(binding = 4, r32ui) uniform uimage2D store_single;
void main()
{
    result[0] = texelFetch(as_array, ivec3(1, 0, 0), 0);
    result[1] = texelFetch(as_single, ivec2(1, 0), 0);
    result[2] = uvec4(textureSize(as_array, 0), 0);
    result[3] = uvec4(textureSize(as_single, 0), 0, 0);
    result[4] = texture(as_array, vec3(0.75, 0.25, 0));
    result[5] = texture(as_single, vec2(0.75, 0.25));
    result[6] = imageLoad(store_array, ivec3(0, 1, 0));
    result[7] = imageLoad(store_single, ivec2(0, 1));
    imageStore(store_array, ivec3(1, 1, 0), uvec4(77));
    imageStore(store_single, ivec2(1, 1), uvec4(78));
}
