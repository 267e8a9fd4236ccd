// target: vulkan1.1
#version 450
#extension GL_EXT_multiview : require
layout(location = 0) flat in int digits;
layout(location = 0) out vec4 o;
void main()
{
    o = vec4(float(digits * 4 + gl_ViewIndex), 0, 0, 1);
}
