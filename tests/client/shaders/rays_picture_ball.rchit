// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
#extension GL_GOOGLE_include_directive : require
#include "rays_picture.glsl"
layout(location = 0) rayPayloadInEXT Light light;
layout(location = 1) rayPayloadEXT float lit;
layout(shaderRecordEXT, std430) buffer Record { vec4 color; };
struct Place { vec3 normal; float t_max; };
hitAttributeEXT Place place;
void main()
{
    const vec3 at = gl_WorldRayOriginEXT + gl_WorldRayDirectionEXT * gl_HitTEXT;
    const vec3 m = place.normal * mat3(gl_WorldToObjectEXT), n = m * inversesqrt(dot(m, m)), d = gl_WorldRayDirectionEXT;
    const vec3 tint = color.xyz * (gl_PrimitiveID % 2 == 0 ? vec3(1.0) : vec3(0.5, 0.8, 1.0));
    lit = 0.0;
    traceRayEXT(top, FLAGS_SHADOW, 255u, 0u, 1u, 1u, at, 0.001, SUN, 100.0, 1);
    const vec3 own = tint * (0.2 + 0.8 * max(dot(n, SUN), 0.0) * lit);
    if (light.depth++ < 3u) {
        traceRayEXT(top, 0u, 255u, 0u, 1u, 0u, at, 0.001, reflect(d, n), 100.0, 0);
        light.color = mix(own, light.color, color.w);
    } else {
        light.color = own;
    }
}
