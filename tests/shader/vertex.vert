#version 450
// Vertex built-ins, inputs of all kinds, arrays and matrices between stages.
#extension GL_ARB_shader_draw_parameters : require
layout(location = 0) in vec3 p;
layout(location = 1) in uvec2 k;
layout(location = 2) in ivec4 j;
layout(location = 3) in mat3 m;
layout(location = 0) out vec4 o;
layout(location = 1) flat out ivec2 f;
layout(location = 2) out mat2x3 mm;
layout(location = 4) out float arr[3];
layout(location = 8) out Block { vec2 a; layout(location = 10) vec3 b[2]; } blk;
out gl_PerVertex { vec4 gl_Position; float gl_PointSize; float gl_ClipDistance[3]; float gl_CullDistance[2]; };
layout(set = 0, binding = 0, row_major) uniform U { mat4 view[2]; layout(column_major) mat3x4 other; } u;
void main()
{
    vec4 pos = u.view[gl_InstanceIndex & 1] * vec4(m * p, 1.0) + (u.other * p) * 0.5;
    gl_Position = pos;
    gl_PointSize = float(k.x);
    for (int i = 0; i < 3; i++) {
        gl_ClipDistance[i] = dot(pos, vec4(float(i)));
        arr[i] = pos[i] + float(gl_VertexIndex);
    }
    gl_CullDistance[0] = pos.x;
    gl_CullDistance[1] = pos.y;
    o = vec4(p, float(gl_BaseVertexARB + gl_BaseInstanceARB + gl_DrawIDARB));
    f = j.xy + j.zw;
    mm = mat2x3(m[0], m[1]);
    blk.a = m[2].xy;
    blk.b[0] = p.zyx;
    blk.b[1] = cross(p, m[1]);
}
