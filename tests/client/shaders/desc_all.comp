#version 450
/* One value from each kind of descriptor. */
layout(local_size_x = 1) in;
layout(binding = 0) buffer Out { uvec4 result[]; };
layout(binding = 1) uniform Uniform { uvec4 u; };
layout(binding = 2) buffer Storage { uvec4 s; };
layout(binding = 3) uniform Dynamic { uvec4 ud; };
layout(binding = 4) buffer DynamicStorage { uvec4 sd; };
layout(binding = 5) uniform usampler2D combined;
layout(binding = 6) uniform utexture2D image;
layout(binding = 7) uniform sampler point;
layout(binding = 8, r32ui) uniform uimage2D storage;
layout(binding = 9) uniform utextureBuffer texels;
layout(binding = 10, r32ui) uniform uimageBuffer storage_texels;
void main()
{
    result[0] = u;
    result[1] = s;
    result[2] = ud;
    result[3] = sd;
    result[4] = texture(combined, vec2(0.75, 0.25));
    result[5] = texture(usampler2D(image, point), vec2(0.25, 0.75));
    result[6] = imageLoad(storage, ivec2(1, 1));
    result[7] = texelFetch(texels, 3);
    result[8] = imageLoad(storage_texels, 2);
    imageStore(storage, ivec2(0, 0), uvec4(4711u));
    imageStore(storage_texels, 0, uvec4(4712u));
    s.x = 4713u;
    sd.y = 4714u;
}
