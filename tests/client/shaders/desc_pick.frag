#version 450
#extension GL_EXT_nonuniform_qualifier : require
/* Each pixel its own image. */
layout(set = 0, binding = 0) uniform sampler2D images[4];
layout(location = 0) out vec4 o;
void main()
{
    const uint at = (uint(gl_FragCoord.x) + 2u * uint(gl_FragCoord.y)) % 4u;
    o = texture(images[nonuniformEXT(at)], vec2(0.5));
}
