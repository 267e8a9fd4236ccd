#version 450
layout(set = 0, binding = 0) uniform sampler2DMS source;
layout(location = 1) out vec4 o;
void main()
{
    o = texelFetch(source, ivec2(gl_FragCoord.xy), 3);
}
