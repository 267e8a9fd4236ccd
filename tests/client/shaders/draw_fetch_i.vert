#version 450
layout(location = 0) in ivec4 a;
layout(binding = 0) buffer Out { ivec4 data[]; };
void main()
{
    data[gl_VertexIndex] = a;
    gl_Position = vec4(2, 2, 2, 1);
    gl_PointSize = 1.0;
}
