#version 450
#extension GL_ARB_shader_viewport_layer_array : require
/* Instance i covers the viewport i & 1 of layer i. */
void main()
{
    gl_Position = vec4(gl_VertexIndex == 1 ? 3 : -1, gl_VertexIndex == 2 ? 3 : -1, 0.5, 1);
    gl_Layer = gl_InstanceIndex;
    gl_ViewportIndex = gl_InstanceIndex & 1;
}
