#version 450
layout(local_size_x = 8) in;
layout(constant_id = 0) const uint count = 8;
layout(binding = 0) buffer Out { uvec4 result[]; };
layout(binding = 1) uniform Uniform { uvec4 u; } uniforms[8];
layout(binding = 2) buffer Storage { uvec4 s; } storages[8];
layout(binding = 3) uniform usampler2D images[8];
layout(push_constant) uniform Push { uint first; };
/* Indices that are the same for all invocations. */
void main()
{
    if (gl_LocalInvocationIndex == 0u) {
        for (uint i = 0u; i < count; i++) {
            const uint at = (first + i) % count;
            result[i] = uvec4(uniforms[at].u.x, storages[at].s.x, texelFetch(images[at], ivec2(0), 0).x, at);
        }
    }
}
