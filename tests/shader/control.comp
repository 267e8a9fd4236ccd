#version 450
// Control flow, functions with several returns, private and shared memory, barriers, atomics.
layout(local_size_x = 8, local_size_y = 4) in;
layout(std430, set = 0, binding = 0) buffer B { uint n; int v[]; } b[4];
layout(set = 0, binding = 1, r32i) uniform iimage2D im;
layout(push_constant) uniform P { int mode; int table[8]; } pc;
struct S { int a[4]; vec2 f; ivec2 g[2]; };
shared S shm[32];
shared int total;
int search(int x, inout int steps)
{
    for (int i = 0; i < 20; ++i) {
        steps++;
        if (x == pc.table[i & 7]) {
            return i;
        }
        if ((x & i) == 5) {
            continue;
        }
        do {
            x -= 3;
            if (x < -50) {
                return -1;
            }
        } while (x > 40);
    }
    return -2;
}
void main()
{
    int i = int(gl_LocalInvocationIndex), local[6], steps = 0;
    S mine;
    mine.f = vec2(float(i), 2.0);
    for (int k = 0; k < 6; k++) {
        local[k] = i * k;
    }
    mine.a[i & 3] = local[(i + pc.mode) % 6];
    mine.g[1].y = search(i * 3, steps);
    shm[i] = mine;
    if (i == 0) {
        total = 0;
    }
    barrier();
    memoryBarrierShared();
    atomicAdd(total, shm[31 - i].a[1]);
    atomicMax(b[i & 3].n, uint(i));
    int old = atomicCompSwap(b[0].v[i], 3, 4) + atomicExchange(b[1].v[2], i) + atomicXor(b[2].v[0], 1);
    old += imageAtomicAdd(im, ivec2(i, 1), 2);
    barrier();
    switch (pc.mode + (i & 1)) {
    case 0:
        old += total;
        break;
    case 1:
        old -= total;
    case 7:
        while (old > 100) {
            old /= 2;
            if (old == 77) {
                break;
            }
        }
        break;
    default:
        if (i > 5) {
            return;
        }
        old = steps;
    }
    b[pc.mode & 3].v[i] = old + int(shm[(i * 7) & 31].f.x) + shm[i].g[i & 1].y;
}
