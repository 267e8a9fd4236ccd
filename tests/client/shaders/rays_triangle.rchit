// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
#extension GL_GOOGLE_include_directive : require
#include "rays.glsl"
#include "rays_hit.glsl"
hitAttributeEXT vec2 uv;
void main()
{
    take_hit();
    result.what = HIT_TRIANGLE;
    result.place[0] = uv.x;
    result.place[1] = uv.y;
}
