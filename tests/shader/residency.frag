#version 450
#extension GL_ARB_sparse_texture2 : require
#extension GL_ARB_sparse_texture_clamp : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_image_int64 : require
#extension GL_EXT_shader_atomic_float : require
#extension GL_EXT_shader_atomic_float2 : require
// Every kind of instruction with a residency code or a least level, texels of 64 bits, atomics of floats, storage with samples.
layout(location = 0) in vec4 p;
layout(location = 0) out vec4 c;
layout(set = 0, binding = 0) uniform sampler2D s2;
layout(set = 0, binding = 1) uniform sampler2DArray s2a;
layout(set = 0, binding = 2) uniform sampler3D s3;
layout(set = 0, binding = 3) uniform samplerCubeArray sca;
layout(set = 0, binding = 4) uniform sampler2DShadow sh;
layout(set = 0, binding = 5) uniform usampler2D us[3];
layout(set = 0, binding = 6) uniform sampler2DMS ms;
layout(set = 1, binding = 0, rgba32f) uniform image3D i3;
layout(set = 1, binding = 1, r32ui) uniform uimage2DMSArray im;
layout(set = 1, binding = 2, rgba8) uniform imageCube ic;
layout(set = 1, binding = 3, r64ui) uniform u64image2D u64;
layout(set = 1, binding = 4, r64i) uniform i64imageBuffer b64;
layout(set = 1, binding = 5, r32f) uniform image2D f;
void main()
{
    vec4 t = vec4(0);
    uvec4 u = uvec4(0);
    float z = 0.0;
    int n = sparseTextureARB(s2, p.xy, t, 0.5);
    c = t;
    n |= sparseTextureOffsetARB(s2a, p.xyz, ivec2(1, -2), t) | sparseTextureLodARB(s3, p.xyz, 1.0, t);
    c += t;
    n |= sparseTextureGradARB(sca, p, dFdx(p.xyz), dFdy(p.xyz), t) | sparseTextureARB(sh, p.xyz, z);
    c += t * z;
    n |= sparseTexelFetchARB(us[int(p.w) & 1], ivec2(p.xy), 1, u) | sparseTexelFetchARB(ms, ivec2(p.xy), int(p.z), t);
    c += t + vec4(u);
    n |= sparseTextureGatherARB(s2a, p.xyz, t, 2) | sparseTextureGatherARB(sh, p.xy, 0.5, c);
    c += t;
    n |= sparseTextureClampARB(s2, p.xy, p.z, t) | sparseTextureGradClampARB(s3, p.xyz, p.xyz, p.yzx, p.w, t);
    c += t + textureClampARB(s2a, p.xyz, p.w) + textureGradOffsetClampARB(s2, p.xy, p.xy, p.zw, ivec2(1), p.w);
    n |= sparseImageLoadARB(i3, ivec3(p.xyz), t) | sparseImageLoadARB(ic, ivec3(p.xyz), t) | sparseImageLoadARB(im, ivec3(p.xyz), int(p.w), u);
    c += t + vec4(u);
    if (!sparseTexelsResidentARB(n)) {
        c = vec4(0);
    }
    imageStore(im, ivec3(p.xyz), 1, u);
    imageAtomicAdd(im, ivec3(p.xyz), 2, u.x);
    imageStore(u64, ivec2(p.xy), imageLoad(u64, ivec2(p.yx)) + 1ul);
    c.x += float(imageAtomicAdd(u64, ivec2(p.xy), 3ul) + imageAtomicCompSwap(u64, ivec2(p.zw), 3ul, 4ul));
    c.y += float(imageAtomicMin(b64, int(p.x), -5l) + imageAtomicExchange(b64, int(p.y), 7l));
    c.z += imageAtomicAdd(f, ivec2(p.xy), 1.5) + imageAtomicMax(f, ivec2(p.zw), p.x) + imageAtomicExchange(f, ivec2(p.xz), p.y);
}
