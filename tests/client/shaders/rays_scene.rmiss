// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
#extension GL_GOOGLE_include_directive : require
#include "rays.glsl"
layout(location = 0) rayPayloadInEXT Result result;
layout(shaderRecordEXT, std430) buffer Record { uint number; };
void main()
{
    result.what = HIT_MISS;
    result.record = number;
    result.flags = gl_IncomingRayFlagsEXT;
    result.t = gl_RayTmaxEXT;
    result.t_min = gl_RayTminEXT;
    result.world_origin = gl_WorldRayOriginEXT;
    result.world_direction = gl_WorldRayDirectionEXT;
}
