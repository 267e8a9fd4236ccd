// One vertex value per point goes to a buffer.
layout(location = 0) in VEC value;
layout(binding = 0) writeonly buffer Out { VEC v[]; };
void main()
{
    v[gl_VertexIndex] = value;
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 1.0;
}
