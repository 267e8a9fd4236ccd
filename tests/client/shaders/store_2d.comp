#version 450
layout(local_size_x = 4, local_size_y = 4) in;
layout(binding = 0, rgba8) uniform writeonly image2D img;
void main()
{
    imageStore(img, ivec2(gl_GlobalInvocationID.xy), vec4(gl_GlobalInvocationID.xy, 255.0, 128.0) / 255.0);
}
