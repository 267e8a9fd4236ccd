#version 460
// Subgroup operations on all types, in converged and in divergent code; known answers at binding 15.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_shuffle_relative : require
#extension GL_KHR_shader_subgroup_clustered : require
#extension GL_KHR_shader_subgroup_quad : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_subgroup_extended_types_int8 : require
#extension GL_EXT_shader_subgroup_extended_types_int16 : require
#extension GL_EXT_shader_subgroup_extended_types_int64 : require
#extension GL_EXT_shader_subgroup_extended_types_float16 : require
layout(local_size_x = 32) in;
layout(set = 0, binding = 0, std430) buffer In { uint x[256]; } d;
layout(set = 0, binding = 1, std430) buffer Out { uvec4 u[1024]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
uint at;

void put(uvec4 v)
{
    o.u[(gl_GlobalInvocationID.x & 31u) * 32u + (at++ & 31u)] = v;
}

void want(bool ok)
{
    if (!ok) {
        c.bad[at & 1023u] = at + 1u;
    }
}

void main()
{
    const uint i = gl_SubgroupInvocationID, x = d.x[gl_GlobalInvocationID.x];
    at = 0u;
    want(gl_SubgroupSize == 16u && i == (gl_LocalInvocationIndex & 15u) && gl_NumSubgroups == 2u);
    for (uint round = 0u; round < 2u; round++) {
        if (round == 1u && (x & 3u) == 0u) {
            break;
        }
        const bool odd = (x & 16u) != 0u;
        const uvec4 b = subgroupBallot(odd);
        put(uvec4(subgroupElect(), subgroupAll(odd), subgroupAny(odd), subgroupAllEqual(odd)));
        put(uvec4(b.x, subgroupBallotBitCount(b), subgroupBallotInclusiveBitCount(b), subgroupBallotExclusiveBitCount(b)));
        put(uvec4(subgroupBallotFindLSB(b), subgroupBallotFindMSB(b), subgroupInverseBallot(b), subgroupBallotBitExtract(b, 5u)));
        want(subgroupInverseBallot(b) == odd && subgroupBallotBitExtract(b, i) == odd);
        want(gl_SubgroupEqMask.x == 1u << i && gl_SubgroupLtMask.x == (1u << i) - 1u && gl_SubgroupLeMask.x == (2u << i) - 1u);
        want(gl_SubgroupGeMask.x == (0xffffu & ~gl_SubgroupLtMask.x) && gl_SubgroupGtMask.x == (0xffffu & ~gl_SubgroupLeMask.x));
        put(uvec4(subgroupBroadcastFirst(x), subgroupBroadcast(x, 3u), subgroupShuffle(x, (i * 5u) & 15u), subgroupShuffleXor(x, 6u)));
        put(uvec4(subgroupShuffleUp(x, 2u) * uint(i >= 2u), subgroupShuffleDown(x, 3u) * uint(i < 13u), subgroupQuadBroadcast(x, 2u), subgroupQuadSwapDiagonal(x)));
        put(uvec4(subgroupQuadSwapHorizontal(x), subgroupQuadSwapVertical(x), subgroupClusteredAdd(x, 4u), subgroupClusteredXor(x, 8u)));
        put(uvec4(subgroupAdd(x), subgroupInclusiveAdd(x), subgroupExclusiveMul(x), subgroupMin(int(x))));
        put(uvec4(subgroupMax(x), subgroupInclusiveAnd(x), subgroupExclusiveOr(x), subgroupXor(x)));
        want(subgroupQuadSwapHorizontal(i) == (i ^ 1u) || round == 1u);
        want(subgroupShuffleXor(i, 6u) == (i ^ 6u) || round == 1u);
        // 8, 16, 64 bits
        const i8vec2 a8 = i8vec2(x, x >> 8);
        const u16vec3 a16 = u16vec3(x, x >> 8, x >> 16);
        const u64vec2 a64 = u64vec2(uint64_t(x) * 0x100000001ul, uint64_t(x) << 20);
        put(uvec4(subgroupAdd(a8), subgroupInclusiveMin(a8)));
        put(uvec4(subgroupExclusiveAdd(a16), subgroupShuffle(a16.y, 15u - i)));
        put(uvec4(unpackUint2x32(subgroupAdd(a64).x), unpackUint2x32(subgroupInclusiveMax(a64).y)));
        put(uvec4(unpackUint2x32(subgroupBroadcastFirst(a64.x)), unpackUint2x32(subgroupClusteredMin(a64.y, 2u))));
        put(uvec4(subgroupAllEqual(a8), subgroupAllEqual(a64), subgroupAllEqual(a16), subgroupQuadBroadcast(a8, 1u).y));
        // floats
        const float f = float(int(x) >> 8);
        const float16_t h = float16_t(float(x & 255u) - 100.0);
        const double w = double(int(x)) * 0.125lf;
        put(floatBitsToUint(vec4(subgroupAdd(f), subgroupInclusiveAdd(f), subgroupMin(f), subgroupExclusiveMax(f + 1.0))));
        put(floatBitsToUint(vec4(subgroupAdd(h), subgroupInclusiveMin(h), subgroupShuffleXor(h, 9u), subgroupBroadcastFirst(h))));
        put(uvec4(unpackDouble2x32(subgroupAdd(w)), unpackDouble2x32(subgroupInclusiveMax(w))));
        // booleans
        const bvec2 q = bvec2(odd, (x & 32u) != 0u);
        put(uvec4(subgroupAnd(q), subgroupInclusiveOr(q)));
        put(uvec4(subgroupExclusiveXor(q), subgroupShuffle(q, i ^ 3u)));
        put(uvec4(subgroupClusteredAnd(q.x, 4u), subgroupQuadBroadcast(q, 3u), subgroupBroadcast(q.y, 7u)));
        if (odd) {
            subgroupBarrier(); // by a part of the subgroup
        }
        want(subgroupAdd(1u) == subgroupBallotBitCount(subgroupBallot(true)));
        want(subgroupExclusiveAdd(1u) == subgroupBallotExclusiveBitCount(subgroupBallot(true)));
    }
    subgroupBarrier();
    subgroupMemoryBarrierBuffer();
}
