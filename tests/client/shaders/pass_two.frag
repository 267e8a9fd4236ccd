#version 450
layout(location = 0) flat in vec4 color;
layout(location = 0) out vec4 a;
layout(location = 1) out vec4 b;
void main()
{
    a = color;
    b = color.wzyx;
}
