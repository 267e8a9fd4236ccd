// target: vulkan1.1
#version 460
#extension GL_KHR_shader_subgroup_quad : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
layout(location = 0) out uvec4 color;

void main()
{
    const uvec2 p = uvec2(gl_FragCoord.xy);
    const uint at = p.x | p.y << 8;
    uint bad = 0u;
    bad |= uint(subgroupQuadSwapHorizontal(at) != (at ^ 1u)) | uint(subgroupQuadSwapVertical(at) != (at ^ 0x100u)) << 1;
    bad |= uint(subgroupQuadSwapDiagonal(at) != (at ^ 0x101u)) << 2;
    bad |= uint(subgroupQuadBroadcast(at, 0u) != (at & ~0x101u)) << 3 | uint(subgroupQuadBroadcast(at, 3u) != (at | 0x101u)) << 4;
    bad |= uint((gl_SubgroupInvocationID & 3u) != (p.x & 1u) + (p.y & 1u) * 2u) << 5;
    bad |= uint(subgroupShuffle(at, gl_SubgroupInvocationID ^ 2u) != (at ^ 0x100u)) << 6;
    bad |= uint(subgroupBallot(true).x != 0xffffu || subgroupBallotExclusiveBitCount(uvec4(0xffffu, 0, 0, 0)) != gl_SubgroupInvocationID) << 7;
    bad |= uint(gl_SubgroupSize != 16u) << 8;
    color = uvec4(bad, gl_SubgroupInvocationID, p);
}
