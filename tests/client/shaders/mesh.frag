// target: vulkan1.3
#version 460
#extension GL_EXT_mesh_shader : require
layout(location = 0) in vec4 v_color;
layout(location = 1) perprimitiveEXT in vec4 p_own;
layout(location = 0) out vec4 o_color;
layout(location = 1) out vec4 o_own;
void main()
{
    o_color = v_color;
    o_own = vec4(p_own.xyz, float(gl_PrimitiveID + 1));
}
