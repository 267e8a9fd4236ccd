#version 450
#extension GL_EXT_multiview : require
layout(input_attachment_index = 0, binding = 0) uniform subpassInput before;
layout(location = 0) out vec4 o;
void main()
{
    o = subpassLoad(before) + vec4(0, 0, 10.0 * gl_ViewIndex, 0);
}
