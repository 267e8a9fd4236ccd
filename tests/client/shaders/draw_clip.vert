#version 450
layout(push_constant) uniform Push { vec4 plane; uvec4 cull; };
out gl_PerVertex { vec4 gl_Position; float gl_ClipDistance[2]; float gl_CullDistance[1]; };
layout(location = 0) flat out uint o_id;
void main()
{
    vec2 p = vec2(gl_VertexIndex == 1 ? 3 : -1, gl_VertexIndex == 2 ? 3 : -1);
    gl_Position = vec4(p, 0.5, 1);
    gl_ClipDistance[0] = dot(vec4(p, 0, 1), plane);
    gl_ClipDistance[1] = 1.0;
    gl_CullDistance[0] = cull.x == 1u ? -1.0 : cull.x == 2u && gl_VertexIndex == 0 ? -1.0 : 1.0;
    o_id = 1u;
}
