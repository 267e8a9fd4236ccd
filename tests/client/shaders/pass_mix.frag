#version 450
layout(input_attachment_index = 0, binding = 0) uniform subpassInput first;
layout(input_attachment_index = 1, binding = 1) uniform subpassInput depth;
layout(location = 0) flat in vec4 color;
layout(location = 0) out vec4 o;
void main()
{
    o = vec4(subpassLoad(first).rgb * 0.5 + color.rgb, subpassLoad(depth).r);
}
