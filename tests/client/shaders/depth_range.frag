#version 450
layout(push_constant) uniform Push { float z, own; };
layout(location = 0) out vec4 o;
void main()
{
    gl_FragDepth = own;
    o = vec4(1);
}
