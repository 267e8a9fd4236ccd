#version 450
// All texels of a level.
layout(local_size_x = 8, local_size_y = 8) in;
layout(push_constant) uniform Push {
    uint w, h, level;
};
layout(binding = 0) uniform sampler2D tex;
layout(binding = 1) writeonly buffer Out { vec4 texel[]; };
void main()
{
    uvec2 at = gl_GlobalInvocationID.xy;
    if (at.x < w && at.y < h) {
        texel[at.y * w + at.x] = texelFetch(tex, ivec2(at), int(level));
    }
}
