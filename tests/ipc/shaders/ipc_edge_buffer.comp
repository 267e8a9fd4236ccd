#version 450
// Sums of everything in five kinds of buffers.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer Words { uint words[]; } ssbo;
layout(set = 0, binding = 1) uniform Block { uvec4 rows[256]; } ubo;
layout(set = 0, binding = 2) uniform usamplerBuffer bytes;
layout(set = 0, binding = 3, r32ui) uniform uimageBuffer image;
layout(set = 0, binding = 4) writeonly buffer Result { uint sum[]; } result;
void main()
{
    uint i = gl_GlobalInvocationID.x;
    uvec4 row = ubo.rows[i / 4];
    uint sum = ssbo.words[i] + row[i % 4] * 3u;
    for (int b = 0; b < 4; b++) {
        sum = sum * 31u + texelFetch(bytes, int(i) * 4 + b).x;
    }
    sum += imageLoad(image, int(i)).x;
    imageStore(image, int(i), uvec4(sum));
    result.sum[i] = sum;
}
