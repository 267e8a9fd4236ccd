/* Patches of N vertices that differ in what they do. Invocations read what others have written. */
layout(vertices = 8) out;
layout(push_constant) uniform P { vec4 outer; vec2 inner; };
layout(location = 0) in int id[];
layout(location = 0) out int a[];
layout(location = 1) out int b[];
layout(location = 2) patch out int total;
void main()
{
    const int n = int(inner.x), i = gl_InvocationID;
    int v = id[i % gl_PatchVerticesIn];
    for (int k = 0; k < gl_PrimitiveID % 5; k++) {
        v += k * i + 1;
    }
    a[gl_InvocationID] = v;
    barrier();
    b[gl_InvocationID] = a[(i + 1) % n];
    if (i == n - 1) {
        int sum = 0;
        for (int k = 0; k < n; k++) {
            sum += a[k];
        }
        total = sum;
        gl_TessLevelOuter[0] = gl_TessLevelOuter[1] = gl_PrimitiveID % 7 == 6 ? 0.0 : 1.0;
    }
#ifdef COUNT
    atomicAdd(invocations, 1u);
#endif
}
