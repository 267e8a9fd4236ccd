#version 450
layout(input_attachment_index = 0, binding = 0) uniform subpassInput before;
layout(location = 0) out vec4 o;
void main()
{
    o = subpassLoad(before) * 3.0 + 1.0;
}
