// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
#extension GL_GOOGLE_include_directive : require
#include "rays.glsl"
#include "rays_hit.glsl"
struct Place { vec3 normal; float t_max; };
hitAttributeEXT Place place;
void main()
{
    take_hit();
    result.what = HIT_BALL;
    result.place = float[4](place.normal.x, place.normal.y, place.normal.z, place.t_max >= gl_HitTEXT ? 1.0 : 0.0);
}
