#version 450
#extension GL_ARB_shader_viewport_layer_array : require
layout(location = 0) in vec4 pos;
layout(location = 0) flat out vec4 color;
void main()
{
    gl_Position = pos;
    gl_Layer = gl_InstanceIndex & 1;
    gl_ViewportIndex = gl_InstanceIndex >> 1;
    color = vec4(float(gl_InstanceIndex + 1) / 255.0, 0.0, 0.0, 1.0);
}
