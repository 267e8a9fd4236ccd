#version 450
// Every way to read a texel, and one to write it.
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0) uniform sampler2D src;
layout(set = 0, binding = 1) writeonly uniform image2D dst;
layout(set = 0, binding = 2) writeonly buffer Result { vec4 texel[]; } result;
layout(push_constant) uniform Push { ivec2 size; } push;
void main()
{
    ivec2 p = ivec2(gl_GlobalInvocationID.xy);
    if (any(greaterThanEqual(p, push.size))) {
        return;
    }
    vec4 c = texelFetch(src, p, 0);
    vec2 at = (vec2(p) + 0.75) / vec2(push.size);
    result.texel[p.y * push.size.x + p.x] = c + 2.0 * textureLod(src, at, 0.0) + 4.0 * textureGather(src, at);
    imageStore(dst, p, c);
}
