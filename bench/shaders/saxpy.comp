#version 450
layout(local_size_x=256) in;
layout(set=0,binding=0) buffer A { float a[]; };
layout(set=0,binding=1) readonly buffer B { float b[]; };
layout(push_constant) uniform P { vec4 a; vec4 b; } p;
void main()
{
    uint i = gl_GlobalInvocationID.x;
    a[i] = p.a.x * b[i] + a[i];
}
