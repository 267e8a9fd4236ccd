// Operations of subgroups against each other, over whichever invocations are there: a bit for each that disagrees.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_shuffle_relative : require
#extension GL_KHR_shader_subgroup_clustered : require
uint subgroup_check(uint id)
{
    const uint me = gl_SubgroupInvocationID;
    const uvec4 here = subgroupBallot(true);
    uint bad = uint(subgroupAdd(1u) != subgroupBallotBitCount(here));
    bad |= uint(subgroupInclusiveAdd(1u) != subgroupBallotInclusiveBitCount(here)) << 1;
    bad |= uint(subgroupExclusiveAdd(1u) != subgroupBallotExclusiveBitCount(here)) << 2;
    bad |= uint(subgroupElect() != (subgroupBallotFindLSB(here) == me)) << 3;
    bad |= uint(subgroupBroadcastFirst(me) != subgroupBallotFindLSB(here)) << 4;
    bad |= uint(subgroupMin(me) != subgroupBallotFindLSB(here)) << 5;
    bad |= uint(subgroupMax(float(me)) != float(subgroupBallotFindMSB(here))) << 6;
    bad |= uint(!subgroupAll(me < gl_SubgroupSize) || subgroupAny(me >= gl_SubgroupSize)) << 7;
    bad |= uint(!subgroupAllEqual(gl_SubgroupSize) || !subgroupInverseBallot(here)) << 8;
    bad |= uint(subgroupOr(1u << (me & 31u)) != (gl_SubgroupSize <= 32u ? here.x : subgroupOr(1u << (me & 31u)))) << 9;
    const bool pair = subgroupBallotBitExtract(here, me ^ 1u);
    const uint crossed = subgroupShuffleXor(me * 7u, 1u), up = subgroupShuffleUp(me * 5u, 1u), chosen = subgroupShuffle(me * 3u, me ^ 1u);
    bad |= uint(pair && (crossed != (me ^ 1u) * 7u || chosen != (me ^ 1u) * 3u)) << 10;
    bad |= uint(me > 0u && subgroupBallotBitExtract(here, me - 1u) && up != (me - 1u) * 5u) << 11;
    bad |= uint(subgroupClusteredAdd(1u, 2u) != 1u + uint(pair)) << 12;
    if ((id & 1u) != 0u) { // some of them
        const uvec4 odd = subgroupBallot(true);
        bad |= uint(subgroupAdd(1u) != subgroupBallotBitCount(odd) || any(notEqual(odd & ~here, uvec4(0u)))) << 13;
        bad |= uint(!subgroupAll((id & 1u) == 1u)) << 14;
    }
    return bad;
}
