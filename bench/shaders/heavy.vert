#version 450
layout(push_constant) uniform P { vec4 a; vec4 b; } p;
void main()
{
    vec4 x = vec4(float(gl_VertexIndex)) * 0.0001 + p.a;
    for (int i = 0; i < 40; i++) {
        x = x * 0.97 + x.yzwx * 0.03 + vec4(0.001, 0.002, 0.003, 0.004);
        x = x / (1.0 + dot(x, x) * 0.001);
    }
    gl_Position = vec4(2.0 + x.x, 2.0 + x.y, 0.5, 1.0);
}
