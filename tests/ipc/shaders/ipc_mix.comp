#version 450
// Reads one image through a sampler, writes another as storage: rotated channels plus the frame's number.
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0) uniform sampler2D src;
layout(set = 0, binding = 1, rgba8) writeonly uniform image2D dst;
layout(push_constant) uniform Push { uint frame; } push;
void main()
{
    ivec2 p = ivec2(gl_GlobalInvocationID.xy);
    uvec4 c = uvec4(texelFetch(src, p, 0) * 255.0 + 0.5);
    c = (c.gbar + push.frame) & 255u;
    imageStore(dst, p, vec4(c) / 255.0);
}
