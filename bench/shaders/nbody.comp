#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { vec4 a[]; };
layout(set=0,binding=1) readonly buffer B { vec4 b[]; };
void main()
{
    vec3 p = b[gl_GlobalInvocationID.x].xyz, f = vec3(0.0);
    for (int i = 0; i < 4096; i++) {
        vec3 d = b[i].xyz - p;
        float r2 = dot(d, d) + 0.01;
        float inv = inversesqrt(r2);
        f += d * (inv * inv * inv);
    }
    a[gl_GlobalInvocationID.x] = vec4(f, 1.0);
}
