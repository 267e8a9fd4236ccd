#version 450
/* Samples with given derivatives. */
layout(local_size_x = 16) in;
layout(binding = 0) uniform sampler2D tex;
struct Place { vec4 at; vec4 grad; }; /* grad: along x, along y */
layout(binding = 1) readonly buffer Places { Place place[]; };
layout(binding = 2) writeonly buffer Out { vec4 result[]; };
void main()
{
    const uint i = gl_GlobalInvocationID.x;
    if (i < uint(place.length())) {
        result[i] = textureGrad(tex, place[i].at.xy, place[i].grad.xy, place[i].grad.zw);
    }
}
