#version 460
// Parts of a subgroup that have the same value, reductions and scans in them; known answers at binding 15.
#extension GL_NV_shader_subgroup_partitioned : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_subgroup_extended_types_float16 : require
#extension GL_EXT_shader_subgroup_extended_types_int64 : require
layout(local_size_x = 32) in;
layout(set = 0, binding = 0, std430) buffer In { uint x[256]; } d;
layout(set = 0, binding = 1, std430) buffer Out { uvec4 u[1024]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
uint at;

void put(uvec4 v)
{
    o.u[(gl_GlobalInvocationID.x & 31u) * 32u + (at++ & 31u)] = v;
}

void want(bool ok, uint what)
{
    if (!ok) {
        c.bad[what] = gl_GlobalInvocationID.x + 1u;
    }
}

void main()
{
    const uint i = gl_SubgroupInvocationID, x = d.x[gl_GlobalInvocationID.x], key = x >> 5 & 3u;
    const float f = float(int(x) >> 9) * 0.37;
    at = 0u;
    for (uint round = 0u; round < 2u; round++) {
        if (round == 1u && (x & 3u) == 0u) {
            break;
        }
        const uvec4 part = subgroupPartitionNV(key), two = subgroupPartitionNV(vec2(key & 1u, 0.5)), alone = subgroupPartitionNV(i);
        uint word = 0u, sum = 0u, before = 0u, most = 0u, any = 0u;
        float fsum = 0.0;
        const uvec4 running = subgroupBallot(true);
        for (uint n = 0u; n < 16u; n++) {
            const uint other = subgroupShuffle(x, n);
            const float otherf = subgroupShuffle(f, n);
            if (subgroupBallotBitExtract(running, n) && (other >> 5 & 3u) == key) {
                word |= 1u << n;
                before += n < i ? other : 0u;
                sum += other;
                most = max(most, other);
                any ^= other;
                fsum += otherf;
            }
        }
        want(part == uvec4(word, 0, 0, 0), 0u);
        want(alone.x == 1u << i, 1u);
        want((two.x & word) == word && subgroupBallotBitExtract(two, i), 2u);
        want(subgroupPartitionedAddNV(x, part) == sum && subgroupPartitionedExclusiveAddNV(x, part) == before, 3u);
        want(subgroupPartitionedInclusiveAddNV(x, part) == before + x, 4u);
        want(subgroupPartitionedMaxNV(x, part) == most && subgroupPartitionedXorNV(x, part) == any, 5u);
        want(subgroupPartitionedAddNV(f, part) == fsum, 6u);
        want(subgroupPartitionedAddNV(x, uvec4(word | ~running.x, part.yzw)) == sum, 8u); // nobody else takes part
        want(subgroupPartitionNV(uintBitsToFloat(0x7fc00000u + i)).x == 1u << i, 7u); // not equal to anything
        put(uvec4(subgroupPartitionedMulNV(x, part), subgroupPartitionedMinNV(int(x), part), subgroupPartitionedAndNV(x, part), subgroupPartitionedOrNV(x, two)));
        put(uvec4(subgroupPartitionedInclusiveMinNV(x, part), subgroupPartitionedExclusiveMaxNV(int(x), two), subgroupPartitionedInclusiveXorNV(x, two), 0));
        put(floatBitsToUint(vec4(subgroupPartitionedExclusiveAddNV(f, part), subgroupPartitionedInclusiveMulNV(f, two), subgroupPartitionedMinNV(f, part), subgroupPartitionedMaxNV(f, two))));
        put(uvec4(unpackUint2x32(subgroupPartitionedAddNV(uint64_t(x) << 12, part)), floatBitsToUint(float(subgroupPartitionedAddNV(float16_t(f * 0.001), part))), 0));
        put(uvec4(subgroupPartitionedAndNV(bvec2((x & 64u) != 0u, (x & 128u) != 0u), part), subgroupPartitionedXorNV((x & 256u) != 0u, two), 1));
    }
}
