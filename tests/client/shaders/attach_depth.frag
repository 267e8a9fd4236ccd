#version 450
/* The depth that is being tested against, as colour. */
layout(binding = 0) uniform sampler2D depth;
layout(location = 0) out vec4 o;
void main()
{
    o = vec4(texelFetch(depth, ivec2(gl_FragCoord.xy), 0).x, 1.0, 0.0, 1.0);
}
