// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
// Back and forth between two walls, and out through the miss shader; odd depths hand on a payload of their own.
layout(set = 0, binding = 2) uniform accelerationStructureEXT top;
layout(push_constant) uniform Push { uint limit; };
struct Bounce { uint depth, value; };
layout(location = 0) rayPayloadInEXT Bounce bounce;
layout(location = 1) rayPayloadEXT Bounce inner;
void main()
{
    const uint depth = bounce.depth;
    const vec3 at = gl_WorldRayOriginEXT + gl_WorldRayDirectionEXT * gl_HitTEXT;
    bounce.value = bounce.value * 5u + depth;
    bounce.depth = depth + 1u;
    if (depth + 1u < limit) {
        if (depth % 2u == 0u) {
            traceRayEXT(top, 0u, 255u, 0u, 0u, 0u, at, 0.01, -gl_WorldRayDirectionEXT, 10.0, 0);
        } else {
            inner = bounce;
            traceRayEXT(top, 0u, 255u, 0u, 0u, 0u, at, 0.01, -gl_WorldRayDirectionEXT, 10.0, 1);
            bounce.depth = inner.depth;
            bounce.value = inner.value ^ (depth << 8);
        }
    } else {
        traceRayEXT(top, 0u, 255u, 0u, 0u, 0u, at, 0.01, vec3(1.0, 0.0, 0.0), 10.0, 0);
    }
    bounce.value += depth;
}
