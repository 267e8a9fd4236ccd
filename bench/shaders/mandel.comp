#version 450
layout(local_size_x=16, local_size_y=16) in;
layout(set=0,binding=0) buffer A { uint a[]; };
void main()
{
    vec2 c = vec2(gl_GlobalInvocationID.xy) / 1024.0 * vec2(3.0, 2.4) - vec2(2.2, 1.2), z = vec2(0.0);
    uint i = 0u;
    while (i < 256u && dot(z, z) < 4.0) {
        z = vec2(z.x * z.x - z.y * z.y, 2.0 * z.x * z.y) + c;
        i++;
    }
    a[gl_GlobalInvocationID.y * 1024u + gl_GlobalInvocationID.x] = i;
}
