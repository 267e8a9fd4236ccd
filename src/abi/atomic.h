/* The arithmetic of atomics, for the routines that do them lane by lane: bits in, bits out. */
#ifndef PUM_ABI_ATOMIC_H
#define PUM_ABI_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "abi/shader_abi.h"

/* What `op` leaves where `old` was: 32 bits, or 64 (wide). Minimum and maximum of floats: the value stays unless x is less or greater, so that
 * of -0 and 0, or with a NaN, it is the old one. */
static inline uint64_t
pum_atomic_combine(enum pum_atomic op, bool wide, uint64_t old, uint64_t x)
{
    const int64_t so = wide ? (int64_t)old : (int32_t)(uint32_t)old, sx = wide ? (int64_t)x : (int32_t)(uint32_t)x;
    double fo = 0, fx = 0;
    if (op == PUM_ATOMIC_FADD || op == PUM_ATOMIC_FMIN || op == PUM_ATOMIC_FMAX) {
        if (wide) {
            memcpy(&fo, &old, 8);
            memcpy(&fx, &x, 8);
        } else {
            float f[2];
            const uint32_t u[2] = {(uint32_t)old, (uint32_t)x};
            memcpy(f, u, 8);
            if (op == PUM_ATOMIC_FADD) {
                const float sum = f[0] + f[1];
                uint32_t bits;
                memcpy(&bits, &sum, 4);
                return bits;
            }
            fo = (double)f[0];
            fx = (double)f[1];
        }
    }
    switch (op) {
    case PUM_ATOMIC_ADD: return old + x;
    case PUM_ATOMIC_SMIN: return sx < so ? x : old;
    case PUM_ATOMIC_SMAX: return sx > so ? x : old;
    case PUM_ATOMIC_UMIN: return x < old ? x : old;
    case PUM_ATOMIC_UMAX: return x > old ? x : old;
    case PUM_ATOMIC_AND: return old & x;
    case PUM_ATOMIC_OR: return old | x;
    case PUM_ATOMIC_XOR: return old ^ x;
    case PUM_ATOMIC_FADD: {
        const double sum = fo + fx;
        uint64_t bits;
        memcpy(&bits, &sum, 8);
        return bits;
    }
    case PUM_ATOMIC_FMIN: return fx < fo ? x : old;
    case PUM_ATOMIC_FMAX: return fo < fx ? x : old;
    case PUM_ATOMIC_XCHG:
    case PUM_ATOMIC_CMPXCHG:
    case PUM_ATOMIC_LOAD:
    case PUM_ATOMIC_STORE: break;
    }
    return x;
}

/* One of them on a word; returns what was there before (STORE: x, as machine code does). compare: of CMPXCHG. */
#define PUM_ATOMIC_ON(name, T, wide)                                                                                                       \
    static inline T name(T *p, enum pum_atomic op, T x, T compare)                                                                         \
    {                                                                                                                                      \
        T old = __atomic_load_n(p, __ATOMIC_RELAXED), next;                                                                                \
        do {                                                                                                                               \
            if (op == PUM_ATOMIC_LOAD || (op == PUM_ATOMIC_CMPXCHG && old != compare)) {                                                   \
                return old;                                                                                                                \
            }                                                                                                                              \
            next = (T)pum_atomic_combine(op, wide, old, x);                                                                                \
        } while (!__atomic_compare_exchange_n(p, &old, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));                                  \
        return op == PUM_ATOMIC_STORE ? x : old;                                                                                           \
    }
PUM_ATOMIC_ON(pum_atomic_32, uint32_t, false)
PUM_ATOMIC_ON(pum_atomic_64, uint64_t, true)

#endif
