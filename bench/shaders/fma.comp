#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { float a[]; };
layout(push_constant) uniform P { vec4 a; vec4 b; } p;
void main()
{
    float s = p.a.x, o = p.a.y;
    float x0 = float(gl_GlobalInvocationID.x), x1 = x0 + 1.0, x2 = x0 + 2.0, x3 = x0 + 3.0;
    float x4 = x0 + 4.0, x5 = x0 + 5.0, x6 = x0 + 6.0, x7 = x0 + 7.0;
    for (int i = 0; i < 512; i++) {
        x0 = x0 * s + o; x1 = x1 * s + o; x2 = x2 * s + o; x3 = x3 * s + o;
        x4 = x4 * s + o; x5 = x5 * s + o; x6 = x6 * s + o; x7 = x7 * s + o;
    }
    a[gl_GlobalInvocationID.x] = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
}
