// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
#extension GL_GOOGLE_include_directive : require
#include "rays_picture.glsl"
layout(location = 0) rayPayloadInEXT Light light;
layout(location = 1) rayPayloadEXT float lit;
layout(shaderRecordEXT, std430) buffer Record { vec4 color; };
void main()
{
    const vec3 at = gl_WorldRayOriginEXT + gl_WorldRayDirectionEXT * gl_HitTEXT;
    const ivec2 tile = ivec2(floor(at.xz));
    const vec3 base = color.xyz * (((tile.x + tile.y) & 1) == 0 ? 1.0 : 0.4);
    lit = 0.0;
    traceRayEXT(top, FLAGS_SHADOW, 255u, 0u, 1u, 1u, at, 0.001, SUN, 100.0, 1);
    light.color = base * (0.25 + 0.75 * SUN.y * lit);
}
