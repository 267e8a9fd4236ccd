// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
#extension GL_GOOGLE_include_directive : require
#include "rays_picture.glsl"
layout(location = 0) rayPayloadInEXT Light light;
void main()
{
    const vec3 d = gl_WorldRayDirectionEXT;
    const float up = d.y * inversesqrt(dot(d, d));
    light.color = mix(vec3(0.7, 0.75, 0.8), vec3(0.1, 0.25, 0.6), clamp(up, 0.0, 1.0));
}
