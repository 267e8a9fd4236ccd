#version 450
// Images and samplers of combined descriptors, as variables of their own.
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) uniform texture2D image0;
layout(set = 0, binding = 0) uniform sampler sampler0;
layout(set = 0, binding = 1) uniform texture2D image1;
layout(set = 0, binding = 1) uniform sampler sampler1;
layout(set = 0, binding = 2) buffer Out { float data[4]; };

void main()
{
    const vec2 middle = vec2(0.5);
    data[0] = textureLod(sampler2D(image0, sampler0), middle, 0.0).x;
    data[1] = textureLod(sampler2D(image0, sampler1), middle, 0.0).x;
    data[2] = textureLod(sampler2D(image1, sampler0), middle, 0.0).x;
    data[3] = textureLod(sampler2D(image1, sampler1), middle, 0.0).x;
}
