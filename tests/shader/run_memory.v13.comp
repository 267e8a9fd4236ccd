#version 460
// Workgroup memory that begins as zeros; atomics of all types; demotion of nothing; barriers with scopes; clocks.
#extension GL_EXT_null_initializer : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_atomic_int64 : require
#extension GL_EXT_shader_atomic_float : require
#extension GL_EXT_shader_atomic_float2 : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_ARB_shader_clock : require
#extension GL_EXT_shader_realtime_clock : require
#pragma use_vulkan_memory_model
layout(local_size_x = 8, local_size_y = 6) in;
layout(set = 0, binding = 0, std430) buffer Atoms { uint64_t u; int64_t s; uint64_t x[8]; float f[4]; double d[4]; uint n; } a;
layout(set = 0, binding = 1, std430) buffer Out { uint u[512]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
struct part { uint8_t b; double d; u16vec3 h; };
shared part parts[37] = {};
shared uint64_t total = {};
shared int64_t low = {};
shared float sum = {};
shared double dsum = {};
shared uint flags[48];

void main()
{
    const uint i = gl_LocalInvocationIndex;
    bool zero = true;
    for (uint k = i; k < 37u; k += 48u) {
        zero = zero && parts[k].b == 0us && parts[k].d == 0.0lf && parts[k].h == u16vec3(0);
    }
    c.bad[i] |= uint(!zero || total != 0ul || low != 0l || sum != 0.0 || dsum != 0.0lf);
    barrier();
    atomicAdd(total, 0x100000000ul + uint64_t(i));
    atomicMin(low, -int64_t(i) * 0x100000000l);
    atomicAdd(sum, float(i));
    atomicAdd(dsum, double(i) * 0.5lf);
    parts[i % 37u].d = double(i);
    barrier();
    c.bad[64u + i] |= uint(total != 48ul * 0x100000000ul + 1128ul || low != -47l * 0x100000000l || sum != 1128.0 || dsum != 564.0lf);
    a.u = 0ul; // all write the same
    a.f[0] = 1.0;
    barrier();
    o.u[i] = uint(atomicAdd(a.x[i & 7u], 1ul) >> 60);
    atomicXor(a.x[(i + 1u) & 7u], uint64_t(i) << 40);
    atomicOr(a.x[2], 1ul << i);
    atomicAnd(a.x[3], ~(1ul << i));
    atomicMax(a.x[4], uint64_t(i) << 50);
    atomicExchange(a.x[5], 7ul);
    atomicCompSwap(a.x[6], 5ul, uint64_t(i));
    atomicStore(a.x[7], 99ul, gl_ScopeDevice, gl_StorageSemanticsBuffer, gl_SemanticsRelease);
    memoryBarrier(gl_ScopeDevice, gl_StorageSemanticsBuffer, gl_SemanticsAcquireRelease | gl_SemanticsMakeAvailable | gl_SemanticsMakeVisible);
    o.u[64u + i] = uint(atomicLoad(a.x[7], gl_ScopeDevice, gl_StorageSemanticsBuffer, gl_SemanticsAcquire));
    c.bad[128u + i] |= uint(o.u[64u + i] != 99u);
    atomicMin(a.f[1], float(i) - 20.0);
    atomicMax(a.f[2], float(i));
    atomicMax(a.d[1], double(i));
    atomicExchange(a.d[2], 2.5lf);
    atomicAdd(a.d[3], 0.0lf);
    flags[i] = i;
    controlBarrier(gl_ScopeWorkgroup, gl_ScopeWorkgroup, gl_StorageSemanticsShared, gl_SemanticsAcquireRelease);
    o.u[128u + i] = flags[47u - i];
    const uint64_t before = clockRealtimeEXT();
    const uvec2 then = clock2x32ARB();
    const uint64_t after = clockRealtimeEXT();
    c.bad[192u + i] |= uint(after < before || packUint2x32(then) < before);
}
