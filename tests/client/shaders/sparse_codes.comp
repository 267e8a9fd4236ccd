#version 450
#extension GL_ARB_sparse_texture2 : require
#extension GL_ARB_sparse_texture_clamp : require
/* What sparse instructions say of points: x, y in texels of a level (z). */
layout(local_size_x = 16) in;
layout(set = 0, binding = 0) uniform sampler2D tex;    /* linear, clamped to the edge */
layout(set = 0, binding = 1) uniform sampler2D points; /* the same image, nearest */
layout(set = 0, binding = 2, rgba8) uniform readonly image2D img; /* level 0 */
layout(set = 0, binding = 3) readonly buffer In { uvec4 at[]; };
layout(set = 0, binding = 4) writeonly buffer Out { uvec4 result[]; };
void main()
{
    const uint i = gl_GlobalInvocationID.x;
    const ivec2 p = ivec2(at[i].xy);
    const int level = int(at[i].z);
    const vec2 size = vec2(textureSize(tex, level)), corner = (vec2(p) + 1.0) / size, center = (vec2(p) + 0.5) / size;
    vec4 fetched, t;
    uint bits = 0;
    bits |= sparseTexelsResidentARB(sparseTexelFetchARB(tex, p, level, fetched)) ? 1 : 0;
    bits |= sparseTexelsResidentARB(sparseImageLoadARB(img, p, t)) ? 2 : 0;
    bits |= sparseTexelsResidentARB(sparseTextureLodARB(tex, corner, float(level), t)) ? 4 : 0;
    bits |= sparseTexelsResidentARB(sparseTextureLodARB(points, center, float(level), t)) ? 8 : 0;
    bits |= sparseTexelsResidentARB(sparseTextureGatherARB(tex, corner, t)) ? 16 : 0;
    /* Level 0, or 1 that the clamp asks for. */
    bits |= sparseTexelsResidentARB(sparseTextureGradClampARB(points, center, vec2(0), vec2(0), float(level), t)) ? 32 : 0;
    const vec4 clamped = textureGradClampARB(points, center, vec2(0), vec2(0), float(level));
    result[i] = uvec4(bits, packUnorm4x8(fetched), packUnorm4x8(t), packUnorm4x8(clamped));
}
