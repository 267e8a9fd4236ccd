#version 450
// Every kind of sampled and storage image.
layout(location = 0) in vec4 p;
layout(location = 1) centroid in vec3 q;
layout(location = 2) noperspective in vec2 w;
layout(location = 0) out vec4 c;
layout(location = 1) out uvec4 d;
layout(set = 0, binding = 0) uniform sampler1D s1;
layout(set = 0, binding = 1) uniform sampler1DArray s1a;
layout(set = 0, binding = 2) uniform sampler2DArray s2a;
layout(set = 0, binding = 3) uniform sampler3D s3;
layout(set = 0, binding = 4) uniform samplerCube sc;
layout(set = 0, binding = 5) uniform samplerCubeArray sca;
layout(set = 0, binding = 6) uniform sampler2DShadow sh;
layout(set = 0, binding = 7) uniform samplerCubeShadow sch;
layout(set = 0, binding = 8) uniform usampler2D us[3];
layout(set = 1, binding = 0, rgba32f) uniform image3D i3;
layout(set = 1, binding = 1, r32ui) uniform uimage2DArray i2a;
layout(set = 1, binding = 2) writeonly uniform imageCube ic;
layout(set = 1, binding = 3, rgba8) uniform imageBuffer ib;
layout(set = 1, binding = 4) uniform texture2D t;
layout(set = 1, binding = 5) uniform sampler smp[2];
layout(input_attachment_index = 0, set = 1, binding = 6) uniform subpassInput sub;
void main()
{
    c = texture(s1, p.x) + texture(s1a, p.xy) + texture(s2a, p.xyz, 0.5) + texture(s3, q) + texture(sc, q) + texture(sca, p);
    c += textureLod(sc, q, 1.5) + textureGrad(s3, q, dFdx(q), dFdy(q)) + textureLodOffset(s2a, q, 0.0, ivec2(1, -2)) + textureProjLod(s1, p, 0.0);
    c.x += texture(sh, q) + textureProj(sh, p) + texture(sch, p) + textureOffset(sh, q, ivec2(2));
    c += textureGather(s2a, q, 2) + textureGatherOffset(s2a, q, ivec2(3, 1), 1) + textureGather(sh, w, 0.5);
    c += texelFetch(s1, int(p.x), 0) + texelFetchOffset(s2a, ivec3(p.xyz), 1, ivec2(1)) + vec4(texelFetch(us[int(p.w) & 1], ivec2(w), 0));
    c += texture(sampler2D(t, smp[0]), w) + texture(sampler2D(t, smp[1]), w) + subpassLoad(sub);
    c.xy += vec2(textureSize(s3, 0).xy + textureSize(sca, 0).xy + imageSize(i2a).xy + textureSize(us[2], 1)) + textureQueryLod(sc, q);
    imageStore(i3, ivec3(q), c);
    imageStore(ic, ivec3(1, 2, 3), imageLoad(i3, ivec3(p.xyz)) + imageLoad(ib, 5));
    d = uvec4(imageAtomicMax(i2a, ivec3(1), 7u), imageAtomicCompSwap(i2a, ivec3(0), 1u, 2u), imageSize(ib), uint(gl_FrontFacing));
    c += fwidth(p) + dFdxCoarse(p) + dFdyFine(p) + vec4(gl_FragCoord.xy, gl_PointCoord);
    if (gl_HelperInvocation || c.x > 1e30) {
        discard;
    }
}
