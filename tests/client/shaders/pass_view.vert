#version 450
#extension GL_EXT_multiview : require
layout(push_constant) uniform Push { vec4 rect; vec4 color; float z; };
layout(location = 0) flat out vec4 o_color;
void main()
{
    const int c = int[6](0, 1, 2, 2, 1, 3)[gl_VertexIndex];
    gl_Position = vec4(mix(rect.xy, rect.zw, vec2(c & 1, c >> 1)), z, 1);
    o_color = vec4(color.rgb, float(gl_ViewIndex));
}
