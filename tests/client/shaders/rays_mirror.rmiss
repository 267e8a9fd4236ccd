// target: vulkan1.2
#version 460
#extension GL_EXT_ray_tracing : require
struct Bounce { uint depth, value; };
layout(location = 0) rayPayloadInEXT Bounce bounce;
void main()
{
    bounce.value ^= 0xabcdu;
}
