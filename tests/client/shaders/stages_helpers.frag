// target: vulkan1.3
#version 460
#extension GL_EXT_demote_to_helper_invocation : require
#extension GL_EXT_terminate_invocation : require
/* Every second pixel goes, in three ways. Those that are demoted still help with derivatives; none of them stores any more. */
layout(push_constant) uniform Push { uint mode; };
layout(binding = 0) buffer Data { uint before, after, helpers; };
layout(location = 0) out vec4 o;
void main()
{
    const uvec2 p = uvec2(gl_FragCoord.xy);
    float slope = 3.0;
    atomicAdd(before, 1u);
    if (((p.x + p.y) & 1u) != 0u) {
        if (mode == 0u) {
            demote;
        } else if (mode == 1u) {
            terminateInvocation;
        } else {
            discard;
        }
    }
    if (mode == 0u) {
        const float v = (float(p.x) * 3.0 + float(p.y)) * float(before > 0u); /* computed after */
        slope = dFdx(v);
        if (helperInvocationEXT()) {
            atomicAdd(helpers, 1u);
        }
    }
    atomicAdd(after, 1u);
    o = vec4(slope, 1, 2, 3);
}
