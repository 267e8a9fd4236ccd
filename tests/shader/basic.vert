#version 450
layout(location=0) in vec3 pos; layout(location=1) in vec2 uv;
layout(location=0) out vec2 o_uv; layout(location=1) flat out ivec4 id;
layout(set=0,binding=0) uniform U { mat4 mvp; layout(row_major) mat3x4 r; vec4 a[4]; } u;
layout(push_constant) uniform P { vec4 off; int k; } p;
out gl_PerVertex { vec4 gl_Position; float gl_PointSize; float gl_ClipDistance[2]; };
void main() {
  gl_Position = u.mvp * vec4(pos, 1) + p.off + u.a[gl_VertexIndex & 3];
  gl_PointSize = 2; gl_ClipDistance[0] = pos.x; gl_ClipDistance[1] = pos.y;
  o_uv = uv * (u.r * vec3(1,2,3)).xy; id = ivec4(gl_InstanceIndex, gl_VertexIndex, p.k, 4);
}
