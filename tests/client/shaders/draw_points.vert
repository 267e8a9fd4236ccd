#version 450
#extension GL_ARB_shader_draw_parameters : require
/* One pixel for each vertex: where and what come from the built-in variables alone. */
layout(location = 0) in uint rate0;
layout(location = 1) in uint rate1;
layout(push_constant) uniform Push { vec2 scale; };
layout(location = 0) flat out uint o_id;
void main()
{
    const uint v = uint(gl_VertexIndex - gl_BaseVertexARB), i = uint(gl_InstanceIndex - gl_BaseInstanceARB);
    gl_Position = vec4((vec2(v, i + uint(gl_DrawIDARB) * 8u) + 0.5) * scale - 1.0, 0.5, 1.0);
    gl_PointSize = 1.0;
    o_id = uint(gl_VertexIndex) | uint(gl_InstanceIndex) << 8 | rate0 << 16 | rate1 << 24;
}
