#version 450
void main()
{
    float a = float(gl_VertexIndex) * 2.0943951 + 0.3;
    gl_Position = vec4(0.8 * cos(a), 0.8 * sin(a), 0.5, 1.0);
}
