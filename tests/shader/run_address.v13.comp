#version 460
// Physical addresses: lists, structures, matrices, atomics, pointers in all kinds of memory, casts, comparison; SPIR-V 1.6.
#extension GL_EXT_buffer_reference2 : require
#extension GL_EXT_buffer_reference_uvec2 : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_atomic_int64 : require
layout(local_size_x = 32) in;
layout(buffer_reference) buffer Node;
layout(buffer_reference, scalar, buffer_reference_align = 8) buffer Node {
    uint value;
    dmat2x3 m;
    layout(row_major) mat3 r;
    u8vec3 bytes;
    f16vec2 h;
    Node next;
};
layout(buffer_reference, scalar, buffer_reference_align = 4) buffer Words { uint w[]; };
layout(buffer_reference, scalar, buffer_reference_align = 4) buffer Word { uint w; };
layout(buffer_reference, scalar, buffer_reference_align = 8) buffer Wide { uint64_t w; };
layout(push_constant) uniform Push { Words base; } p;
layout(set = 0, binding = 1, std430) buffer Out { uint u[1024]; Node kept[32]; } o;
layout(set = 0, binding = 0, std430) buffer Same { uint w[4096]; } same;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
shared uint64_t found[32];

uint sum(Words w, uint i)
{
    return w.w[i] + w.w[i + 32u];
}

void main()
{
    const uint i = gl_LocalInvocationIndex;
    const uint group = gl_WorkGroupID.x;
    Words mine = Words(uint64_t(p.base) + uint64_t(group * 4096u));
    Word one = Word(p.base);
    c.bad[128u + i] |= uint(one[int(i) + 3].w != same.w[i + 3u] || (one + int(i + 1u)).w != same.w[i + 1u]);
    c.bad[i] |= uint(mine.w[i] != same.w[group * 1024u + i]);
    Node nodes = Node(uint64_t(p.base) + 8192ul + uint64_t(i * 256u));
    nodes.value = i * 3u;
    nodes.m = dmat2x3(i, 1, 2, 3, 4, 5);
    nodes.r = mat3(1, 2, 3, 4, 5, 6, 7, 8, i);
    nodes.bytes = u8vec3(i, i + 1u, i + 2u);
    nodes.h = f16vec2(i, 0.5);
    nodes.next = Node(uint64_t(p.base) + 8192ul + uint64_t(((i + 1u) & 31u) * 256u));
    found[i] = uint64_t(nodes);
    memoryBarrierBuffer();
    barrier();
    Node n = Node(found[(i * 7u) & 31u]);
    uint total = 0u;
    for (uint k = 0u; k < 3u + (i & 3u); k++) {
        total += n.value + uint(n.m[1][2]) + uint(n.r[2][1]) + uint(n.bytes.y) + uint(n.h.x);
        n = n.next;
    }
    o.u[i] = total;
    uint want = 0u;
    for (uint k = 0u; k < 3u + (i & 3u); k++) {
        const uint j = ((i * 7u) + k) & 31u;
        want += j * 3u + 5u + 8u + ((j + 1u) & 255u) + j;
    }
    c.bad[32u + i] |= total ^ want;
    Node pick = (i & 1u) != 0u ? nodes : nodes.next;
    o.kept[i] = pick;
    o.u[64u + i] = pick.value + sum(mine, i);
    o.u[96u + i] = uint(uint64_t(pick) == uint64_t(nodes)) + uint(uvec2(pick) == uvec2(nodes.next)) * 2u;
    c.bad[64u + i] |= uint(o.u[96u + i] != ((i & 1u) != 0u ? 1u : 2u));
    Words count = Words(uint64_t(p.base) + 12288ul);
    atomicAdd(count.w[1], i);
    atomicMax(count.w[2 + (i & 3u)], i);
    Wide wide = Wide(uint64_t(p.base) + 12416ul);
    atomicAdd(wide.w, 0x100000001ul * uint64_t(i));
    Node local[3];
    local[i % 3u] = nodes;
    local[(i + 1u) % 3u] = nodes.next;
    o.u[128u + i] = local[(i + 1u) % 3u].value;
}
