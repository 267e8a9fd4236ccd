#version 450
/* One buffer from each of two sets. */
layout(set = 0, binding = 0) uniform A { vec4 a; };
layout(set = 1, binding = 0) uniform B { vec4 b; };
layout(location = 0) out vec4 o;
void main()
{
    o = a + b;
}
