#version 460
#extension GL_KHR_shader_subgroup_quad : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_EXT_demote_to_helper_invocation : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
layout(location = 0) in f16vec3 h;
layout(location = 1) flat in dvec3 d;
layout(location = 3) flat in i16vec2 s;
layout(location = 0) out vec4 color;
layout(location = 1) out u16vec2 words;
layout(location = 2) out f16vec4 halves;

void main()
{
    if (h.x < 0.0hf) {
        demote;
    }
    const float v = float(d.z) + subgroupQuadBroadcast(gl_FragCoord.x, 2u) + subgroupInclusiveAdd(float(h.y));
    color = vec4(v, subgroupBallot(!helperInvocationEXT()).x, subgroupQuadSwapVertical(gl_FragCoord.y), gl_SubgroupInvocationID);
    words = u16vec2(s);
    halves = f16vec4(h * 2.0hf, 1.0hf);
}
