#version 450
layout(local_size_x = 128) in;
layout(constant_id = 0) const uint rounds = 7;
layout(binding = 0) buffer Data { uint data[]; };
layout(binding = 1) buffer Sums { uint total; uint least; uint most; uint bits; uint swapped; };
shared uint part[128];
shared uint group_count;
/* A prefix sum in shared memory; several barriers, and atomics on both kinds of memory. */
void main()
{
    const uint i = gl_LocalInvocationIndex, at = gl_GlobalInvocationID.x;
    part[i] = data[at];
    if (i == 0u) {
        group_count = 0u;
    }
    barrier();
    for (uint r = 0u; r < rounds; r++) {
        const uint step = 1u << r;
        const uint other = i >= step ? part[i - step] : 0u;
        barrier();
        part[i] += other;
        barrier();
    }
    if (data[at] % 3u == 0u) {
        atomicAdd(group_count, 1u);
    }
    atomicMin(least, data[at]);
    atomicMax(most, data[at]);
    atomicOr(bits, 1u << (data[at] % 32u));
    memoryBarrierShared();
    barrier();
    data[at] = part[i];
    if (i == 127u) {
        atomicAdd(total, group_count);
        atomicExchange(swapped, 99u);
    }
}
