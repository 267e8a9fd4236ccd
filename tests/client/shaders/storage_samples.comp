#version 450
/* Each invocation: all samples of a texel, and two that are not there. */
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0, r32ui) uniform uimage2DMSArray img;
layout(set = 0, binding = 1) uniform usampler2DMSArray tex;
layout(set = 0, binding = 2) buffer Out { uint got[]; };
layout(push_constant) uniform Push { uint pass, width, height; };
void main()
{
    const ivec3 p = ivec3(gl_GlobalInvocationID);
    const int n = imageSamples(img);
    if (p.x >= int(width) || p.y >= int(height)) {
        return;
    }
    const uint first = ((p.z * height + p.y) * width + p.x) * (n + 2);
    for (int s = 0; s < n + 2; s++) {
        if (pass == 0) {
            imageStore(img, p, s, uvec4(p.z * 1000000 + p.y * 10000 + p.x * 10 + s));
        } else if (pass == 1) {
            imageAtomicAdd(img, p, s, 5u);
        } else {
            const uint texel = imageLoad(img, p, s).x;
            got[first + s] = s < n && texelFetch(tex, p, s).x != texel ? 0xffffffffu : texel;
        }
    }
}
