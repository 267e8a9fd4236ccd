#version 450
/* Samplers of one set, images of another. */
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) uniform sampler nearest;
layout(set = 0, binding = 2) uniform sampler linear;
layout(set = 1, binding = 0) buffer Out { vec4 result[]; };
layout(set = 1, binding = 1) uniform texture2D image;
void main()
{
    result[0] = vec4(texture(sampler2D(image, nearest), vec2(0.6, 0.5)).x, texture(sampler2D(image, linear), vec2(0.5)).x, 0, 1);
}
