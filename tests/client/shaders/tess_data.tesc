#version 450
/* Invocations read what others have written, across subgroups. */
layout(vertices = 20) out;
layout(location = 0) in int id[];
layout(location = 0) out int a[];
layout(location = 1) out O { ivec2 b; float c[2]; } o[];
layout(location = 9) patch out ivec4 p;
layout(location = 10) patch out float list[3];
void main()
{
    int i = gl_InvocationID;
    a[gl_InvocationID] = id[i % gl_PatchVerticesIn] * 3 + gl_PrimitiveID;
    barrier();
    o[gl_InvocationID].b = ivec2(a[(i + 7) % 20], i);
    o[gl_InvocationID].c[i % 2] = float(i);
    o[gl_InvocationID].c[(i + 1) % 2] = -1.0;
    barrier();
    if (i == 18) {
        p = ivec4(gl_PatchVerticesIn, gl_PrimitiveID, o[3].b.x, a[19]);
        for (int k = 0; k < 3; k++) {
            list[k] = o[k + 4].c[k % 2];
        }
        gl_TessLevelOuter[0] = 1.0;
        gl_TessLevelOuter[1] = 2.0;
    }
}
