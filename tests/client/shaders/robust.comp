#version 450
#extension GL_EXT_shader_image_load_formatted : require
// Reads and writes all around what is there. i = -8 .. 23 in steps of one element.
layout(local_size_x = 32) in;
layout(binding = 0) buffer Storage { float storage_el[]; };
layout(binding = 1) uniform Uniform { vec4 uniform_el[64]; };
layout(binding = 2) uniform samplerBuffer texels;
layout(binding = 3) uniform readonly imageBuffer storage_texels;
layout(binding = 4) uniform sampler2D tex;
layout(binding = 5) uniform image2D img;
layout(binding = 6) buffer Out { vec4 seen[]; };
layout(push_constant) uniform Push {
    int write;
};
void main()
{
    int i = int(gl_LocalInvocationID.x) - 8;
    seen[gl_LocalInvocationID.x * 8] = vec4(storage_el[i], storage_el.length(), 0, 0);
    seen[gl_LocalInvocationID.x * 8 + 1] = uniform_el[i];
    seen[gl_LocalInvocationID.x * 8 + 2] = texelFetch(texels, i);
    seen[gl_LocalInvocationID.x * 8 + 3] = imageLoad(storage_texels, i);
    seen[gl_LocalInvocationID.x * 8 + 4] = texelFetch(tex, ivec2(i, 0), 0);
    seen[gl_LocalInvocationID.x * 8 + 5] = texelFetch(tex, ivec2(0, 0), i);
    seen[gl_LocalInvocationID.x * 8 + 6] = imageLoad(img, ivec2(0, i));
    seen[gl_LocalInvocationID.x * 8 + 7] = vec4(textureSize(tex, 0), textureSize(texels), imageSize(img).x);
    if (write != 0) {
        barrier();
        storage_el[i] = float(100 + i);
        imageStore(img, ivec2(i, 0), vec4(1.0));
    }
}
