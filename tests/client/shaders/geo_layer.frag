#version 450
layout(location = 0) in vec4 color;
layout(location = 0) out vec4 o;
void main()
{
    o = vec4(color.r, float(gl_PrimitiveID) / 255.0, float(gl_Layer) / 255.0, float(gl_ViewportIndex + 1) / 255.0);
}
