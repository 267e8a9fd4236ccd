// target: vulkan1.1
#version 460
#extension GL_GOOGLE_include_directive : require
#include "stages_subgroup.glsl"
layout(location = 0) flat in uint bad;
layout(location = 0) out uvec4 o;
void main()
{
    o = uvec4(bad, subgroup_check(uint(gl_FragCoord.x)), 1u, gl_SubgroupSize);
}
