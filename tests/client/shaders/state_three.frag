#version 450
layout(push_constant) uniform Push { vec4 color; };
layout(location = 0) out vec4 o0;
layout(location = 1) out vec4 o1;
layout(location = 2) out vec4 o2;
void main()
{
    o0 = color;
    o1 = color * 2.0;
    o2 = color * 4.0;
}
